"""A supplier of cards: own stock, which only gives imported cards a name, or a site whose API is called."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import ContractError, Refusal

OWN_STOCK = "own_stock"
DUJIAO_NEXT = "dujiao_next"
ACG_FAKA = "acg_faka"
ACG_FAKA_V4 = "acg_faka_v4"
SUPPLIER_API = "supplier_api"


class SupplierRegisteredDifferently(Refusal):
    code = "supplier-registered-differently"
    title = "The supplier is registered already, as another kind"


class UnknownSupplierKind(ContractError):
    code = "supplier-kind-unknown"
    title = "Suppliers of this kind are not known"


class Supplier(Aggregate):
    """A suspended supplier gets no new orders; what was ordered before is still asked about."""

    TOPIC = "inventory.Supplier"
    KINDS: ClassVar[frozenset[str]] = frozenset({OWN_STOCK, DUJIAO_NEXT, ACG_FAKA, ACG_FAKA_V4, SUPPLIER_API})

    class Registered(Created):
        TOPIC = "inventory.Supplier.Registered"
        shop_id: str
        supplier_code: str
        kind: str

    class Suspended(Event):
        TOPIC = "inventory.Supplier.Suspended"
        PRIVATE = True

    class Resumed(Event):
        TOPIC = "inventory.Supplier.Resumed"
        PRIVATE = True

    class Scored(Event):
        TOPIC = "inventory.Supplier.Scored"
        score: int
        sample_count: int

    @event(Registered)
    def __init__(self, shop_id: str, supplier_code: str, kind: str) -> None:
        self.shop_id = shop_id
        self.supplier_code = supplier_code
        self.kind = kind
        self.is_suspended = False
        self.score: int | None = None

    @staticmethod
    def create_id(shop_id: str, supplier_code: str) -> UUID:
        return stream_id(shop_id, "supplier", supplier_code)

    @property
    def slot_key(self) -> str:
        return self.supplier_code

    @property
    def is_callable(self) -> bool:
        """Whether cards can be ordered there now."""
        return self.kind != OWN_STOCK and not self.is_suspended

    def expect_same(self, *, kind: str) -> None:
        """Raises SupplierRegisteredDifferently unless it is registered just so."""
        if kind != self.kind:
            raise SupplierRegisteredDifferently(supplier_code=self.supplier_code)

    def suspend(self) -> None:
        """Order nothing more there; a second time changes nothing."""
        if not self.is_suspended:
            self._suspended()

    @event(Suspended)
    def _suspended(self) -> None:
        self.is_suspended = True

    def resume(self) -> None:
        """Order there again; a second time changes nothing."""
        if self.is_suspended:
            self._resumed()

    @event(Resumed)
    def _resumed(self) -> None:
        self.is_suspended = False

    def note_score(self, *, score: int, sample_count: int) -> None:
        """Take a score that was read; it becomes an event only when it reaches another ten, so the stream stays short."""
        if self.score is None or score // 10 != self.score // 10:
            self._scored(score=score, sample_count=sample_count)

    @event(Scored)
    def _scored(self, score: int, sample_count: int) -> None:
        self.score = score


def check_kind(kind: str) -> None:
    """Raises UnknownSupplierKind."""
    if kind not in Supplier.KINDS:
        raise UnknownSupplierKind()
