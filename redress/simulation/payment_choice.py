"""What a buyer is shown who looks by what an order can be paid: as `GET /orders/{number}/payments` answers, read from the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from chassis.aggregate import fold
from chassis.desk import Desk
from chassis.store.memory import MemoryStore
from redress.simulation.payers import ChoiceSeen
from redress.simulation.plan import SHOP_ID
from services.order.domain.checkout import Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.service import order as order_service
from services.order.settings import OrderSettings
from services.order.watching import standing


@dataclass(frozen=True, slots=True)
class _StoreDesk:
    """As much of a desk as is needed to look."""

    settings: OrderSettings
    store: MemoryStore

    async def get(self, _aggregate_class: type[Any], stream_id: UUID) -> Any:
        return fold(order_service.codec.decode_all(self.store.stream(stream_id)))


def choice_of(order_number: str, store: MemoryStore, settings: OrderSettings, now: datetime) -> ChoiceSeen | None:
    """None where the order is not known."""
    desk = _StoreDesk(settings, store)
    order: Order | None = _at_once(desk.get(Order, Order.create_id(SHOP_ID, order_number)))
    if order is None:
        return None
    begun = [_at_once(desk.get(Checkout, Checkout.create_id(SHOP_ID, order_number, each))) for each in order.channels]
    shown = [each for each in begun if each is not None]
    is_payable = order.state is OrderState.PLACED and not order.is_cancelled and now < order.expires_at
    shown_channels = _at_once(standing.channels_of(cast(Desk, desk), SHOP_ID)) if is_payable else []
    return ChoiceSeen(
        order_number,
        store.last_log_id(),
        is_payable,
        tuple(each.channel for each in shown_channels if standing.is_offered(each, order.amount.currency)),
        opened=frozenset(each.provider for each in shown if each.state is CheckoutState.OPEN and each.kind is not None),
        failed=frozenset(each.provider for each in shown if each.state is CheckoutState.REFUSED or _is_silent(each)),
    )


def _is_silent(checkout: Checkout) -> bool:
    return checkout.state is CheckoutState.PENDING and checkout.is_silent


def _at_once(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")
