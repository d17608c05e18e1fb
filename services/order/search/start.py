"""Beginning a search, and finding the one that an order has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chassis.work import Work
from services.order.domain.limits import search_limits_of
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.search import PaymentSearch, Promise
from services.order.search.intents import FindPayment
from services.order.search.timers import AnswerDue

ANYBODY = ("alipay", "epay")
"""Who is asked for a shop that has no providers any more: each answers that it is not configured, and so the search has its end."""

CLOCK_TOLERANCE = timedelta(minutes=15)
"""An order is placed no earlier than what it rests on, by whatever clock that was written; a clock that was put back since may read less
at the release. An order too many is asked about rather than one too few."""


def search_of(order: Order, work: Work) -> PaymentSearch | None:
    """The order's search, over or not; None where it never had one."""
    return work.get(PaymentSearch, PaymentSearch.create_id(order.shop_id, order.order_number)) if order.has_search else None


def look_for_payment(order: Order, work: Work, providers: Iterable[str] | None = None, *, promise: Promise | None = None) -> PaymentSearch:
    """Ask these providers about the order, each that is not being asked already; all that its shop takes payments by where none is named.

    `promise`: the payment that we had named.
    """
    search = search_of(order, work)
    if search is None:
        limits = search_limits_of(work.advice("limits"), order.shop_id)
        search = PaymentSearch(shop_id=order.shop_id, order_number=order.order_number, limits=limits)
        order.note_search()
    if promise is not None:
        search.recall(promise)
    asked = search.ask(_providers_of(order.shop_id, work) if providers is None else providers)
    for provider in asked:
        ask_provider(order, search, provider, work)
    if asked:
        work.cancel_timer(AnswerDue, search.id)
        work.set_timer(AnswerDue(search.id), due_at=work.now + search.limits.patience)
    return search


def _providers_of(shop_id: str, work: Work) -> tuple[str, ...]:
    """By the advice "limits", which the settings make: so what is asked is recorded, and replayed without them."""
    return tuple(work.advice("limits").get(shop_id, {}).get("providers", ())) or ANYBODY


def ask_provider(order: Order, search: PaymentSearch, provider: str, work: Work, not_before: datetime | None = None) -> None:
    """Put the question, again where it was answered before."""
    work.intend(
        FindPayment(
            key=f"find-payment/{order.id}/{provider}",
            target=f"{provider}/{order.shop_id}",
            shop_id=order.shop_id,
            order_id=order.id,
            order_number=order.order_number,
            provider=provider,
            is_said_paid=search.promise is not None,
        ),
        not_before=not_before,
    )


def keeping(order: Order, work: Work) -> PaymentSearch | None:
    """The search that keeps what is heard of the order's units; None where the order can take it.

    Inventory speaks of the units of paid orders only: what it says of an unpaid one, after a restore, says that we had called it paid.
    """
    if order.state is OrderState.PAID:
        return None
    search = search_of(order, work)
    if search is not None and not search.is_over:
        return search
    return look_for_payment(order, work) if work.is_recovering or may_be_forgotten(order, work) else None


def may_be_forgotten(order: Order, work: Work) -> bool:
    """Whether a payment of the order may have been lost by a restore.

    Also where it was placed after the restore, until that is released: its shop may have sent it for the second time.
    """
    if order.is_recovered or work.recovery is None:
        return order.is_recovered
    released_at = work.recovery.released_at
    return released_at is None or order.placed_at <= released_at + CLOCK_TOLERANCE
