"""The fulfilment saga: what inventory says, and what time says.

Every reaction is total. A card may come after its unit failed, a failure after its unit was delivered, either of them twice, a timer
after all is done: what is not awaited changes nothing, or is noted privately. While the payment is looked for after a restore, what
inventory says is kept (`domain/search.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chassis.service import on_timer, reacts_to
from chassis.work import Work
from contracts.inventory import AllocationFailed, CardAllocated, CardOpened, NeedClosed, NeedMessage, SourcingExhausted, TopUpSucceeded
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.domain.order_waiting import SOURCING_EXHAUSTED, TIMEOUT
from services.order.domain.search import KeptCard, KeptFailure, KeptSight
from services.order.fulfilment.start import await_deadline, end_when_settled
from services.order.fulfilment.timers import DeliveryDue
from services.order.search.start import keeping


def _loads(message: NeedMessage) -> Iterable[UUID]:
    return [Order.create_id(message.shop_id, message.order_number)]


def _order_of(message: NeedMessage, work: Work) -> Order:
    return work.get(Order, Order.create_id(message.shop_id, message.order_number))


@reacts_to(CardAllocated, loads=_loads)
def on_card_allocated(message: CardAllocated, work: Work) -> None:
    """Deliver: from here on the buyer can have the card."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptCard(key, message.card_id, message.card_preview, message.supplier_code, None))
        return
    order.deliver(
        key,
        card_id=message.card_id,
        card_preview=message.card_preview,
        supplier_code=message.supplier_code,
        now=work.now,
    )
    end_when_settled(order, work)


@reacts_to(TopUpSucceeded, loads=_loads)
def on_top_up_succeeded(message: TopUpSucceeded, work: Work) -> None:
    """Delivered, and seen at once: there is no card that the buyer would still have to look at. The need stands in the card's place."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    preview = order.account_preview(message.line)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptCard(key, message.need_id, preview, message.supplier_code, None))
        search.keep(KeptSight(key, message.need_id))
        return
    order.deliver(key, card_id=message.need_id, card_preview=preview, supplier_code=message.supplier_code, now=work.now)
    order.reveal(key, message.need_id)
    end_when_settled(order, work)


@reacts_to(SourcingExhausted, loads=_loads)
def on_sourcing_exhausted(message: SourcingExhausted, work: Work) -> None:
    """Nobody is left to ask. Where there are suppliers a person may have them tried again, or deliver by hand, until the last deadline;
    where there are none, the unit has failed.
    """
    if not message.tried_suppliers and not message.passed_over_suppliers:
        _fail(message, SOURCING_EXHAUSTED, work)
        return
    order = _order_of(message, work)
    if keeping(order, work) is None:
        order.note_stuck(UnitKey(message.line, message.unit))


@reacts_to(AllocationFailed, loads=_loads)
def on_allocation_failed(message: AllocationFailed, work: Work) -> None:
    """The need cannot be met: the unit has failed, for inventory's own reason."""
    _fail(message, message.reason, work)


@reacts_to(NeedClosed, loads=_loads)
def on_need_closed(message: NeedClosed, work: Work) -> None:
    """No card of the need reaches the buyer any more: a unit that still waited for one has failed."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptFailure(key, TIMEOUT))
        return
    order.fail_closed(key)
    end_when_settled(order, work)


@reacts_to(CardOpened, loads=_loads)
def on_card_opened(message: CardOpened, work: Work) -> None:
    """The buyer has seen the card."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptSight(key, message.card_id))
    else:
        order.reveal(key, message.card_id)


@on_timer(DeliveryDue)
def on_delivery_due(timer: DeliveryDue, work: Work) -> None:
    """Do what is due for the units that are still pending, and wait for the next deadline.

    At the last one inventory is asked to end the needs that are left: a card may still come of what is under way, so only NeedClosed
    says that a unit has failed. After a restore the time since the backup is no delay of inventory's: what it said since is heard again
    first, so the end is put off, once.
    """
    order = work.get(Order, timer.stream_id)
    order.ask_again(work.now)
    order.tell_slow(work.now)
    order.tell_overdue(work.now)
    if order.gives_up_at is not None and work.now >= order.gives_up_at:
        assert order.confirmed_at is not None
        if not (work.is_older_than_restore(order.confirmed_at) and order.postpone_give_up()):
            order.time_out()
    await_deadline(order, work)


def _fail(message: NeedMessage, reason: str, work: Work) -> None:
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptFailure(key, reason))
        return
    order.fail(key, reason)
    end_when_settled(order, work)
