"""All parties of one sandbox: two payment providers and any number of card suppliers, made from a setup and its credentials."""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from protocols.alipay import load_private_key, load_public_key
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.behaviour.dialects import AlipayDialect, Dialect, EpayDialect
from sandbox.behaviour.payments import PaymentProvider
from sandbox.behaviour.suppliers import CardSupplier, Delivery
from sandbox.credentials import SandboxCredentials

DEFAULT_PRODUCTS = (
    SupplierProduct(1, "game-50", "45.00", 1_000),
    SupplierProduct(2, "music-30", "28.00", 1_000, card_prefix="MUSIC"),
)


class SandboxSetup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sandbox consists of. Notify URLs are the shop's; their path may contain `{order_number}`."""

    alipay_notify_url: str = "http://127.0.0.1:8000/notices/alipay"
    epay_notify_url: str = "http://127.0.0.1:8000/notices/epay"
    suppliers: dict[str, tuple[SupplierProduct, ...]] = msgspec.field(
        default_factory=lambda: {"north": DEFAULT_PRODUCTS, "south": DEFAULT_PRODUCTS}
    )
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
        self.suppliers: dict[str, CardSupplier] = {
            code: CardSupplier(code, credentials.access(code), products) for code, products in setup.suppliers.items()
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
        # The base is everything before the path; the path stays with the provider, which puts the order number in.
        parts = urlsplit(notify_url)
        self.notify_bases[dialect.name] = f"{parts.scheme}://{parts.netloc}"
        pauses = [pause / self.setup.time_factor for pause in dialect.schedule_seconds]
        return PaymentProvider(dialect, notify_path=parts.path or "/", schedule_seconds=pauses)
