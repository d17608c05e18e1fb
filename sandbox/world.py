"""All parties of one sandbox: payment providers and any number of card suppliers, made from a setup and its credentials."""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from protocols.alipay import load_private_key, load_public_key
from protocols.unionpay import load_certificate
from sandbox.behaviour.api_suppliers import ApiSupplier
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.behaviour.dialects import AlipayDialect, Dialect, EpayDialect
from sandbox.behaviour.epay_v2 import EpayV2Dialect
from sandbox.behaviour.epusdt import EpusdtDialect
from sandbox.behaviour.gateways import GatewayDialect, PaymentGateway
from sandbox.behaviour.payments import PaymentProvider
from sandbox.behaviour.shared_shops import SharedShop
from sandbox.behaviour.suppliers import CardSupplier, Delivery
from sandbox.behaviour.tokenpay import TokenPayDialect
from sandbox.behaviour.unionpay import UnionPay, UnionPayDialect
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from sandbox.credentials import GatewayCredentials, SandboxCredentials, WechatCredentials
from sandbox.unionpay_credentials import UnionPayCredentials

DEFAULT_PRODUCTS = (
    SupplierProduct(1, "game-50", "45.00", 1_000),
    SupplierProduct(2, "music-30", "28.00", 1_000, card_prefix="MUSIC"),
)

SupplierKind = Literal["dujiao_next", "acg_faka", "acg_faka_v4", "supplier_api"]
SUPPLIERS: dict[SupplierKind, type[CardSupplier]] = {
    "dujiao_next": CardSupplier,
    "acg_faka": SharedShop,
    "acg_faka_v4": SharedShop,
    "supplier_api": ApiSupplier,
}


NOTIFYING = ("alipay", "epay", "wechat", "epay_v2", "epusdt", "tokenpay", "unionpay")
"""The payment providers, which notify the shop."""


def notify_urls(base_url: str, behind: str = "") -> dict[str, Any]:
    """The fields of SandboxSetup by which each provider notifies `<base_url>/<provider><behind>`."""
    return {f"{provider}_notify_url": f"{base_url}/{provider}{behind}" for provider in NOTIFYING}


class SandboxSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sandbox consists of. Notify URLs are the shop's; their path may contain `{order_number}`."""

    alipay_notify_url: str = "http://127.0.0.1:8000/notices/alipay"
    epay_notify_url: str = "http://127.0.0.1:8000/notices/epay"
    wechat_notify_url: str = "http://127.0.0.1:8000/notices/wechat"
    epay_v2_notify_url: str = "http://127.0.0.1:8000/notices/epay_v2"
    epusdt_notify_url: str = "http://127.0.0.1:8000/notices/epusdt"
    tokenpay_notify_url: str = "http://127.0.0.1:8000/notices/tokenpay"
    unionpay_notify_url: str = "http://127.0.0.1:8000/notices/unionpay"
    suppliers: dict[str, tuple[SupplierProduct, ...]] = msgspec.field(
        default_factory=lambda: {"north": DEFAULT_PRODUCTS, "south": DEFAULT_PRODUCTS}
    )
    kinds: dict[str, SupplierKind] = msgspec.field(default_factory=dict)
    """The protocol that a supplier's site speaks; dujiao-next where nothing is said."""
    time_factor: float = 1.0
    """How many times faster than documented the providers repeat their notices."""
    hold_seconds: float = 60.0
    """How long a caller whose answer is lost is left waiting before it gets a 504."""


class NoticeAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One notice or callback that was sent, and how it was received."""

    party: str
    order_number: str
    attempt: int
    sent_at: datetime
    is_accepted: bool
    status: int | None
    """None where no answer came."""


class Sandbox:
    """The parties and what was sent to the shop so far."""

    def __init__(self, setup: SandboxSetup, credentials: SandboxCredentials) -> None:
        self.setup = setup
        self.credentials = credentials
        self.attempts: list[NoticeAttempt] = []
        alipay = AlipayDialect(
            credentials.app_id,
            credentials.seller_id,
            load_private_key(credentials.alipay_private_key),
            load_public_key(credentials.app_public_key),
        )
        epay = EpayDialect(credentials.epay_pid, credentials.epay_key)
        self.notify_bases: dict[str, str] = {}
        self.providers: dict[str, PaymentProvider] = {
            "alipay": self._provider(alipay, setup.alipay_notify_url),
            "epay": self._provider(epay, setup.epay_notify_url),
        }
        self.gateways: dict[str, PaymentGateway] = {} if credentials.gateways is None else self._gateways(credentials.gateways)
        if credentials.wechat is not None:
            self.gateways["wechat"] = self._wechat(credentials.wechat)
        if credentials.unionpay is not None:
            self.gateways["unionpay"] = self._unionpay(credentials.unionpay)
        self.providers.update(self.gateways)
        self.suppliers: dict[str, CardSupplier] = {
            code: SUPPLIERS[setup.kinds.get(code, "dujiao_next")](code, credentials.access(code), products)
            for code, products in setup.suppliers.items()
        }

    @classmethod
    def fresh(cls, setup: SandboxSetup) -> "Sandbox":
        """A sandbox with random credentials."""
        return cls(setup, SandboxCredentials.generate(setup.suppliers))

    @property
    def parties(self) -> dict[str, PaymentProvider | CardSupplier]:
        """Every provider and supplier by its name."""
        return {**self.providers, **self.suppliers}

    def deliveries(self, now: datetime) -> list[Delivery]:
        """Every card any supplier handed over up to now."""
        return [delivery for supplier in self.suppliers.values() for delivery in supplier.deliveries(now)]

    def is_down(self, party: str, now: datetime) -> bool:
        """Whether the whole party is down (faults of single orders do not count)."""
        return self.parties[party].faults.holding(now).is_down

    def _provider(self, dialect: Dialect, notify_url: str) -> PaymentProvider:
        return PaymentProvider(
            dialect, notify_path=self._notify_path(dialect.name, notify_url), schedule_seconds=self._pauses(dialect.schedule_seconds)
        )

    def _gateways(self, accounts: GatewayCredentials) -> dict[str, PaymentGateway]:
        platform_key = load_private_key(accounts.platform_private_key)
        merchant_key = load_public_key(accounts.merchant_public_key)
        dialects: tuple[tuple[GatewayDialect, str], ...] = (
            (EpayV2Dialect(accounts.epay_v2_pid, platform_key, merchant_key), self.setup.epay_v2_notify_url),
            (EpusdtDialect(accounts.epusdt_token), self.setup.epusdt_notify_url),
            (TokenPayDialect(accounts.tokenpay_key), self.setup.tokenpay_notify_url),
        )
        return {
            dialect.name: PaymentGateway(
                dialect, notify_path=self._notify_path(dialect.name, url), schedule_seconds=self._pauses(dialect.schedule_seconds)
            )
            for dialect, url in dialects
        }

    def _wechat(self, account: WechatCredentials) -> WechatPay:
        dialect = WechatDialect(
            account.mchid,
            account.app_id,
            account.serial,
            account.merchant_serial_number,
            account.api_v3_key,
            load_private_key(account.wechat_private_key),
            load_public_key(account.merchant_public_key),
        )
        return WechatPay(
            dialect,
            notify_path=self._notify_path(dialect.name, self.setup.wechat_notify_url),
            schedule_seconds=self._pauses(dialect.schedule_seconds),
        )

    def _unionpay(self, account: UnionPayCredentials) -> UnionPay:
        dialect = UnionPayDialect(
            account.merchant_number,
            account.certificate,
            load_certificate(account.merchant_certificate),
            load_private_key(account.private_key),
        )
        return UnionPay(
            dialect,
            notify_path=self._notify_path(dialect.name, self.setup.unionpay_notify_url),
            schedule_seconds=self._pauses(dialect.schedule_seconds),
        )

    def _notify_path(self, name: str, notify_url: str) -> str:
        # The base is everything before the path; the path stays with the provider, which puts the order number in.
        parts = urlsplit(notify_url)
        self.notify_bases[name] = f"{parts.scheme}://{parts.netloc}"
        return parts.path or "/"

    def _pauses(self, schedule_seconds: tuple[float, ...]) -> list[float]:
        return [pause / self.setup.time_factor for pause in schedule_seconds]
