"""The keys of the sandbox: both sides of every account, made at random or given.

What a shop must configure is `shop_settings()`; the other halves (Alipay's private key, the application's public key) stay with the
stand-ins. `write` and `read` keep them in a file of their own, readable by its owner only, so that a restarted sandbox still fits.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from protocols.dujiao_next import SupplierAccess
from sandbox.unionpay_credentials import UnionPayCredentials


class GatewayCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers and keys of the accounts at the gateways of `sandbox.behaviour.gateways`; `repr` shows none."""

    epay_v2_pid: str
    platform_private_key: str
    platform_public_key: str
    merchant_private_key: str
    merchant_public_key: str
    epusdt_token: str
    tokenpay_key: str

    @classmethod
    def generate(cls) -> "GatewayCredentials":
        """Fresh random credentials."""
        platform, merchant = _key(), _key()
        return cls(
            epay_v2_pid=str(1_000 + secrets.randbelow(9_000)),
            platform_private_key=_private_pem(platform),
            platform_public_key=_public_pem(platform),
            merchant_private_key=_private_pem(merchant),
            merchant_public_key=_public_pem(merchant),
            epusdt_token=secrets.token_hex(16),
            tokenpay_key=secrets.token_hex(16),
        )

    def shop_settings(self) -> dict[str, object]:
        """What the shop must configure to take payments by these gateways. Holds keys: for settings, not for logs."""
        return {
            "epay_v2": {
                "pid": self.epay_v2_pid,
                "platform_public_key": self.platform_public_key,
                "merchant_private_key": self.merchant_private_key,
            },
            "epusdt": {"token": self.epusdt_token},
            "tokenpay": {"key": self.tokenpay_key},
        }

    def __repr__(self) -> str:
        return f"GatewayCredentials(epay_v2_pid={self.epay_v2_pid!r})"


class WechatCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The account at WeChat Pay; `serial` names WeChat's key, `merchant_serial_number` the merchant's. `repr` shows no key."""

    mchid: str
    app_id: str
    api_v3_key: str
    serial: str
    wechat_private_key: str
    wechat_public_key: str
    merchant_serial_number: str
    merchant_private_key: str
    merchant_public_key: str

    @classmethod
    def generate(cls) -> "WechatCredentials":
        """Fresh random credentials."""
        wechat, merchant = _key(), _key()
        return cls(
            mchid=f"19{secrets.randbelow(10**8):08d}",
            app_id=f"wx{secrets.token_hex(8)}",
            api_v3_key=secrets.token_hex(16),
            serial=f"PUB_KEY_ID_01{secrets.randbelow(10**14):014d}",
            wechat_private_key=_private_pem(wechat),
            wechat_public_key=_public_pem(wechat),
            merchant_serial_number=secrets.token_hex(20).upper(),
            merchant_private_key=_private_pem(merchant),
            merchant_public_key=_public_pem(merchant),
        )

    def shop_settings(self) -> dict[str, object]:
        """What the shop must configure to take payments by WeChat Pay. Holds keys: for settings, not for logs."""
        return {
            "wechat": {
                "mchid": self.mchid,
                "app_id": self.app_id,
                "api_v3_key": self.api_v3_key,
                "platform_keys": {self.serial: self.wechat_public_key},
                "merchant_serial_number": self.merchant_serial_number,
                "merchant_private_key": self.merchant_private_key,
            }
        }

    def __repr__(self) -> str:
        return f"WechatCredentials(mchid={self.mchid!r})"


class SandboxCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Every number and key of the sandbox's accounts. Keys are PEM or plain text; `repr` shows none."""

    app_id: str
    seller_id: str
    alipay_private_key: str
    alipay_public_key: str
    app_private_key: str
    app_public_key: str
    epay_pid: str
    epay_key: str
    suppliers: dict[str, tuple[str, str]]
    """API key and secret by supplier code."""
    gateways: GatewayCredentials | None = None
    wechat: WechatCredentials | None = None
    unionpay: UnionPayCredentials | None = None
    """None, like `gateways` and `wechat`, in a file of an older sandbox, which had no such parties."""

    @classmethod
    def generate(cls, supplier_codes: Iterable[str]) -> "SandboxCredentials":
        """Fresh random credentials."""
        alipay, app = _key(), _key()
        return cls(
            app_id=f"2021{secrets.randbelow(10**12):012d}",
            seller_id=f"2088{secrets.randbelow(10**12):012d}",
            alipay_private_key=_private_pem(alipay),
            alipay_public_key=_public_pem(alipay),
            app_private_key=_private_pem(app),
            app_public_key=_public_pem(app),
            epay_pid=str(1_000 + secrets.randbelow(9_000)),
            epay_key=secrets.token_hex(16),
            suppliers={code: (secrets.token_hex(8), secrets.token_hex(24)) for code in supplier_codes},
            gateways=GatewayCredentials.generate(),
            wechat=WechatCredentials.generate(),
            unionpay=UnionPayCredentials.generate(),
        )

    @classmethod
    def read(cls, path: Path) -> "SandboxCredentials":
        """The credentials in a file that `write` wrote; raises msgspec.ValidationError, OSError."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def write(self, path: Path) -> None:
        """Keep the credentials in a file that only its owner can read."""
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(self))

    def access(self, supplier_code: str) -> SupplierAccess:
        """Our account at one supplier; raises KeyError."""
        return SupplierAccess(*self.suppliers[supplier_code])

    def shop_settings(self) -> dict[str, object]:
        """What the shop must configure to work with this sandbox. Holds keys: for settings, not for logs."""
        return {
            "alipay": {
                "app_id": self.app_id,
                "seller_id": self.seller_id,
                "alipay_public_key": self.alipay_public_key,
                "app_private_key": self.app_private_key,
            },
            "epay": {"pid": self.epay_pid, "key": self.epay_key},
            "suppliers": {code: {"api_key": key, "api_secret": secret} for code, (key, secret) in self.suppliers.items()},
            **({} if self.gateways is None else self.gateways.shop_settings()),
            **({} if self.wechat is None else self.wechat.shop_settings()),
            **({} if self.unionpay is None else self.unionpay.shop_settings()),
        }

    def __repr__(self) -> str:
        return f"SandboxCredentials(app_id={self.app_id!r}, epay_pid={self.epay_pid!r}, suppliers={sorted(self.suppliers)})"


def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
