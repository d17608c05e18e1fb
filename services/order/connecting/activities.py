"""Looking into the shop's database: one short, read-only snapshot each time."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from chassis.activity import Activity, Confirmed, Outcome, Patience, Performed, Refused, confirmed
from chassis.errors import RedressError
from chassis.foreign_tables import foreign_tables
from chassis.vault import Sealed
from protocols.shops.port import ShopOrder, ShopOrderState, Unread
from protocols.shops.reading import ShopReading
from protocols.shops.registry import DIALECTS
from services.order.channels.registry import CHANNELS
from services.order.connecting.commands import MAX_READ_ORDERS, ReadOrder
from services.order.connecting.indexes import FILLED
from services.order.connecting.intents import PollShop, ShopPolled
from services.order.connecting.reading import fit_for_us
from services.order.connecting.settings import ConnectionSettings
from services.order.domain.order_beside import BY_PEOPLE
from services.order.domain.search import NOT_CONFIGURED
from services.order.settings import OrderSettings, ShopSettings

NOTHING_NEW, AWAY = "nothing_new", "away"
_UNDELIVERED = (ShopOrderState.PAID, ShopOrderState.BY_HAND)
MISSING_ROWS = 100
MISSING_WITHIN = 500
"""A row whose transaction ends late appears behind later ones: gaps so far back are looked at again."""


class Look(NamedTuple):
    """What one snapshot said."""

    known: list[ShopOrder]
    late: list[ShopOrder | Unread]
    page: list[ShopOrder | Unread]


class LookAtShop(Activity[PollShop]):
    """Read what is new. A look changes nothing, so one whose answer was lost is simply taken again."""

    intent_class = PollShop
    patience = Patience(attempt_seconds=30.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: PollShop) -> Outcome | Performed:
        settings: OrderSettings = self.tools.settings
        shop = settings.shops.get(intent.shop_id, ShopSettings())
        connection = shop.connection
        if connection is None or connection.kind != intent.kind:
            return Refused(NOT_CONFIGURED)
        read_at = self.tools.now()
        try:
            look = await self.look(connection, intent)
        except RedressError:
            return Refused(AWAY, is_temporary=True)
        after_row = max((each.row_id for each in look.page), default=intent.after_row)
        missing = _missing(intent, look, after_row)
        orders: list[ReadOrder] = []
        kept: list[Sealed] = []
        fresh = [each for each in (*look.late, *look.page) if isinstance(each, ShopOrder)]
        for order in (*look.known, *fresh):
            read, sealed = fit_for_us(
                order, intent.shop_id, self.tools.vault, self.tools.fingerprints, is_known=len(orders) < len(look.known)
            )
            orders.append(read)
            kept += sealed
        if not orders and (after_row, missing) == (intent.after_row, intent.missing):
            return Refused(NOTHING_NEW, is_temporary=True)
        polled = ShopPolled(
            orders=tuple(orders),
            after_row=after_row,
            missing=missing,
            has_more=len(orders) >= MAX_READ_ORDERS,
            read_at=read_at,
            providers_behind=tuple(each for each in shop.providers_behind if CHANNELS[each].is_askable(shop.account(each))),
        )
        outcome: Confirmed = confirmed(polled)
        return Performed(outcome, tuple(kept))

    async def ask(self, intent: PollShop) -> Outcome | Performed:
        """The look itself is what is taken again."""
        return await self.perform(intent)

    async def look(self, connection: ConnectionSettings, intent: PollShop) -> Look:
        """Read the shop's database; raises a RedressError where it is away, or is none of such a shop."""
        return await asyncio.to_thread(_look, connection, intent)


def look_into(reading: ShopReading, intent: PollShop) -> Look:
    """What the shop says now of the orders that the intent asks about, and which have come since."""
    states = {each.shop_row: each for each in intent.known}
    found = [each for each in reading.orders_by_id(list(states)) if isinstance(each, ShopOrder)]
    known = [each for each in found if _is_news(each, states[each.row_id].state, is_due=states[each.row_id].is_due)]
    known = known[:MAX_READ_ORDERS]
    late = reading.orders_by_id(intent.missing)[: MAX_READ_ORDERS - len(known)]
    room = MAX_READ_ORDERS - len(known) - len(late)
    page = reading.order_page(intent.after_row)[:room] if room else []
    return Look(known, late, page)


def _look(connection: ConnectionSettings, intent: PollShop) -> Look:
    with foreign_tables(connection.database.reveal()) as tables:
        return look_into(ShopReading(DIALECTS[connection.kind], connection.site, tables.rows), intent)


def _is_news(order: ShopOrder, state: str, *, is_due: bool) -> bool:
    if state in (FILLED, BY_PEOPLE):
        return order.state not in (*_UNDELIVERED, ShopOrderState.UNPAID)
    return order.state.value != state or (is_due and order.state in _UNDELIVERED)


def _missing(intent: PollShop, look: Look, after_row: int) -> tuple[int, ...]:
    """Rows that were not there yet though later ones were; of the newest ones only, since some never come."""
    there = {each.row_id for each in (*look.late, *look.page)}
    since = max(intent.after_row, after_row - MISSING_WITHIN)
    candidates = [*intent.missing, *range(since + 1, after_row)]
    return tuple(row for row in candidates if row not in there and row > after_row - MISSING_WITHIN)[-MISSING_ROWS:]
