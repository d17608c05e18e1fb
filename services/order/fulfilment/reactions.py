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
from contracts.inventory import AllocationFailed, CardAllocated, CardOpened, NeedMessage, SourcingExhausted
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.domain.search import KeptCard, KeptFailure, KeptSight
from services.order.fulfilment.start import await_slowness, end_when_settled
from services.order.fulfilment.timers import GiveUpDue, OverdueDue, RedeliveryDue, SlowDue
from services.order.search.start import keeping

SOURCING_EXHAUSTED = "sourcing_exhausted"
TIMEOUT = "timeout"


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


@reacts_to(SourcingExhausted, loads=_loads)
def on_sourcing_exhausted(message: SourcingExhausted, work: Work) -> None:
    """Nobody is left to ask: the unit has failed, and a person or a refund ends it."""
    _fail(message, SOURCING_EXHAUSTED, work)


@reacts_to(AllocationFailed, loads=_loads)
def on_allocation_failed(message: AllocationFailed, work: Work) -> None:
    """The need cannot be met: the unit has failed, for inventory's own reason."""
    _fail(message, message.reason, work)


@reacts_to(CardOpened, loads=_loads)
def on_card_opened(message: CardOpened, work: Work) -> None:
    """The buyer has seen the card."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptSight(key, message.card_id))
    else:
        order.reveal(key, message.card_id)


@on_timer(RedeliveryDue)
def on_redelivery_due(timer: RedeliveryDue, work: Work) -> None:
    """Ask for the same needs again."""
    work.get(Order, timer.stream_id).ask_again()


@on_timer(SlowDue)
def on_slow_due(timer: SlowDue, work: Work) -> None:
    """Tell which units take longer than their product usually does, and wait for the next."""
    order = work.get(Order, timer.stream_id)
    order.tell_slow(work.now)
    await_slowness(order, work)


@on_timer(OverdueDue)
def on_overdue_due(timer: OverdueDue, work: Work) -> None:
    """Tell which units are past their limit."""
    work.get(Order, timer.stream_id).tell_overdue(work.now)


@on_timer(GiveUpDue)
def on_give_up_due(timer: GiveUpDue, work: Work) -> None:
    """The saga ends here at the latest: what is still pending has failed.

    After a restore the time since the backup is no delay of inventory's: what it said since is heard again first, so the end is put
    off, once.
    """
    order = work.get(Order, timer.stream_id)
    assert order.limits is not None
    assert order.confirmed_at is not None
    if work.is_older_than_restore(order.confirmed_at) and order.postpone_give_up():
        work.set_timer(GiveUpDue(order.id), due_at=work.now + order.limits.give_up)
        return
    order.give_up(TIMEOUT)
    end_when_settled(order, work)


def _fail(message: NeedMessage, reason: str, work: Work) -> None:
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptFailure(key, reason))
        return
    order.fail(key, reason)
    end_when_settled(order, work)
