"""What sourcing does when an order moves, a supplier answers or a deadline passes. All of it is total: races are branches."""

from __future__ import annotations

from uuid import UUID

import msgspec

from chassis.activity import Absent, Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome, on_timer, reacts_to
from chassis.work import Work
from contracts.order import DeliveryFailed, OrderExpired, OrderPlaced, PaymentConfirmed, RedeliveryRequested
from services.inventory.sourcing import orders
from services.inventory.sourcing.activities import NOT_FULFILLED
from services.inventory.sourcing.domain.need import ErrorClass, Need, NeedStatus
from services.inventory.sourcing.intents import PlaceSupplierOrder, SupplierDelivery
from services.inventory.sourcing.saga import close_for, delivered, refused
from services.inventory.sourcing.timers import MoreUnitsExpired, MoreUnitsPaid, MoreUnitsPlaced, SupplierSilent

_FIRST = UUID(int=0)
"""Stands for the need of an earlier step, where there was none."""

_ERROR_CLASSES: dict[str, ErrorClass] = {
    "temporary": "temporary",
    "out_of_stock": "out_of_stock",
    "no_balance": "no_balance",
    "delisted": "delisted",
}


@reacts_to(OrderPlaced)
def on_order_placed(message: OrderPlaced, work: Work) -> None:
    """Open a need for each unit and reserve what is free."""
    lines = orders.units_of(message.lines)
    orders.place(MoreUnitsPlaced(_FIRST, message.shop_id, message.order_number, lines, 0), work)


@reacts_to(PaymentConfirmed)
def on_payment_confirmed(message: PaymentConfirmed, work: Work) -> None:
    """Find a card for each unit."""
    lines = orders.units_of(message.lines)
    orders.pay(MoreUnitsPaid(_FIRST, message.shop_id, message.order_number, lines, 0, message.is_late), work)


@reacts_to(OrderExpired)
def on_order_expired(message: OrderExpired, work: Work) -> None:
    """Give back what was reserved."""
    lines = orders.units_of(message.lines)
    orders.expire(MoreUnitsExpired(_FIRST, message.shop_id, message.order_number, lines, 0), work)


@on_timer(MoreUnitsPlaced)
def on_more_units_placed(timer: MoreUnitsPlaced, work: Work) -> None:
    orders.place(timer, work)


@on_timer(MoreUnitsPaid)
def on_more_units_paid(timer: MoreUnitsPaid, work: Work) -> None:
    orders.pay(timer, work)


@on_timer(MoreUnitsExpired)
def on_more_units_expired(timer: MoreUnitsExpired, work: Work) -> None:
    orders.expire(timer, work)


@reacts_to(RedeliveryRequested)
def on_redelivery_requested(message: RedeliveryRequested, work: Work) -> None:
    """Ask the same need again: what is waited for happens now, a pause before the next call included. Nothing else changes."""
    need = work.get(Need, UUID(message.need_id))
    if need.awaited is not None:
        work.hasten(need.awaited)


@reacts_to(DeliveryFailed)
def on_delivery_failed(message: DeliveryFailed, work: Work) -> None:
    """Make sure that no card reaches the buyer any more, then say so, exactly once.

    A supplier order that nobody has sent yet is taken back. One that was sent must be answered first: a card may still come of it.
    """
    need = work.get(Need, UUID(message.need_id))
    if need.status in (NeedStatus.CLOSING, NeedStatus.CLOSED):
        return
    if need.awaited is not None and not work.withdraw(need.awaited):
        need.begin_closing(holder_id=message.order_id)
        work.hasten(need.awaited)
    else:
        close_for(need, message.order_id, work)


@on_outcome(PlaceSupplierOrder)
def on_supplier_order(outcome: Outcome, intent: PlaceSupplierOrder, work: Work) -> None:
    """Take the answer of a supplier order; one that is not awaited any more can only bring a late card."""
    need = work.get(Need, intent.need_id)
    match outcome:
        case Confirmed(reply):
            delivered(need, intent.key, msgspec.json.decode(reply, type=SupplierDelivery), work)
        case Refused(code, is_temporary) if need.awaits(intent.key):
            error_class = _ERROR_CLASSES.get(code, "refused")
            refused(need, intent, "temporary" if is_temporary else error_class, work)
        case Absent() if need.awaits(intent.key):
            refused(need, intent, "temporary", work)
        case Unknown(reason) if need.awaits(intent.key) and reason != NOT_FULFILLED:
            need.call_failed(intent.key, "unknown", is_answered=False)
        case _:
            return


@on_timer(SupplierSilent)
def on_supplier_silent(timer: SupplierSilent, work: Work) -> None:
    """Show a person what has no answer for too long. It cannot be ordered elsewhere: the card may still come."""
    need = work.get(Need, timer.stream_id)
    if need.awaits(timer.number) and not need.is_shown_to_person:
        need.show_to_person("supplier_silent")
