"""What providers answer to a payment that is created, and to the question how it stands."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from chassis.activity import Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome, on_timer
from chassis.work import Work
from services.order.domain import search
from services.order.domain.checkout import CANNOT_BE_ASKED, OTHER_AMOUNT, PAID, UNPAID, Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.fulfilment.start import begin_fulfilment
from services.order.notices.intents import PaymentProven
from services.order.paying.intents import CreatePayment, PaymentCreated, PollPayment
from services.order.paying.timers import PollDue
from services.order.questions import is_unheard

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=1)
"""Between two questions: often enough at first that a lost notice is made up for while the buyer still looks at the page."""


@on_outcome(CreatePayment)
def on_payment_created(outcome: Outcome, intent: CreatePayment, work: Work) -> None:
    """The buyer can pay, or the provider has refused."""
    checkout = work.get(Checkout, intent.checkout_id)
    if checkout.state is not CheckoutState.PENDING or isinstance(outcome, Unknown):
        return
    if isinstance(outcome, Confirmed):
        made = msgspec.json.decode(outcome.reply, type=PaymentCreated)
        checkout.open(kind=made.kind, content=made.content, expires_at=made.expires_at)
        _ask_later(checkout, work.get(Order, Order.create_id(checkout.shop_id, checkout.order_number)), work)
    else:
        checkout.refuse(outcome.code if isinstance(outcome, Refused) else "absent")


@on_timer(PollDue)
def on_poll_due(timer: PollDue, work: Work) -> None:
    """Ask, unless it is known by now that the order is paid."""
    checkout = work.get(Checkout, timer.stream_id)
    if checkout.state is not CheckoutState.OPEN:
        return
    order = work.get(Order, Order.create_id(checkout.shop_id, checkout.order_number))
    if order.state is OrderState.PAID:
        checkout.end(PAID)
        return
    work.intend(
        PollPayment(
            key=f"poll-payment/{checkout.id}",
            target=f"{checkout.provider}/{checkout.shop_id}",
            shop_id=checkout.shop_id,
            checkout_id=checkout.id,
            order_id=order.id,
            order_number=checkout.order_number,
            provider=checkout.provider,
        )
    )


@on_outcome(PollPayment)
def on_payment_polled(outcome: Outcome, intent: PollPayment, work: Work) -> None:
    """Paid: the order is paid, as if a notice had said so. Else it is asked again, once more after the order's time is over."""
    checkout = work.get(Checkout, intent.checkout_id)
    if checkout.state is not CheckoutState.OPEN or isinstance(outcome, Unknown):
        return  # unknown is asked about by itself
    order = work.get(Order, intent.order_id)
    if isinstance(outcome, Confirmed):
        _paid(checkout, order, msgspec.json.decode(outcome.reply, type=PaymentProven), work)
    elif isinstance(outcome, Refused) and outcome.code in search.CANNOT_BE_ASKED:
        checkout.end(CANNOT_BE_ASKED)
    elif order.state is OrderState.PLACED or is_unheard(outcome):
        _ask_later(checkout, order, work)
    else:
        checkout.end(PAID if order.state is OrderState.PAID else UNPAID)


def _ask_later(checkout: Checkout, order: Order, work: Work) -> None:
    """The older the order, the later: after half its age."""
    pause = min(max((work.now - order.placed_at) / 2, SHORTEST_PAUSE), LONGEST_PAUSE)
    work.set_timer(PollDue(checkout.id), due_at=work.now + pause)


def _paid(checkout: Checkout, order: Order, proof: PaymentProven, work: Work) -> None:
    if order.knows_payment(checkout.provider, proof.trade_number):
        checkout.end(PAID)
    elif proof.amount != order.amount:
        checkout.end(OTHER_AMOUNT)
    else:
        provider, trade_number = checkout.provider, proof.trade_number
        begin_fulfilment(order, work, provider=provider, trade_number=trade_number, paid_at=work.now, basis=search.BY_PROVIDER)
        checkout.end(PAID)
