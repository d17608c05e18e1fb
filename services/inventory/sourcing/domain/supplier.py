"""A supplier of cards: own stock and consignors, whose cards are imported under their name, or a site whose API is called."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import ContractError, Refusal
from contracts.values import Money
from services.inventory.sourcing.domain.account_terms import AccountTerms
from services.inventory.sourcing.domain.deposit_floor import DepositFloor
from services.inventory.sourcing.domain.funds import Funds
from services.inventory.sourcing.domain.standing import Standing, SupplierStatus
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits

OWN_STOCK = "own_stock"
CONSIGNOR = "consignor"
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


class Supplier(AccountTerms, DepositFloor, Standing, Funds, Aggregate):
    """A suspended supplier gets no new orders; what was ordered before is still asked about."""

    TOPIC = "inventory.Supplier"
    KINDS: ClassVar[frozenset[str]] = frozenset({OWN_STOCK, CONSIGNOR, DUJIAO_NEXT, ACG_FAKA, ACG_FAKA_V4, SUPPLIER_API})
    IMPORTED: ClassVar[frozenset[str]] = frozenset({OWN_STOCK, CONSIGNOR})
    """Kinds that have no site: their cards are in stock before they are sold."""
    UNASKABLE: ClassVar[frozenset[str]] = frozenset({ACG_FAKA, ACG_FAKA_V4})
    """Kinds whose sites cannot be asked by our number."""

    class Registered(Created):
        TOPIC = "inventory.Supplier.Registered"
        shop_id: str
        supplier_code: str
        kind: str

    class Tilted(Event):
        TOPIC = "inventory.Supplier.Tilted"
        PRIVATE = True
        tilt: int

    class Scored(Event):
        TOPIC = "inventory.Supplier.Scored"
        score: int
        sample_count: int

    @event(Registered)
    def __init__(self, shop_id: str, supplier_code: str, kind: str) -> None:
        self.shop_id = shop_id
        self.supplier_code = supplier_code
        self.kind = kind
        self.stopped_currencies = ()
        self.is_on_account = False
        self.grade = None
        self.score: int | None = None
        self.tilt = 0
        self.status = SupplierStatus.IN_SERVICE
        self.standing = 0
        self.suspension_count = 0
        self.probation_at: datetime | None = None
        self.limits = SupplierLimits()
        self.trial: str | None = None
        self.trials_passed = 0
        self.balance: Money | None = None
        self.balance_floor: Money | None = None
        self.is_low = False
        self.is_out_of_money = False
        self.needed: Money | None = None
        self.is_polled = False

    @staticmethod
    def create_id(shop_id: str, supplier_code: str) -> UUID:
        return stream_id(shop_id, "supplier", supplier_code)

    @property
    def slot_key(self) -> str:
        return self.supplier_code

    @property
    def is_own_stock(self) -> bool:
        return self.kind == OWN_STOCK

    @property
    def is_consignor(self) -> bool:
        return self.kind == CONSIGNOR

    @property
    def has_site(self) -> bool:
        """Whether there is somebody to ask what became of an order."""
        return self.kind not in self.IMPORTED

    @property
    def is_askable(self) -> bool:
        """Whether its site can be asked what became of an order."""
        return self.has_site and self.kind not in self.UNASKABLE

    @property
    def is_callable(self) -> bool:
        """Whether a card can be ordered there now."""
        return self.why_not_callable is None

    @property
    def is_live(self) -> bool:
        """Whether it takes orders, if maybe one at a time: on probation it must get orders to prove itself by."""
        return self.why_not_callable is None or self.why_not_callable == SupplierStatus.ON_PROBATION

    @property
    def why_not_callable(self) -> str | None:
        """Why no card can be ordered there now, in a word; None: one can."""
        if not self.has_site:
            return "imported"
        if self.is_stopped_for_deposit:
            return "deposit"
        if self.is_out_of_money:
            return "no_balance"
        return None if self.may_be_tried else str(self.status)

    def expect_same(self, *, kind: str) -> None:
        """Raises SupplierRegisteredDifferently unless it is registered just so."""
        if kind != self.kind:
            raise SupplierRegisteredDifferently(supplier_code=self.supplier_code)

    def tilt_by(self, tilt: int) -> None:
        """Prefer it by so many points of score, or put it back by as many; the same again changes nothing."""
        if tilt != self.tilt:
            self._tilted(tilt=tilt)

    @event(Tilted)
    def _tilted(self, tilt: int) -> None:
        self.tilt = tilt

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
