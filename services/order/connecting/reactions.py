"""Following a shop: look, take what is new, look again; and deliver what it was paid for and did not deliver.

Nothing is delivered in the shop's place but on a look, at most `FRESH` old, that says it is paid and undelivered; and where we stand behind
the shop at its providers, not before one of them, asked by us, has said the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from chassis.activity import Confirmed, Outcome, Unknown
from chassis.service import on_outcome, on_timer
from chassis.store.rows import IndexRow
from chassis.work import Work
from services.order.connecting.commands import ReadOrder
from services.order.connecting.indexes import BACKLOG_AGE, FILLED, MARK, OpenAtShop, open_key
from services.order.connecting.intents import KnownRow, PollShop, ShopPolled
from services.order.connecting.taking import CHANGED, NEW, take
from services.order.connecting.timers import LookDue
from services.order.domain.connection import Connection, Mode
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.domain.order_beside import BY_HAND, BY_PEOPLE, LAPSED, PAID, SETTLED, UNDELIVERED, UNPAID
from services.order.fulfilment.start import begin_fulfilment
from services.order.paying.following import ask_sooner, follow

PROVIDER = "shop"
"""Stands for the payment provider where the shop's word is all there is."""
POLL_SECONDS = 5.0
"""Between two looks, where the settings do not say."""
FRESH = timedelta(seconds=30)
KNOWN_ROWS = 200
"""Asked about in one look; where there are more, in turn."""
NEWEST_PAID = 100
"""Of those that are paid and undelivered, asked about in each look."""
FORGOTTEN_AT_ONCE = 10
LISTED_LATE = timedelta(hours=1)
LISTED_LATE_AT_ONCE = 10
"""An order can be read before its good is known here. So long afterwards it is looked whether it is by now, at so many in each look."""
PATIENCE = {UNPAID: timedelta(hours=2), BY_HAND: timedelta(days=30), BY_PEOPLE: timedelta(days=30), FILLED: timedelta(days=7)}
"""After so long nothing more is expected of an order in this state, and the shop is not asked about it any more."""
PROVEN_PATIENCE = timedelta(days=7)
"""The same of one that is unpaid in the shop, and paid by what its provider says."""


@on_timer(LookDue)
def on_look_due(timer: LookDue, work: Work) -> None:
    """Look into the shop."""
    connection = work.get(Connection, timer.stream_id)
    work.intend(
        PollShop(
            key=f"poll-shop/{connection.id}/{timer.turn}",
            target=f"{connection.kind}/{connection.shop_id}",
            shop_id=connection.shop_id,
            connection_id=connection.id,
            kind=connection.kind,
            after_row=timer.after_row,
            missing=timer.missing,
            known=_known_rows(connection, timer.turn, work),
            turn=timer.turn,
        )
    )


@on_outcome(PollShop)
def on_shop_polled(outcome: Outcome, intent: PollShop, work: Work) -> None:
    """Take what is new, and look again: soon where there is more."""
    if isinstance(outcome, Unknown):
        return  # it is taken again by itself
    connection = work.get(Connection, intent.connection_id)
    if not isinstance(outcome, Confirmed):
        work.set_timer(LookDue(connection.id, intent.after_row, intent.missing, intent.turn), due_at=work.now + _pause(connection, work))
        return
    polled = msgspec.json.decode(outcome.reply, type=ShopPolled)
    due = {each.shop_row for each in intent.known if each.is_due}
    is_fresh = timedelta(0) <= work.now - polled.read_at <= FRESH  # a clock that was put back since hides how old the look is
    is_ours_to_deliver = False
    for read in polled.orders:
        has_changed = take(read, connection.shop_id, connection.kind, work) in (NEW, CHANGED)
        _ask_providers(read, connection, polled.providers_behind, work, has_changed=has_changed)
        if connection.patience_seconds is None or not _is_ours(read.state, connection):
            continue
        if read.shop_row in due and is_fresh:
            _fill_in(read, connection, work, needs_proof=bool(polled.providers_behind))
        else:
            is_ours_to_deliver = is_ours_to_deliver or connection.patience_seconds == 0
    pause = timedelta(0) if polled.has_more or is_ours_to_deliver else _pause(connection, work)
    work.set_timer(LookDue(connection.id, polled.after_row, polled.missing, intent.turn + 1), due_at=work.now + pause)


def _pause(connection: Connection, work: Work) -> timedelta:
    limits = work.advice("limits").get(connection.shop_id, {})
    return timedelta(seconds=limits.get("shop_poll_seconds", POLL_SECONDS))


