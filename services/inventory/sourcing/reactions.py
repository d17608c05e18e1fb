"""What sourcing does when an order moves, a supplier answers or a deadline passes. All of it is total: races are branches."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec

from chassis.activity import Absent, Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome, on_timer, reacts_to
from chassis.work import Work
from contracts.order import OrderExpired, OrderPlaced, PaymentConfirmed, RedeliveryRequested
from services.inventory.sourcing import orders
from services.inventory.sourcing.activities import NOT_ASKABLE, NOT_FULFILLED
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.ordering import ErrorClass
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.intents import CancelSupplierOrder, FoundDeliveries, PlaceSupplierOrder, SeekDeliveries, SupplierDelivery
from services.inventory.sourcing.judging import end_trial
from services.inventory.sourcing.saga import delivered, found, refused, sought
from services.inventory.sourcing.seeking import show_lost, was_asked_first
from services.inventory.sourcing.timers import (
    CardIsBack,
    CardStillLost,
    MoreUnitsExpired,
    MoreUnitsPaid,
    MoreUnitsPlaced,
    ProbationDue,
    SupplierSilent,
    TrialOverdue,
)
from services.inventory.stock.availability import note_supplier_back
from services.inventory.stock.domain.card import Card

CANCEL_PAUSE = timedelta(seconds=30)
"""Before a supplier that could not cancel an order is told so once more."""

_WAITED_FOR = (NeedStatus.SOURCING, NeedStatus.ENDING, NeedStatus.CLOSING)

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
    paid_at = min(message.paid_at, work.message_time)  # said again after a restore of order, it has a later time
    orders.pay(MoreUnitsPaid(_FIRST, message.shop_id, message.order_number, lines, 0, message.is_late, paid_at), work)


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
    for key in waited_for(need):
        work.hasten(key)


def waited_for(need: Need) -> list[str]:
    """Keys of the intents that the need waits for."""
    return [*([need.awaited] if need.awaited is not None else []), *need.searches]


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
        case Absent() if need.awaits(intent.key) and need.status is NeedStatus.SOURCING and was_asked_first(need, intent.key, work):
            need.note_asked_first(intent.key)
            work.intend(intent)
        case Absent() if need.awaits(intent.key):
            refused(need, intent, "temporary", work)
        case Unknown(reason) if need.awaits(intent.key) and reason != NOT_FULFILLED:
            need.call_failed(intent.key, "unknown", is_answered=False)
            if reason == NOT_ASKABLE and not need.is_shown_to_person:
                need.show_to_person(NOT_ASKABLE)
        case _:
            return


@on_outcome(CancelSupplierOrder)
def on_supplier_order_cancelled(outcome: Outcome, intent: CancelSupplierOrder, work: Work) -> None:
    """Ask what became of the order, which alone counts. What may still be cancelled later is tried again while it is waited for."""
    need = work.get(Need, intent.need_id)
    if not need.awaits(intent.number) or need.status not in (NeedStatus.CLOSING, NeedStatus.ENDING):
        return
    match outcome:
        case Confirmed():
            work.hasten(intent.number)
        case Refused(_, is_temporary=True) | Absent():
            work.intend(intent, not_before=work.now + CANCEL_PAUSE)
        case _:
            return


@on_outcome(SeekDeliveries)
def on_deliveries_sought(outcome: Outcome, intent: SeekDeliveries, work: Work) -> None:
    """Take what a supplier delivered while nobody remembers. An answer that brings nothing lets the need go on, or calls a person."""
    need = work.get(Need, intent.need_id)
    match outcome:
        case Unknown():
            return
        case Confirmed(reply):
            found(need, intent.target, intent.sku_id, msgspec.json.decode(reply, type=FoundDeliveries).found, work)
        case _:
            pass
    if intent.card_id is None:
        sought(need, intent.key, work)
    else:
        show_lost(work.get(Card, intent.card_id), work)


@on_timer(CardStillLost)
def on_card_still_lost(timer: CardStillLost, work: Work) -> None:
    """The supplier has not told for too long: show a person; it is still asked."""
    show_lost(work.get(Card, timer.card_id), work)


@on_timer(CardIsBack)
def on_card_back(timer: CardIsBack, work: Work) -> None:
    """The need that has the card does not wait for a person any more."""
    card = work.get(Card, timer.stream_id)
    need = work.find(Need, card.need_id) if card.need_id is not None else None
    if need is not None and need.status is NeedStatus.ALLOCATED and need.card_id == card.id:
        work.cancel_timer(CardStillLost, need.id)
        need.regain_card()


@on_timer(SupplierSilent)
def on_supplier_silent(timer: SupplierSilent, work: Work) -> None:
    """Show a person what has no answer for too long. It cannot be ordered elsewhere: the card may still come."""
    need = work.get(Need, timer.stream_id)
    is_awaited = need.awaits(timer.number) or (bool(need.searches) and need.status in _WAITED_FOR)
    if is_awaited and not need.is_shown_to_person:
        need.show_to_person("supplier_silent")


@on_timer(ProbationDue)
def on_probation_due(timer: ProbationDue, work: Work) -> None:
    """Let a suspended supplier prove itself, unless it stands otherwise by now."""
    supplier = work.get(Supplier, timer.stream_id)
    if supplier.is_suspended and supplier.standing == timer.standing:
        supplier.begin_probation()
        note_supplier_back(supplier, work)


@on_timer(TrialOverdue)
def on_trial_overdue(timer: TrialOverdue, work: Work) -> None:
    """A supplier that does not answer has not proved itself."""
    supplier = work.get(Supplier, timer.stream_id)
    if supplier.trial == timer.number:
        end_trial(supplier.shop_id, supplier.supplier_code, timer.number, work, is_passed=False)
