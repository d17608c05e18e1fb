"""Buying a card at a supplier that speaks the dujiao-next upstream interface (`protocols.dujiao_next`), and finding what was bought.

    PlaceOrder       perform   create the order under our number, then find it once: many suppliers deliver at once
                     ask       find it by our number
    FindDeliveries   both      find orders by the numbers that a restore may have made us forget; nothing is ever ordered

An order that exists but is not delivered is *unknown*: it is asked about until it is delivered or cancelled. Cards are sealed here,
before anything else sees them.
"""

from __future__ import annotations

from typing import ClassVar

from chassis.activity import Absent, Activity, Intent, Outcome, Patience, Performed, Refused, Tools, Unknown, confirmed
from chassis.vault import Sealed
from protocols.dujiao_next import (
    ErrorClass,
    SupplierError,
    SupplierOrder,
    SupplierOrderStatus,
    build_create_order,
    build_find_order,
    parse_create_reply,
    parse_find_reply,
)
from protocols.http import HttpReply, HttpRequest, NotSent, TransportFault
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.intents import FoundDeliveries, FoundDelivery, PlaceSupplierOrder, SeekDeliveries
from services.inventory.sourcing.receiving import receive

NOT_FULFILLED = "not_fulfilled"
"""The order stands at the supplier and is not delivered yet: nobody failed so far."""

_CODES = {
    ErrorClass.TEMPORARY: "temporary",
    ErrorClass.OUT_OF_STOCK: "out_of_stock",
    ErrorClass.NO_BALANCE: "no_balance",
    ErrorClass.DELISTED: "delisted",
}


class PlaceOrder(Activity[PlaceSupplierOrder]):
    """Confirmed brings a SupplierDelivery, Refused the error class as contracts.inventory names it."""

    intent_class: ClassVar[type[Intent]] = PlaceSupplierOrder
    patience: ClassVar[Patience] = Patience(attempt_seconds=8.0, margin_seconds=2.0, first_ask_seconds=0.5, longest_ask_seconds=30.0)

    async def perform(self, intent: PlaceSupplierOrder) -> Outcome | Performed:
        account = _account(self.tools, intent)
        if account is None:
            return Refused("refused")
        request = build_create_order(
            account.access,
            sku_id=intent.sku_id,
            quantity=1,
            downstream_order_no=intent.key,
            now=self.tools.now(),
            callback_url=account.callback_url(intent.target),
        )
        try:
            reply = await _send(self.tools, account, request)
        except NotSent:
            return Refused("temporary", is_temporary=True)
        except TransportFault as fault:
            return Unknown(fault.code)
        made = parse_create_reply(reply)
        if isinstance(made, SupplierError):
            return _refused(made)
        found = await self.ask(intent)
        # It was just made: whoever says that there is no such order does not know it yet.
        return Unknown(NOT_FULFILLED, has_answered=True) if isinstance(found, Absent | Unknown) else found

    async def ask(self, intent: PlaceSupplierOrder) -> Outcome | Performed:
        account = _account(self.tools, intent)
        if account is None:
            return Unknown("no_account")
        found = await _find(self.tools, account, intent.key)
        if isinstance(found, Unknown):
            return found
        if isinstance(found, SupplierError):
            return Absent() if found.error_class is ErrorClass.NOT_FOUND else Unknown(found.code)
        return self._told(intent, found)

    def _told(self, intent: PlaceSupplierOrder, order: SupplierOrder) -> Outcome | Performed:
        match order.status:
            case SupplierOrderStatus.OPEN:
                return Unknown(NOT_FULFILLED, has_answered=True)
            case SupplierOrderStatus.CANCELLED:
                return Refused("refused")
            case SupplierOrderStatus.DELIVERED:
                delivery, sealed = receive(
                    order,
                    shop_id=intent.shop_id,
                    sku_id=intent.sku_id,
                    card_pattern=intent.card_pattern,
                    vault=self.tools.vault,
                    fingerprints=self.tools.fingerprints,
                )
                return Performed(confirmed(delivery), sealed)


class FindDeliveries(Activity[SeekDeliveries]):
    """Confirmed brings FoundDeliveries. Unknown until the supplier has told of every number: one of them may still be delivered."""

    intent_class: ClassVar[type[Intent]] = SeekDeliveries
    patience: ClassVar[Patience] = Patience(attempt_seconds=8.0, margin_seconds=2.0, first_ask_seconds=0.5, longest_ask_seconds=30.0)

    async def perform(self, intent: SeekDeliveries) -> Outcome | Performed:
        return await self.ask(intent)

    async def ask(self, intent: SeekDeliveries) -> Outcome | Performed:
        account = _account(self.tools, intent)
        if account is None:
            return Refused("no_account")  # where nobody can order, nobody has ordered
        deliveries: list[FoundDelivery] = []
        kept: tuple[Sealed, ...] = ()
        is_one_open = False
        for number in intent.numbers:
            found = await _find(self.tools, account, number)
            if isinstance(found, Unknown):
                return found
            if isinstance(found, SupplierError):
                if found.error_class is not ErrorClass.NOT_FOUND:
                    return Unknown(found.code)
            elif found.status is SupplierOrderStatus.OPEN:
                is_one_open = True
            elif found.status is SupplierOrderStatus.DELIVERED:
                delivery, sealed = receive(
                    found,
                    shop_id=intent.shop_id,
                    sku_id=intent.sku_id,
                    card_pattern=intent.card_pattern,
                    vault=self.tools.vault,
                    fingerprints=self.tools.fingerprints,
                )
                deliveries.append(FoundDelivery(number, delivery))
                kept += sealed
        if is_one_open:
            return Unknown(NOT_FULFILLED, has_answered=True)
        return Performed(confirmed(FoundDeliveries(tuple(deliveries))), kept) if deliveries else Absent()


def _account(tools: Tools, intent: Intent) -> SupplierAccount | None:
    settings: InventorySettings = tools.settings
    return settings.suppliers.get(intent.target)


async def _find(tools: Tools, account: SupplierAccount, number: str) -> SupplierOrder | SupplierError | Unknown:
    """What the supplier says of our number; Unknown where no answer came."""
    try:
        reply = await _send(tools, account, build_find_order(account.access, number, now=tools.now()))
    except TransportFault as fault:
        return Unknown(fault.code)
    return parse_find_reply(reply, downstream_order_no=number)


async def _send(tools: Tools, account: SupplierAccount, request: HttpRequest) -> HttpReply:
    reply: HttpReply = await tools.http(account.base_url, request)
    return reply


def _refused(error: SupplierError) -> Outcome:
    if error.is_effect_possible:
        return Unknown(error.code)
    return Refused(_CODES.get(error.error_class, "refused"), is_temporary=error.error_class is ErrorClass.TEMPORARY)
