"""A listed product: known from what inventory says, so that an order for anything else is refused, and its promises are known."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from contracts.values import AfterSalesPolicy, ProductField
from services.order.domain.after_sales import FrozenPolicy


class Listing(Aggregate):
    """One product of one shop that may be ordered, unless it is off sale.

    `policies`: every version of its after-sales policy that was heard of.
    """

    TOPIC = "order.Listing"

    class Listed(Created):
        TOPIC = "order.Listing.Listed"
        PRIVATE = True
        shop_id: str
        product_code: str
        product_id: str

    class PolicyHeard(Event):
        """Orders that are paid from now on are promised this."""

        TOPIC = "order.Listing.PolicyHeard"
        PRIVATE = True
        policy_version: int
        policy: AfterSalesPolicy

    class FormHeard(Event):
        """What the buyer has to fill in. `is_personal`: it tells who he is, as an address does, so nothing of it is shown even masked."""

        TOPIC = "order.Listing.FormHeard"
        PRIVATE = True
        class_version = 2
        fields: tuple[ProductField, ...]
        is_personal: bool

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "is_personal": False}

    class WentOffSale(Event):
        TOPIC = "order.Listing.WentOffSale"
        PRIVATE = True
        reason: str

    class CameBack(Event):
        TOPIC = "order.Listing.CameBack"
        PRIVATE = True

    @event(Listed)
    def __init__(self, shop_id: str, product_code: str, product_id: str) -> None:
        self.shop_id = shop_id
        self.product_code = product_code
        self.product_id = product_id
        self.policies: dict[int, AfterSalesPolicy] = {}
        self.form: tuple[ProductField, ...] = ()
        self.is_form_personal = False
        self.is_off_sale = False

    @staticmethod
    def create_id(shop_id: str, product_code: str) -> UUID:
        return stream_id(shop_id, "listing", product_code)

    @property
    def slot_key(self) -> str:
        return self.product_code

    def policy(self, version: int | None = None) -> FrozenPolicy | None:
        """What this version promises, or, where none is asked for or it was never heard of, what is promised to those who pay now.

        None: nothing beyond a card that works when it is delivered.
        """
        known = version if version in self.policies else max(self.policies, default=None)
        return FrozenPolicy(known, self.policies[known]) if known is not None else None

    def hear_form(self, fields: tuple[ProductField, ...], *, is_personal: bool) -> None:
        """Take what has to be filled in; the same again changes nothing."""
        if fields != self.form:
            self._form_heard(fields=fields, is_personal=is_personal)

    @event(FormHeard)
    def _form_heard(self, fields: tuple[ProductField, ...], is_personal: bool) -> None:
        self.form = fields
        self.is_form_personal = is_personal

    def hear_policy(self, policy_version: int, policy: AfterSalesPolicy) -> None:
        """Take a version that is not known yet; one that is known changes nothing."""
        if policy_version not in self.policies:
            self._policy_heard(policy_version=policy_version, policy=policy)

    @event(PolicyHeard)
    def _policy_heard(self, policy_version: int, policy: AfterSalesPolicy) -> None:
        self.policies[policy_version] = policy

    def take_off_sale(self, reason: str) -> None:
        """Inventory has nothing to give for it now; a second time changes nothing."""
        if not self.is_off_sale:
            self._went_off_sale(reason=reason)

    @event(WentOffSale)
    def _went_off_sale(self, reason: str) -> None:
        self.is_off_sale = True

    def come_back(self) -> None:
        """It can be ordered again; a second time changes nothing."""
        if self.is_off_sale:
            self._came_back()

    @event(CameBack)
    def _came_back(self) -> None:
        self.is_off_sale = False
