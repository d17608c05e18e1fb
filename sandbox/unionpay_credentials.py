"""The sandbox's account at UnionPay: a root, a middle and a signer's certificate on one key, and the merchant's on another."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from protocols.unionpay import SIGNER_NAME

_FIRST_DAY, _LAST_DAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)


class UnionPayCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Certificates and keys as PEM; `repr` shows none."""

    merchant_number: str
    root_certificate: str
    middle_certificate: str
    certificate: str
    private_key: str
    merchant_certificate: str
    merchant_private_key: str

    @classmethod
    def generate(cls) -> UnionPayCredentials:
        """Fresh random credentials."""
        own, merchant = (generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        root = _certificate("Sandbox root", own.public_key(), "Sandbox root", own)
        middle = _certificate("Sandbox middle", own.public_key(), "Sandbox root", own)
        signer = _certificate(f"041@{secrets.randbelow(10**12):012d}@{SIGNER_NAME}@0001", own.public_key(), "Sandbox middle", own)
        return cls(
            merchant_number=f"7772900{secrets.randbelow(10**8):08d}",
            root_certificate=root,
            middle_certificate=middle,
            certificate=signer,
            private_key=_pem(own),
            merchant_certificate=_certificate("Sandbox merchant", merchant.public_key(), "Sandbox middle", own),
            merchant_private_key=_pem(merchant),
        )

    def shop_settings(self) -> dict[str, object]:
        """What the shop must configure to take payments by UnionPay. Holds keys: for settings, not for logs."""
        return {
            "unionpay": {
                "merchant_number": self.merchant_number,
                "root_certificate": self.root_certificate,
                "middle_certificate": self.middle_certificate,
                "merchant_certificate": self.merchant_certificate,
                "merchant_private_key": self.merchant_private_key,
            }
        }

    def __repr__(self) -> str:
        return f"UnionPayCredentials(merchant_number={self.merchant_number!r})"


def _certificate(name: str, key: RSAPublicKey, issuer: str, issuer_key: RSAPrivateKey) -> str:
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FIRST_DAY)
        .not_valid_after(_LAST_DAY)
        .sign(issuer_key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
