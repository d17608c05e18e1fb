"""Planted defects beside a shop that delivers by itself: whose a card is, and who delivers, taken lightly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from protocols.shops.port import ShopOrder, ShopOrderState
from protocols.shops.reading import ShopReading
from redress.connecting.switching import Switch
from services.inventory.beside import handlers
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.seeing import see_unsold
from services.order.domain.connection import Connection, Mode


@contextmanager
def shop_asked_once() -> Iterator[None]:
    """Once the shop has said that an order is paid, it is not asked about that order again before it is filled in."""
    ask = ShopReading.orders_by_id
    kept: dict[tuple[str, int], Any] = {}

    def ask_once(reading: ShopReading, row_ids: Sequence[int]) -> list[Any]:
        said = []
        for each in ask(reading, row_ids):
            if isinstance(each, ShopOrder) and each.state is ShopOrderState.PAID:
                kept.setdefault((each.order_number, each.row_id), each)
            said.append(kept.get((each.order_number, each.row_id), each) if isinstance(each, ShopOrder) else each)
        return said

    with patch.object(ShopReading, "orders_by_id", ask_once):
        yield


def its_time_not_given() -> AbstractContextManager[Any]:
    """Filling in, the shop gets no time for delivering what it was paid for."""
    patience = Connection.patience_seconds

    def none(connection: Connection) -> float | None:
        seconds: float | None = patience.__get__(connection)
        return None if seconds is None else 0.0

    return patch.object(Connection, "patience_seconds", property(none))


def delivering_between_modes() -> AbstractContextManager[Any]:
    """Delivered is from the word on that the shop is to be taken over, and until it is given back."""
    patience = Connection.patience_seconds

    def early(connection: Connection) -> float | None:
        seconds: float | None = patience.__get__(connection)
        return 0.0 if connection.mode in (Mode.TAKING_OVER, Mode.GIVING_BACK) else seconds

    return patch.object(Connection, "patience_seconds", property(early))


def cards_stocked_while_at_the_shop() -> AbstractContextManager[Any]:
    """A card of the shop's enters stock when it is seen, though the shop sells it."""

    def see_as_ours(*arguments: Any, **named: Any) -> None:
        see_unsold(*arguments, **named | {"is_handed_over": True})

    return patch.object(handlers, "see_unsold", see_as_ours)


@contextmanager
def taken_over_without_the_freeze() -> Iterator[None]:
    """The shop's cards are handed over before anybody has said that it is being taken over."""
    take_over = Switch.take_over

    def at_once(switch: Switch, reading: Callable[[], Any], tell: Callable[[int], None]) -> Any:
        with reading() as shop:
            switch._pages().cards(shop, tell, is_handed_over=True)
        return take_over(switch, reading, tell)

    with ExitStack() as patched:
        patched.enter_context(patch.object(ShopStock, "expect_taken_over", lambda stock: None))
        patched.enter_context(patch.object(Switch, "take_over", at_once))
        yield


def rows_left_in_the_shop() -> AbstractContextManager[Any]:
    """Given back, the shop still offers the cards that our orders have."""
    return patch.object(handlers, "OURS", ())
