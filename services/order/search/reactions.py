"""What providers answer in a search, what their silence comes to, and how it ends."""

from __future__ import annotations

import msgspec

from chassis.activity import Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome, on_timer
from chassis.work import Work
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.search import (
    BY_OUR_WORD,
    BY_PROVIDER,
    CANNOT_BE_ASKED,
    CARD_WITHOUT_PAYMENT,
    COULD_NOT_ASK,
    DENIED,
    FIRST_PAYMENT_LOST,
    NO_ANSWER,
    NOT_ASKABLE,
    OTHER_AMOUNT,
    PROVEN,
    UNPAID,
    PaymentSearch,
)
from services.order.fulfilment.start import begin_fulfilment
from services.order.notices.intents import PaymentProven
from services.order.notices.payment import refuse_answered_amount
from services.order.questions import is_unheard
from services.order.search.intents import FindPayment
from services.order.search.start import ask_provider
from services.order.search.timers import AnswerDue

_ABSENT = "absent"


@on_outcome(FindPayment)
def on_provider_asked(outcome: Outcome, intent: FindPayment, work: Work) -> None:
    """Paid: the order is paid, as if a notice had said so. Anything else counts once it was said as often as the limits want it."""
    if isinstance(outcome, Unknown):
        return  # asked about by itself
    order = work.get(Order, intent.order_id)
    search = work.get(PaymentSearch, PaymentSearch.create_id(order.shop_id, order.order_number))
    if isinstance(outcome, Confirmed):
        search.answer(intent.provider, PROVEN)
        _found(order, search, intent.provider, msgspec.json.decode(outcome.reply, type=PaymentProven), work)
    elif is_unheard(outcome) or search.answer(intent.provider, outcome.code if isinstance(outcome, Refused) else _ABSENT):
        ask_provider(order, search, intent.provider, work, not_before=work.now + search.limits.pause)
    else:
        conclude(order, search, work)


@on_timer(AnswerDue)
def on_answer_due(timer: AnswerDue, work: Work) -> None:
    """Somebody has been silent for too long: a person is told, and the question stays."""
    search = work.get(PaymentSearch, timer.stream_id)
    if not search.is_over and search.doubt is None and search.under_way:
        search.call_in_doubt(NO_ANSWER)


def conclude(order: Order, search: PaymentSearch, work: Work) -> None:
    """End a search, or call it in doubt, once all that it asked have said their last word."""
    if search.is_over or order.state is OrderState.PAID:
        return
    said = search.promise
    if said is not None:
        answer = search.last_word(said.provider)
        if answer in CANNOT_BE_ASKED:
            begin_fulfilment(order, work, provider=said.provider, trade_number=said.trade_number, paid_at=said.paid_at, basis=BY_OUR_WORD)
        elif answer is not None and answer != PROVEN:
            search.call_in_doubt(DENIED)
        return
    answers = {search.last_word(provider) for provider in search.answers}
    if search.under_way or PROVEN in answers:
        return  # what is proven and did not pay is in doubt already
    if search.kept or order.second_payments:
        search.call_in_doubt(CARD_WITHOUT_PAYMENT if search.kept else FIRST_PAYMENT_LOST)
        return
    search.end(UNPAID, BY_PROVIDER)
    work.cancel_timer(AnswerDue, search.id)
    if work.now >= order.expires_at:
        order.expire()
    if NOT_ASKABLE in answers:
        search.call_in_doubt(COULD_NOT_ASK)


def _found(order: Order, search: PaymentSearch, provider: str, proof: PaymentProven, work: Work) -> None:
    is_known = order.knows_payment(provider, proof.trade_number)
    if proof.amount != order.amount:
        refuse_answered_amount(order, work, provider=provider, trade_number=proof.trade_number, amount=proof.amount)
        search.call_in_doubt(OTHER_AMOUNT)
    elif is_known and order.state is not OrderState.PAID and search.promise is None:
        search.call_in_doubt(FIRST_PAYMENT_LOST)  # it is the second one; by which the order was paid nobody has said yet
    else:
        begin_fulfilment(order, work, provider=provider, trade_number=proof.trade_number, paid_at=work.now, basis=BY_PROVIDER)
