"""connect and mode: a shop that exists already, read, followed, and delivered for as far as its operator wants."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from protocols.shops.port import REASONS, CardState, Dialect, ShopOrderState, Site, site_of
from protocols.shops.reading import ShopReading
from protocols.shops.registry import DIALECTS
from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, remarks
from redress.connecting.opening import opened_shop
from redress.connecting.pages import Sent, ShopPages
from redress.connecting.survey import Survey, survey
from redress.connecting.switching import Switch
from redress.errors import UserError

_CARDS = {
    CardState.UNSOLD: "unsold",
    CardState.SOLD: "sold",
    CardState.LOCKED: "locked",
}
_ORDERS = {
    ShopOrderState.DELIVERED: "delivered",
    ShopOrderState.PAID: "paid, not delivered",
    ShopOrderState.BY_HAND: "paid, delivered by hand",
    ShopOrderState.UNPAID: "not paid",
    ShopOrderState.LAPSED: "lapsed",
    ShopOrderState.FAILED: "ended by the shop's people",
}


_KNOWN_CARDS = {
    "at_shop": "are the shop's to sell",
    "free": "are stock here",
    "sold_there": "are sold by the shop",
    "allocated": "were given to orders here",
    "reserved": "are reserved for orders here",
    "held": "are held back here",
    "void": "are void here",
    "no_card": "are no cards",
}
_KNOWN_ORDERS = {
    "new": "imported, no proof",
    "changed": "stand otherwise than before",
    "known": "known already",
    "ours": "known from the shop's own sending",
}


class ShopMode(StrEnum):
    """Who delivers."""

    WATCH = "watch"
    FILL_IN = "fill-in"
    TAKE_OVER = "take-over"


_MODES = {
    ShopMode.WATCH: "The shop delivers, and is watched.",
    ShopMode.FILL_IN: "The shop delivers; what it was paid for and does not deliver in time is delivered here.",
    ShopMode.TAKE_OVER: "Orders of the shop are delivered here, from its cards too.",
}


class ShopKind(StrEnum):
    """The kinds of shop that can be connected."""

    DUJIAOKA = "dujiaoka"
    ACG_FAKA = "acg-faka"
    DUJIAO_NEXT = "dujiao-next"


DbOption = Annotated[
    str | None,
    typer.Option(
        help="Its database: mysql://user:password@host/name, postgresql://…, sqlite:///file", show_default=False, envvar="SHOP_DB_URL"
    ),
]
PrefixOption = Annotated[str | None, typer.Option(help="Of the tables' names (default: the kind's)", show_default=False)]
CurrencyOption = Annotated[str, typer.Option(help="Of the shop's prices")]
OffsetOption = Annotated[int, typer.Option(help="Hours by which the shop's times are ahead of UTC", min=-12, max=14)]


def connect(
    kind: Annotated[ShopKind, typer.Argument(help="What the shop runs on")],
    db: DbOption = None,
    dump: Annotated[
        Path | None, typer.Option(help="A dump of it by mysqldump or mariadb-dump", exists=True, dir_okay=False, show_default=False)
    ] = None,
    shop: Annotated[str | None, typer.Option(help="Id of the shop here", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is there, and say what cannot be taken over")] = False,
    days: Annotated[int, typer.Option(help="So many days of orders", min=0, max=3_650)] = 90,
    prefix: PrefixOption = None,
    currency: CurrencyOption = "CNY",
    utc_offset: OffsetOption = 8,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Take over what a shop that exists already holds: goods, cards and orders. It goes on selling; nothing is ever written to it.

    A user that may only SELECT is enough. The password is best given by the variable SHOP_DB_URL, since a command line can be seen
    by others. Run again, only what is new is taken over. From a live database the shop's new orders are followed from then on, where the
    settings name it as the shop's `connection`.
    """
    if (db is None) == (dump is None):
        raise UserError("Name one of --db and --dump.")
    if shop is None and not dry_run:
        raise UserError("Name the shop here by --shop, or only look by --dry-run.")
    dialect = DIALECTS[kind]
    site = _site(dialect, prefix, currency, utc_offset)
    since = datetime.now(UTC) - timedelta(days=days)
    with opened_shop(dialect, site, url=db, dump=dump) as reading:
        if shop is None or dry_run:
            with remarks.status("Reading…") as shown:
                found = survey(reading, since, lambda what, count: shown.update(f"{count:,} {what}"))
            _tell(found, days)
            return
        pages = ShopPages(caller_of("inventory", url, data, settings), caller_of("order", url, data, settings), shop, kind.value)
        with remarks.status("Listing goods…") as shown:
            pages.goods(reading)
            pages.cards(reading, lambda count: shown.update(f"{count:,} cards"))
            pages.orders(reading, reading.last_order_before(since), lambda count: shown.update(f"{count:,} orders"))
    _tell_sent(pages.sent)
    if dump is None:
        pages.order.send("PUT", "/connection", {"kind": kind.value, "after_row": pages.sent.last_order, "shop_id": shop})
        console.print("The shop delivers, and its new orders are watched.")


