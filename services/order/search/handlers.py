"""What a person decides about a payment in doubt."""

from __future__ import annotations

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.refusals import NothingInDoubt, PaymentNotNamed
from services.order.domain.search import BY_PERSON, PAID, UNPAID, PaymentSearch
from services.order.fulfilment.start import begin_fulfilment
from services.order.placing.timers import PaymentDue
from services.order.search.commands import DecidePayment, PaymentDecided
from services.order.search.start import search_of
from services.order.search.timers import AnswerDue


@handles(DecidePayment)
def decide_payment(command: DecidePayment, work: Work) -> Answer:
    """End the doubt: the order is paid after all, or it expires; raises NotFound, NothingInDoubt, PaymentNotNamed.

    Of an order that is paid already the doubt (another payment, of another amount) is just put aside.
    """
    order = work.get(Order, Order.create_id(command.shop_id, command.order_number))
    search = search_of(order, work)
    if search is None:
        raise NothingInDoubt(order_number=command.order_number)
    search.decide(decided_by=command.decided_by, is_paid=command.is_paid)
    if order.state is OrderState.PAID:
        pass
    elif command.is_paid:
        _pay(command, order, search, work)
    else:
        search.end(UNPAID, BY_PERSON)
        work.cancel_timer(AnswerDue, search.id)
        work.cancel_timer(PaymentDue, order.id)
        order.expire()
    return Answer(200, PaymentDecided(order_number=order.order_number, state=order.state.value))


def _pay(command: DecidePayment, order: Order, search: PaymentSearch, work: Work) -> None:
    said = search.promise
    if said is not None:
        payment = (said.provider, said.trade_number)
    elif command.provider is not None and command.trade_number is not None:
        payment = (command.provider, command.trade_number)
        if order.knows_payment(*payment):  # as a second one, whose money goes back: it is not the first as well
            raise PaymentNotNamed(order_number=command.order_number)
    else:
        raise PaymentNotNamed(order_number=command.order_number)
    begin_fulfilment(order, work, provider=payment[0], trade_number=payment[1], paid_at=work.now, basis=BY_PERSON)
    assert search.result == PAID, "the order was told to be paid"
