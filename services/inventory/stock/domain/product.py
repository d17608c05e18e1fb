"""A product of a shop: what its cards look like, and which suppliers offer it under which article number and price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import ContractError, Refusal
from contracts.values import AfterSalesPolicy, Money
from services.inventory.stock.domain.availability import Availability, Level
from services.inventory.stock.domain.product_kind import SOURCED_KINDS, STOCKED_KINDS, KindTerms
from services.inventory.stock.domain.stopped_batches import StoppedBatches

MAX_SOURCES = 15
"""One unit of work may have to look at every source of a product."""


class ProductListedDifferently(Refusal):
    code = "product-listed-differently"
    title = "The product is listed already, and differently"


class TooManySources(Refusal):
    code = "product-too-many-sources"
    title = "The product has as many suppliers as a product can have"


class ProductNotStocked(Refusal):
    code = "product-not-stocked"
    title = "There is no stock of products of this kind"


class ProductNotSourced(Refusal):
    code = "product-not-sourced"
    title = "Products of this kind are not bought of suppliers"


class ProductNotOffered(Refusal):
    code = "product-not-offered"
    title = "This supplier does not offer the product"
    is_kept = False  # it may yet


class UnfitPolicy(ContractError):
    code = "after-sales-policy-unfit"
    title = "The after-sales policy contradicts itself"


@dataclass(frozen=True, slots=True)
class Source:
    """A supplier's offer of the product: its article number there, and what one card costs us."""

    supplier_code: str
    sku_id: int
    price: Money


