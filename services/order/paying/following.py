"""Asking how an order's payments stand: which are asked about, when, and what the order's own end means for them.

A provider is asked after ten seconds and then ever later, at least once a minute, until the order is paid or its time is over; and once
more before it is let go. Of an order for which no provider is known nobody is asked, and nothing is kept.
"""

from __future__ import annotations

from datetime import timedelta

from chassis.work import Work
from services.order.channels.registry import CHANNELS
from services.order.domain.channel_period import PAID as CHANNEL_PAID
from services.order.domain.channel_period import UNPAID as CHANNEL_UNPAID
from services.order.domain.checkout import OTHER_AMOUNT, PAID, UNPAID, Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.paying.intents import ClosePayment, PollPayment
from services.order.watching.noting import note_result

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=1)
"""Between two questions: often enough at first that a lost notice is made up for while the buyer still looks at the page."""
LAST_PATIENCE = timedelta(seconds=15)
"""How long an order is kept for the answers to its last questions: an attempt takes 10 s at most."""

_TOLD = {PAID: CHANNEL_PAID, OTHER_AMOUNT: CHANNEL_PAID, UNPAID: CHANNEL_UNPAID}


def follow(order: Order, provider: str, work: Work, *, is_at_once: bool = False, is_told_of: bool = False) -> None:
    """Ask this provider about the order from now on, whoever has created the payment there.

    About an order that is paid only one that another has paid, and that this provider has told us it knows (`is_told_of`).
    """
    if order.state is OrderState.PAID and (not is_told_of or order.provider == provider):
        return
    checkout = work.find(Checkout, Checkout.create_id(order.shop_id, order.order_number, provider))
    if checkout is None:
        checkout = Checkout(shop_id=order.shop_id, order_number=order.order_number, provider=provider)
    elif checkout.is_under_way:
        return
    checkout.follow()
    order.name_channel(provider)
    if is_at_once:
        _ask(checkout, order, work, pause=timedelta())
    else:
        ask_later(checkout, order, work)


def ask_sooner(order: Order, provider: str, work: Work) -> None:
    """Put the question that waits now: something has happened to the order."""
    checkout = work.get(Checkout, Checkout.create_id(order.shop_id, order.order_number, provider))
    if checkout.state is CheckoutState.OPEN:
        work.hasten(poll_key(checkout, order))


def ask_later(checkout: Checkout, order: Order, work: Work) -> None:
    """Put the next question: the older the order, the later, after half its age."""
    _ask(checkout, order, work, pause=min(max((work.now - order.placed_at) / 2, SHORTEST_PAUSE), LONGEST_PAUSE))


def _ask(checkout: Checkout, order: Order, work: Work, pause: timedelta) -> None:
    work.intend(
        PollPayment(
            key=poll_key(checkout, order),
            target=f"{checkout.provider}/{checkout.shop_id}",
            shop_id=checkout.shop_id,
            checkout_id=checkout.id,
            order_id=order.id,
            order_number=checkout.order_number,
            provider=checkout.provider,
            trade_number=checkout.trade_number,
            amount=order.amount,
        ),
        not_before=work.now + pause,
    )


def put_last_questions(order: Order, work: Work) -> bool:
    """Ask once more before the order is let go; False where nobody can be asked, or all were."""
    asked = [each for each in _checkouts(order, work) if each.state is CheckoutState.OPEN and each.is_askable]
    if not asked or order.is_last_asked:
        return False
    for checkout in asked:
        work.withdraw(poll_key(checkout, order))
    order.note_last_questions()
    for checkout in asked:
        _ask(checkout, order, work, pause=timedelta())
    return True


def has_open_question(order: Order, work: Work) -> bool:
    """Whether an answer is still waited for before the order is let go."""
    return any(each.state is CheckoutState.OPEN and each.is_askable for each in _checkouts(order, work))


def end_of_paid(order: Order, provider: str, work: Work) -> None:
    """The order is paid by this provider: its own payment is over. Others are closed where that can be, and asked about on till then."""
    for checkout in _checkouts(order, work):
        if checkout.state is not CheckoutState.OPEN:
            continue
        if checkout.provider == provider:
            work.withdraw(poll_key(checkout, order))
            end(checkout, PAID, work)
        else:
            close_there(checkout, order, work)


def close_there(checkout: Checkout, order: Order, work: Work) -> None:
    """Have an open payment of our making closed at its provider, where that can be."""
    if not checkout.is_followed and CHANNELS[checkout.provider].is_closing:
        work.intend(
            ClosePayment(
                key=f"close-payment/{checkout.id}/{checkout.round_number}",
                target=f"{checkout.provider}/{checkout.shop_id}",
                shop_id=checkout.shop_id,
                checkout_id=checkout.id,
                order_id=order.id,
                order_number=checkout.order_number,
                provider=checkout.provider,
                expires_at=checkout.expires_at or order.expires_at,
            )
        )


def stop_asking(checkout: Checkout, order: Order, work: Work) -> None:
    """The next question is not put: what comes now begins a round of its own."""
    work.withdraw(poll_key(checkout, order))


def end(checkout: Checkout, result: str, work: Work) -> None:
    """Nothing more is asked. What became of a payment that we created says how its channel fares."""
    checkout.end(result)
    if not checkout.is_followed and result in _TOLD:
        note_result(checkout.shop_id, checkout.provider, _TOLD[result], work)


def let_go(order: Order, work: Work) -> None:
    """Nobody has paid: the order lapses, and so do the payments that nobody can be asked about."""
    if order.expire():
        for checkout in _checkouts(order, work):
            if checkout.state is CheckoutState.OPEN and not checkout.is_askable:
                end(checkout, UNPAID, work)


def _checkouts(order: Order, work: Work) -> list[Checkout]:
    return [work.get(Checkout, Checkout.create_id(order.shop_id, order.order_number, provider)) for provider in order.channels]


def poll_key(checkout: Checkout, order: Order) -> str:
    """The key of the question whose answer counts: an answer to an earlier round, or to one before the last, says nothing any more."""
    return f"poll-payment/{checkout.id}/{checkout.round_number}{'/last' if order.is_last_asked else ''}"