def _ask_providers(read: ReadOrder, connection: Connection, providers: Sequence[str], work: Work, *, has_changed: bool) -> None:
    """Have those behind the shop asked whether it is paid; at once where the shop has just said so."""
    order = work.find(Order, Order.create_id(connection.shop_id, read.order_number)) if providers else None
    if order is None or not order.is_askable_behind or order.placed_at - order.expires_at > BACKLOG_AGE:
        return
    is_urgent = has_changed and order.shop_state in UNDELIVERED
    for provider in providers:
        if provider not in order.channels:
            follow(order, provider, work, is_at_once=is_urgent)
        elif is_urgent:
            ask_sooner(order, provider, work)


def _fill_in(read: ReadOrder, connection: Connection, work: Work, *, needs_proof: bool) -> None:
    order = work.get(Order, Order.create_id(connection.shop_id, read.order_number))
    if (needs_proof and order.proof is None) or not _is_ours(order.shop_state or "", connection) or not order.fill_in():
        return
    provider, trade_number = order.proof or (PROVIDER, order.shop_trade_number or order.order_number)
    begin_fulfilment(order, work, provider=provider, trade_number=trade_number, paid_at=work.now)


def _known_rows(connection: Connection, turn: int, work: Work) -> tuple[KnownRow, ...]:
    """Open orders to ask about: those to deliver first, then the others in turn. What is too old is forgotten on the way."""
    states = {state: open_key(connection.shop_id, state) for state in (PAID, *PATIENCE)}
    found = work.look_many(OpenAtShop.NAME, list(states.values()))
    now = int(work.now.timestamp())
    paid = [KnownRow(_shop_row(row), PAID, _is_due(row, PAID, connection, now)) for row in found[states[PAID]]]
    rows, others = paid[:NEWEST_PAID], paid[NEWEST_PAID:]
    forgotten, listed = 0, _listed_by_now(found[states[BY_PEOPLE]], now, work)
    for state, patience in PATIENCE.items():
        for row in found[states[state]]:
            if row.rank + patience.total_seconds() < now and forgotten < FORGOTTEN_AT_ONCE:
                forgotten += 1
                order = work.get(Order, row.stream_id)
                if order.proof is not None and row.rank + PROVEN_PATIENCE.total_seconds() >= now:
                    others.append(KnownRow(_shop_row(row), state, False))  # its money is there: the shop may still book it
                    continue
                end = LAPSED if state == UNPAID else SETTLED
                order.hear_shop(end, card_fingerprints=(), shop_trade_number=None)
            else:
                said = UNPAID if row.stream_id in listed else state  # whatever the shop says of it now is news
                others.append(KnownRow(_shop_row(row), said, _is_due(row, state, connection, now)))
    rows += [each for each in others if each.is_due]
    rest = [each for each in others if not each.is_due]
    room = max(0, KNOWN_ROWS - len(rows))
    start = turn * room % len(rest) if rest else 0
    return tuple((rows + rest[start:] + rest[:start])[:KNOWN_ROWS])


def _listed_by_now(rows: Sequence[IndexRow], now: int, work: Work) -> set[UUID]:
    """Orders that were left to the shop's people when their good was not known yet, and is now."""
    fresh = [row for row in rows if row.rank + LISTED_LATE.total_seconds() > now]
    start = now % len(fresh) if fresh else 0
    orders = [work.get(Order, row.stream_id) for row in (fresh[start:] + fresh[:start])[:LISTED_LATE_AT_ONCE]]
    return {each.id for each in orders if work.find(Listing, Listing.create_id(each.shop_id, each.lines[0].product_code)) is not None}


def _shop_row(row: IndexRow) -> int:
    return int(row.data.partition(MARK)[0])


def _is_ours(state: str, connection: Connection) -> bool:
    """Whether an order in this state is one that we may deliver. Taken over, goods that its people turned to manual are ours too."""
    return state == PAID or (state == BY_HAND and connection.mode is Mode.TAKE_OVER)


def _is_due(row: IndexRow, state: str, connection: Connection, now: int) -> bool:
    """Whether the shop has had its time, and not so long ago that its people may have settled it in a way that its table does not show."""
    if connection.patience_seconds is None or MARK in row.data or not _is_ours(state, connection):
        return False
    return connection.patience_seconds <= now - abs(row.rank) <= BACKLOG_AGE.total_seconds()
