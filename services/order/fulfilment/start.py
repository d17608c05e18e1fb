"""The saga's first step: paid, with its limits frozen and its first deadline set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from chassis.work import Work
from services.order.domain.after_sales import FrozenPolicy
from services.order.domain.limits import RULES_VERSION, SLOW_LEAST_MILLISECONDS, limits_of
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.search import BY_NOTICE, PAID, KeptCard, KeptFailure, KeptSight, PaymentSearch
from services.order.fulfilment.timers import DeliveryDue
from services.order.paying.following import end_of_paid
from services.order.placing.timers import PaymentDue
from services.order.search.start import search_of
from services.order.search.timers import AnswerDue


def begin_fulfilment(order: Order, work: Work, *, provider: str, trade_number: str, paid_at: datetime, basis: str = BY_NOTICE) -> None:
    """Take a proven payment of the order's amount; a second one is recorded and begins nothing.

    Where we had said before by which payment the order is paid, that one is the first. What a search has kept meanwhile is handed on.
    """
    search = search_of(order, work)
    if search is not None and search.promise is not None and order.state is not OrderState.PAID:
        said = search.promise
        _take(order, work, said.provider, said.trade_number, said.paid_at, said.is_late, said.policy_versions)
    _take(order, work, provider, trade_number, paid_at)
    if search is not None and order.state is OrderState.PAID and search.result != PAID:
        search.end(PAID, basis)
        work.cancel_timer(AnswerDue, search.id)
        _hand_on(search, order, work)


def _take(
    order: Order,
    work: Work,
    provider: str,
    trade_number: str,
    paid_at: datetime,
    is_late: bool | None = None,
    said_versions: Mapping[str, int] = MappingProxyType({}),
) -> None:
    limits = limits_of(work.advice("limits"), order.shop_id)
    is_first = order.take_payment(
        provider=provider,
        trade_number=trade_number,
        amount=order.amount,
        paid_at=paid_at,
        rules_version=RULES_VERSION,
        limits=limits,
        expected_milliseconds=_expected_milliseconds(order, work),
        policies=_policies(order, work, said_versions),
        is_late=is_late,
    )
    if not is_first:
        return
    end_of_paid(order, provider, work)
    work.cancel_timer(PaymentDue, order.id)
    await_deadline(order, work)


def _policies(order: Order, work: Work, said_versions: Mapping[str, int]) -> dict[str, FrozenPolicy]:
    """What is promised after the sale of each product now, or was, by what we had said of this order before a restore."""
    found: dict[str, FrozenPolicy] = {}
    for product_code in sorted({line.product_code for line in order.lines}):
        listing = work.find(Listing, Listing.create_id(order.shop_id, product_code))
        policy = listing.policy(said_versions.get(product_code)) if listing is not None else None
        if policy is not None:
            found[product_code] = policy
    return found


def _hand_on(search: PaymentSearch, order: Order, work: Work) -> None:
    """What was heard of the units before the order was paid, in the order it was heard."""
    for fact in search.kept:
        match fact:
            case KeptCard():
                order.deliver(
                    fact.key,
                    card_id=fact.card_id,
                    card_preview=fact.card_preview,
                    supplier_code=fact.supplier_code,
                    now=work.now,
                    delivery_milliseconds=fact.delivery_milliseconds,
                )
            case KeptFailure():
                order.fail(fact.key, fact.reason)
            case KeptSight():
                order.reveal(fact.key, fact.card_id)
    end_when_settled(order, work)


def await_deadline(order: Order, work: Work) -> None:
    """Set the timer of the saga's next deadline, if a unit is pending."""
    deadline = order.next_deadline()
    if deadline is not None:
        work.set_timer(DeliveryDue(order.id), due_at=deadline)


def end_when_settled(order: Order, work: Work) -> None:
    """Cancel the deadline once no unit is pending any more."""
    if not order.pending():
        work.cancel_timer(DeliveryDue, order.id)


def _expected_milliseconds(order: Order, work: Work) -> dict[str, int]:
    known = work.advice("delivery_p95")
    products = sorted({line.product_code for line in order.lines})
    keys = {product: f"{order.shop_id}/{product}" for product in products}
    return {product: max(SLOW_LEAST_MILLISECONDS, known[key]) for product, key in keys.items() if key in known}
