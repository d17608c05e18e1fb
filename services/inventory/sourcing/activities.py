"""Buying a card at a supplier's site, whatever protocol it speaks (`sites/port.py`), and finding what was bought.

    PlaceOrder       perform   create the order under our number
                     ask       find it by our number
    CancelOrder      perform   cancel it by our number
                     ask       find it by our number
    FindDeliveries   both      find orders by the numbers that a restore may have made us forget; nothing is ever ordered

An order that exists but is not delivered is *unknown*: it is asked about until it is delivered or cancelled. Where a site cannot be
asked by our number, what is unknown stays so until a person tells. Cards are sealed here, before anything else sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chassis.activity import Absent, Activity, Confirmed, Intent, Outcome, Patience, Performed, Refused, Tools, Unknown, confirmed
from chassis.vault import Sealed
from protocols.http import NotSent, TransportFault
from services.inventory.settings import InventorySettings
from services.inventory.sourcing.accounts import account_of
from services.inventory.sourcing.intents import (
    CancelSupplierOrder,
    FoundDeliveries,
    FoundDelivery,
    PlaceSupplierOrder,
    SeekDeliveries,
    SupplierDelivery,
)
from services.inventory.sourcing.receiving import receive
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import (
    ErrorClass,
    NewOrder,
    SiteOrder,
    SupplierError,
    SupplierOrderStatus,
    SupplierSite,
)

NOT_FULFILLED = "not_fulfilled"
"""The order stands at the supplier and is not delivered yet: nobody failed so far."""

NOT_ASKABLE = "not_askable"
"""The answer was lost, and the site cannot be asked: a person finds out what became of the order."""

PATIENCE = Patience(attempt_seconds=8.0, margin_seconds=2.0, first_ask_seconds=0.5, longest_ask_seconds=30.0)
"""With any site, whatever is asked of it."""

_CODES = {
    ErrorClass.TEMPORARY: "temporary",
    ErrorClass.OUT_OF_STOCK: "out_of_stock",
    ErrorClass.NO_BALANCE: "no_balance",
    ErrorClass.DELISTED: "delisted",
}


class PlaceOrder(Activity[PlaceSupplierOrder]):
    """Confirmed brings a SupplierDelivery, Refused the error class as contracts.inventory names it."""

    intent_class: ClassVar[type[Intent]] = PlaceSupplierOrder
    patience: ClassVar[Patience] = PATIENCE

    async def perform(self, intent: PlaceSupplierOrder) -> Outcome | Performed:
        site = _site(self.tools, intent)
        if site is None:
            return Refused("refused")
        callback_url = _settings(self.tools).callback_url(intent.shop_id, intent.target)
        fields: Mapping[str, str] = {}
        if intent.is_top_up:
            if not site.takes_fields:
                return Refused("refused")
            opened = await account_of(intent, self.tools)
            if isinstance(opened, Refused):
                return opened
            fields = opened
        try:
            made = await site.create(NewOrder(intent.key, intent.sku_id, callback_url, fields))
        except NotSent:
            return Refused("temporary", is_temporary=True)
        except TransportFault as fault:
            return Unknown(fault.code if site.is_askable else NOT_ASKABLE)
        if isinstance(made, SupplierError):
            return _refused(made, site)
        if made.status is SupplierOrderStatus.OPEN and not site.is_askable:
            return Unknown(NOT_ASKABLE, has_answered=True)
        return self._told(intent, made)

    async def ask(self, intent: PlaceSupplierOrder) -> Outcome | Performed:
        site = _site(self.tools, intent)
        if site is None:
            return Unknown("no_account")
        found = await _find(site, intent.key)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, SupplierError):
            return Absent() if found.error_class is ErrorClass.NOT_FOUND else Unknown(found.code)
        return self._told(intent, found)

    def _told(self, intent: PlaceSupplierOrder, order: SiteOrder) -> Outcome | Performed:
        match order.status:
            case SupplierOrderStatus.OPEN:
                return Unknown(NOT_FULFILLED, has_answered=True)
            case SupplierOrderStatus.CANCELLED:
                return Refused("refused")
            case SupplierOrderStatus.DELIVERED:
                delivery, sealed = _received(order, intent, self.tools)
                return Performed(confirmed(delivery), sealed)


class CancelOrder(Activity[CancelSupplierOrder]):
    """Confirmed: nothing will come of the order. Refused: it was delivered, cannot be cancelled there, or is not known there (yet)."""

    intent_class: ClassVar[type[Intent]] = CancelSupplierOrder
    patience: ClassVar[Patience] = PATIENCE

    async def perform(self, intent: CancelSupplierOrder) -> Outcome | Performed:
        site = _site(self.tools, intent)
        if site is None:
            return Refused("no_account")
        try:
            told = await site.cancel(intent.number)
        except NotSent:
            return Refused("temporary", is_temporary=True)
        except TransportFault as fault:
            return Unknown(fault.code)
        return self._told(told)

    async def ask(self, intent: CancelSupplierOrder) -> Outcome | Performed:
        site = _site(self.tools, intent)
        if site is None:
            return Refused("no_account")
        found = await _find(site, intent.number)
        if isinstance(found, SiteOrder) and found.status is SupplierOrderStatus.OPEN:
            return Absent()
        return found if isinstance(found, Unknown) else self._told(found)

    def _told(self, told: SiteOrder | SupplierError) -> Outcome:
        if isinstance(told, SiteOrder):
            return Confirmed() if told.status is SupplierOrderStatus.CANCELLED else Refused(ErrorClass.NOT_CANCELLABLE.value)
        if told.is_effect_possible:
            return Unknown(told.code)
        is_passing = told.error_class in (ErrorClass.NOT_FOUND, ErrorClass.TEMPORARY)
        return Refused(told.error_class.value, is_temporary=is_passing)


class FindDeliveries(Activity[SeekDeliveries]):
    """Confirmed brings FoundDeliveries. Unknown until the supplier has told of every number: one of them may still be delivered.

    A supplier without an account may have had one in the span that is lost: Unknown as well, until it has one again or a person tells. A
    person is told at once of a lost card that it cannot be asked for.
    """

    intent_class: ClassVar[type[Intent]] = SeekDeliveries
    patience: ClassVar[Patience] = PATIENCE

    async def perform(self, intent: SeekDeliveries) -> Outcome | Performed:
        return await self.ask(intent)

    async def ask(self, intent: SeekDeliveries) -> Outcome | Performed:
        site = _site(self.tools, intent)
        if site is None:
            return Unknown("no_account") if intent.card_id is None else Refused("no_account")
        deliveries: list[FoundDelivery] = []
        kept: tuple[Sealed, ...] = ()
        is_one_open = False
        for number in intent.numbers:
            found = await _find(site, number)
            if isinstance(found, Unknown):
                return found
            if isinstance(found, SupplierError):
                if found.error_class is not ErrorClass.NOT_FOUND:
                    return Unknown(found.code)
            elif found.status is SupplierOrderStatus.OPEN:
                is_one_open = True
            elif found.status is SupplierOrderStatus.DELIVERED:
                delivery, sealed = _received(found, intent, self.tools)
                deliveries.append(FoundDelivery(number, delivery))
                kept += sealed
        if is_one_open:
            return Unknown(NOT_FULFILLED, has_answered=True)
        return Performed(confirmed(FoundDeliveries(tuple(deliveries))), kept) if deliveries else Absent()


def _settings(tools: Tools) -> InventorySettings:
    settings: InventorySettings = tools.settings
    return settings


def _site(tools: Tools, intent: Intent) -> SupplierSite | None:
    """The site an intent is for; None where we have no account there."""
    settings = _settings(tools)
    account = settings.account(intent.shop_id, intent.target)
    return site_class(account)(account, tools.http, tools.now) if account is not None else None


def _received(order: SiteOrder, intent: PlaceSupplierOrder | SeekDeliveries, tools: Tools) -> tuple[SupplierDelivery, tuple[Sealed, ...]]:
    """What an order brought, sealed."""
    return receive(
        order,
        shop_id=intent.shop_id,
        sku_id=intent.sku_id,
        card_pattern=intent.card_pattern,
        vault=tools.vault,
        fingerprints=tools.fingerprints,
        is_top_up=intent.is_top_up,
    )


async def _find(site: SupplierSite, number: str) -> SiteOrder | SupplierError | Unknown:
    """What the site says of our number; Unknown where no answer came, or where it cannot be asked."""
    if not site.is_askable:
        return Unknown(NOT_ASKABLE, has_answered=True)
    try:
        return await site.find(number)
    except TransportFault as fault:
        return Unknown(fault.code)


def _refused(error: SupplierError, site: SupplierSite) -> Outcome:
    if error.is_effect_possible:
        return Unknown(error.code if site.is_askable else NOT_ASKABLE)
    return Refused(_CODES.get(error.error_class, "refused"), is_temporary=error.error_class is ErrorClass.TEMPORARY)