def mode(
    mode: Annotated[ShopMode, typer.Argument(help="Who delivers: the shop, the shop and else we, or we")],
    shop: Annotated[str, typer.Option(help="Id of the shop here")],
    db: DbOption = None,
    after: Annotated[float | None, typer.Option(help="Seconds that the shop has for delivering, filling in", show_default=False)] = None,
    is_delivery_off: Annotated[
        bool, typer.Option("--delivery-is-off", help="You have made sure that the shop delivers nothing by itself")
    ] = False,
    prefix: PrefixOption = None,
    currency: CurrencyOption = "CNY",
    utc_offset: OffsetOption = 8,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Switch who delivers the orders of a connected shop.

    `watch`: the shop does. `fill-in`: the shop does, and what it was paid for and has not delivered in time, we do. `take-over`: we do,
    from its cards too; turn the shop's own delivery off first. On the way back the shop's cards that went to orders here are named: they
    must be gone from the shop before it delivers again.
    """
    switch = Switch(caller_of("inventory", url, data, settings), caller_of("order", url, data, settings), shop)
    standing = switch.mode()
    if standing in ("watch", "fill_in") and mode is not ShopMode.TAKE_OVER:
        switch.change(mode.value.replace("-", "_"), fill_in_after_seconds=after)
        console.print(_MODES[mode])
        return
    if standing == "take_over" and mode is ShopMode.TAKE_OVER:
        console.print(_MODES[mode])
        return
    if db is None:
        raise UserError("Name the shop's database by --db or SHOP_DB_URL: its cards are read anew.")
    if mode is ShopMode.TAKE_OVER and not is_delivery_off:
        raise UserError("Turn the shop's own delivery off first, and say so with --delivery-is-off: no card may have two buyers.")
    dialect = DIALECTS[switch.kind()]
    site = _site(dialect, prefix, currency, utc_offset)
    with remarks.status("Reading the shop's cards…") as shown:

        def tell(count: int) -> None:
            shown.update(f"{count:,} cards")

        def reading() -> AbstractContextManager[ShopReading]:
            return opened_shop(dialect, site, url=db, dump=None)

        if mode is ShopMode.TAKE_OVER:
            _tell_sent(switch.take_over(reading, tell).sent)
            rows = []
        else:
            rows = switch.give_back(reading, mode.value.replace("-", "_"), tell)
    for row in rows:
        console.print(f"row {row['shop_row']} of the shop's cards: {row.get('card_preview', '')} was given to an order here", markup=False)
    if rows:
        raise UserError("Remove these rows from the shop, leave its delivery off until then, and run the same command again.")
    console.print(_MODES[mode])


def _site(dialect: Dialect, prefix: str | None, currency: str, utc_offset: int) -> Site:
    try:
        return site_of(dialect, prefix, currency, utc_offset)
    except ValueError as error:
        raise UserError(f"--prefix: {error}.") from error


def _tell_sent(sent: Sent) -> None:
    cards, orders = sent.cards, sent.orders
    console.print(f"goods   {sent.goods:,} listed")
    told = ", ".join(f"{cards[state]:,} {word}" for state, word in _KNOWN_CARDS.items() if cards[state]) or "none"
    console.print(f"cards   {told}")
    told = ", ".join(f"{orders[became]:,} {word}" for became, word in _KNOWN_ORDERS.items() if orders[became]) or "none"
    console.print(f"orders  {told}")


def _tell(found: Survey, days: int) -> None:
    console.print(f"goods   {found.goods:,}, of them {found.by_hand:,} delivered by hand")
    told = ", ".join(f"{found.cards[state]:,} {word}" for state, word in _CARDS.items() if found.cards[state]) or "none"
    console.print(f"cards   {told}" + (f"; {found.duplicates:,} stand there twice" if found.duplicates else ""))
    told = ", ".join(f"{found.orders[state]:,} {word}" for state, word in _ORDERS.items() if found.orders[state]) or "none"
    console.print(f"orders  of {days} days: {told}")
    console.print(f"        {found.sold_cards:,} cards are known to have been delivered by them")
    for (table, reason), count in sorted(found.unread.items()):
        console.print(f"not taken over: {count:,} of the {table}: {REASONS[reason]}")