class Product(Availability, StoppedBatches, Aggregate):
    """`sources` stand in the order in which the shop prefers them when scores are equal."""

    TOPIC = "inventory.Product"

    class Listed(Created):
        TOPIC = "inventory.Product.Listed"
        class_version = 3
        shop_id: str
        product_code: str
        name: str
        kind: str
        card_pattern: str | None
        terms: KindTerms

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "terms": {}}

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> dict[str, Any]:
            return state  # its fields had no limits

    class Offered(Event):
        TOPIC = "inventory.Product.Offered"
        PRIVATE = True
        source: Source

    class OfferTilted(Event):
        TOPIC = "inventory.Product.OfferTilted"
        PRIVATE = True
        supplier_code: str
        tilt: int

    class Recovered(Event):
        """Listed from our own word after a restore, which does not say what its cards look like."""

        TOPIC = "inventory.Product.Recovered"
        PRIVATE = True

    class Completed(Event):
        """It was listed again, so it is known again what its cards look like."""

        TOPIC = "inventory.Product.Completed"
        PRIVATE = True
        card_pattern: str | None

    class ExpiryMarginSet(Event):
        """Cards are issued no later than so many days before they expire; holds for those that come into stock from now on."""

        TOPIC = "inventory.Product.ExpiryMarginSet"
        PRIVATE = True
        days: int

    class SweepPlanned(Event):
        """When the stock is looked through for cards that are issued no more; None: nothing to look for."""

        TOPIC = "inventory.Product.SweepPlanned"
        PRIVATE = True
        at: datetime | None

    class PolicySet(Event):
        """What is promised after the sale, for orders that are paid from now on."""

        TOPIC = "inventory.Product.PolicySet"
        policy_version: int
        policy: AfterSalesPolicy

    @event(Listed)
    def __init__(self, shop_id: str, product_code: str, name: str, kind: str, card_pattern: str | None, terms: KindTerms) -> None:
        self.shop_id = shop_id
        self.product_code = product_code
        self.name = name
        self.kind = kind
        self.card_pattern = card_pattern
        self.terms = terms
        self.sources: dict[str, Source] = {}
        self.tilts: dict[str, int] = {}
        """Points of score for or against an offer, by supplier; it keeps them when its price changes."""
        self.is_complete = True
        self.expiry_margin_days = 0
        self.sweep_at: datetime | None = None
        self.policy_version = 0
        self.policy: AfterSalesPolicy | None = None
        self.stopped_batches: set[str] = set()
        self.level = Level.PLENTY

    @staticmethod
    def create_id(shop_id: str, product_code: str) -> UUID:
        return stream_id(shop_id, "product", product_code)

    @property
    def slot_key(self) -> str:
        return self.product_code

    def expect_same(self, *, name: str, kind: str, card_pattern: str | None, terms: KindTerms) -> None:
        """Raises ProductListedDifferently unless it is listed just so, as far as is known."""
        known_pattern = self.card_pattern if self.is_complete else card_pattern
        if (name, kind, card_pattern, terms) != (self.name, self.kind, known_pattern, self.terms):
            raise ProductListedDifferently(product_code=self.product_code)

    def recover(self) -> None:
        """Note that what its cards look like is not known any more."""
        self._recovered()

    @event(Recovered)
    def _recovered(self) -> None:
        self.is_complete = False

    def complete(self, *, card_pattern: str | None) -> None:
        """Note what its cards look like, where that is not known; else nothing changes."""
        if not self.is_complete:
            self._completed(card_pattern=card_pattern)

    @event(Completed)
    def _completed(self, card_pattern: str | None) -> None:
        self.card_pattern = card_pattern
        self.is_complete = True

    def expect_stocked(self) -> None:
        """Raises ProductNotStocked where cards of it cannot be in stock."""
        if self.kind not in STOCKED_KINDS:
            raise ProductNotStocked(product_code=self.product_code, kind=self.kind)

    def offer(self, source: Source) -> None:
        """Note a supplier's offer, a new one last; raises ProductNotSourced, TooManySources. The same offer again changes nothing."""
        if self.kind not in SOURCED_KINDS:
            raise ProductNotSourced(product_code=self.product_code, kind=self.kind)
        known = self.sources.get(source.supplier_code)
        if known is None and len(self.sources) >= MAX_SOURCES:
            raise TooManySources(product_code=self.product_code, limit=MAX_SOURCES)
        if known != source:
            self._offered(source=source)

    @event(Offered)
    def _offered(self, source: Source) -> None:
        self.sources[source.supplier_code] = source

    def tilt_offer(self, supplier_code: str, tilt: int) -> None:
        """Prefer a supplier's offer by so many points, or put it back; raises ProductNotOffered. The same again changes nothing."""
        if supplier_code not in self.sources:
            raise ProductNotOffered(product_code=self.product_code, supplier_code=supplier_code)
        if tilt != self.tilts.get(supplier_code, 0):
            self._offer_tilted(supplier_code=supplier_code, tilt=tilt)

    @event(OfferTilted)
    def _offer_tilted(self, supplier_code: str, tilt: int) -> None:
        self.tilts[supplier_code] = tilt

    def set_expiry_margin(self, days: int) -> None:
        """Note how long before they expire cards are issued no more; the same again changes nothing."""
        if days != self.expiry_margin_days:
            self._expiry_margin_set(days=days)

    @event(ExpiryMarginSet)
    def _expiry_margin_set(self, days: int) -> None:
        self.expiry_margin_days = days

    def plan_sweep(self, at: datetime | None) -> None:
        """Note when the stock is to be looked through."""
        self._sweep_planned(at=at)

    @event(SweepPlanned)
    def _sweep_planned(self, at: datetime | None) -> None:
        self.sweep_at = at

    def set_policy(self, policy: AfterSalesPolicy) -> None:
        """Promise this after the sale from now on; the same again changes nothing. Raises UnfitPolicy."""
        check_policy(policy)
        if policy != self.policy:
            self._policy_set(policy_version=self.policy_version + 1, policy=policy)

    def set_policy_again(self, policy_version: int, policy: AfterSalesPolicy) -> None:
        """That this was promised was said before a restore; an older version than the one known changes nothing."""
        if policy_version > self.policy_version:
            self._policy_set(policy_version=policy_version, policy=policy)

    @event(PolicySet)
    def _policy_set(self, policy_version: int, policy: AfterSalesPolicy) -> None:
        self.policy_version = policy_version
        self.policy = policy


def check_policy(policy: AfterSalesPolicy) -> None:
    """Raises UnfitPolicy, with the field that says something which another one takes back."""
    if policy.refund == "within_days" and policy.refund_days is None:
        raise UnfitPolicy(field="refund_days", reason="is missing")
    if policy.refund == "none" and (policy.refund_days is not None or policy.fee_basis_points):
        raise UnfitPolicy(field="refund", reason="is none, so it has neither days nor a fee")
    if policy.is_pro_rata and policy.warranty_days == 0:
        raise UnfitPolicy(field="is_pro_rata", reason="needs warranty_days")
