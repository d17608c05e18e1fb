"""What providers answer to a payment that is created, and to the question how one stands."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chassis.activity import Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome
from chassis.work import Work
from services.order.domain.channel_period import FAILED
from services.order.domain.checkout import CANNOT_BE_ASKED, OTHER_AMOUNT, PAID, UNPAID, Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.search import BY_PROVIDER, NOT_ASKABLE, NOT_CONFIGURED
from services.order.fulfilment.start import begin_fulfilment
from services.order.notices.intents import PaymentProven
from services.order.notices.payment import refuse_answered_amount
from services.order.paying.following import LAST_PATIENCE, ask_later, close_there, end, follow, has_open_question, let_go, poll_key
from services.order.paying.intents import KNOWN_ALREADY, TOO_LATE, UNFIT_ORDER, CreatePayment, PaymentCreated, PollPayment
from services.order.placing.timers import PaymentDue
from services.order.questions import is_unheard
from services.order.watching.noting import note_result

ASKED_BEHIND = timedelta(days=1)
"""How long providers are asked about an order of a shop beside us."""


@on_outcome(CreatePayment)
def on_payment_created(outcome: Outcome, intent: CreatePayment, work: Work) -> None:
    """The buyer can pay, or the provider has refused."""
    checkout = work.get(Checkout, intent.checkout_id)
    if checkout.state is not CheckoutState.PENDING:
        return
    if isinstance(outcome, Unknown):
        if checkout.fall_silent():
            note_result(checkout.shop_id, checkout.provider, FAILED, work)
        return
    if isinstance(outcome, Confirmed):
        made = msgspec.json.decode(outcome.reply, type=PaymentCreated)
        checkout.open(kind=made.kind, content=made.content, expires_at=made.expires_at)
        if made.trade_number is not None:
            checkout.name_trade(made.trade_number, payable=made.payable, coin=made.coin, address=made.address)
        order = work.get(Order, Order.create_id(checkout.shop_id, checkout.order_number))
        ask_later(checkout, order, work)
        if order.state is OrderState.PAID:
            close_there(checkout, order, work)
        return
    reason = outcome.code if isinstance(outcome, Refused) else "absent"
    checkout.refuse(reason)
    if not checkout.is_silent and reason not in (UNFIT_ORDER, KNOWN_ALREADY):
        note_result(checkout.shop_id, checkout.provider, FAILED, work)
    is_perhaps_there = reason == KNOWN_ALREADY or (reason == TOO_LATE and checkout.is_silent)
    if checkout.is_followed or is_perhaps_there:
        order = work.get(Order, Order.create_id(checkout.shop_id, checkout.order_number))
        follow(order, checkout.provider, work, is_told_of=reason == KNOWN_ALREADY)


@on_outcome(PollPayment)
def on_payment_polled(outcome: Outcome, intent: PollPayment, work: Work) -> None:
    """Paid: the order is paid, as if a notice had said so. Else it is asked again, or it was the last question."""
    checkout, order = work.get(Checkout, intent.checkout_id), work.get(Order, intent.order_id)
    if isinstance(outcome, Confirmed):
        _paid(checkout, order, msgspec.json.decode(outcome.reply, type=PaymentProven), work)
        return
    if checkout.state is not CheckoutState.OPEN or isinstance(outcome, Unknown):
        return  # unknown is asked about by itself
    if intent.key != poll_key(checkout, order):
        return  # another round, or the last question, is under way
    code = outcome.code if isinstance(outcome, Refused) else None
    if code == NOT_ASKABLE:
        checkout.find_unaskable()
    elif code == NOT_CONFIGURED:
        end(checkout, CANNOT_BE_ASKED, work)
    elif is_unheard(outcome) or _is_worth_asking_again(order, work):
        if not is_unheard(outcome):
            order.deny(checkout.provider)
        ask_later(checkout, order, work)
        return
    else:
        end(checkout, UNPAID, work)
    _let_go(order, work)


def _is_worth_asking_again(order: Order, work: Work) -> bool:
    """Until the order's last questions; of one that another provider's payment has paid until its time is over.

    One in doubt waits for a person, who may be long in coming: it is not asked about for ever, either.
    Of one of a shop beside us for a day, as long as the shop has not delivered it and nobody else has said that it was paid.
    """
    if order.state is OrderState.IMPORTED:
        return order.is_askable_behind and order.proof is None and work.now < order.placed_at + ASKED_BEHIND
    if order.state is OrderState.PLACED:
        return not order.is_last_asked and work.now < order.expires_at + LAST_PATIENCE  # else this was the answer
    return order.state is OrderState.PAID and work.now < order.expires_at


def _let_go(order: Order, work: Work) -> None:
    """The last answer to the last questions: nobody has paid."""
    if order.state is OrderState.PLACED and order.is_last_asked and not has_open_question(order, work):
        work.cancel_timer(PaymentDue, order.id)
        let_go(order, work)


def _paid(checkout: Checkout, order: Order, proof: PaymentProven, work: Work) -> None:
    if order.knows_payment(checkout.provider, proof.trade_number):
        result = PAID
    elif proof.amount != order.amount or _is_of_known_other_amount(checkout, order, proof):
        result = OTHER_AMOUNT
        order.deny(checkout.provider)
        refuse_answered_amount(order, work, provider=checkout.provider, trade_number=proof.trade_number, amount=proof.amount)
    elif order.state is OrderState.IMPORTED:
        order.prove(provider=checkout.provider, trade_number=proof.trade_number)
        result = PAID
    else:
        provider, trade_number = checkout.provider, proof.trade_number
        begin_fulfilment(order, work, provider=provider, trade_number=trade_number, paid_at=work.now, basis=BY_PROVIDER)
        result = PAID
    if checkout.state is CheckoutState.OPEN:
        end(checkout, result, work)
        _let_go(order, work)


def _is_of_known_other_amount(checkout: Checkout, order: Order, proof: PaymentProven) -> bool:
    """Whether the answer names no amount (epusdt), and a notice has named another one of this trade."""
    return not proof.is_amount_told and (checkout.provider, proof.trade_number) in order.other_amounts
