"""connect: a shop that exists already, read and taken over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from protocols.shops.port import REASONS, CardState, ShopOrderState, Site
from protocols.shops.registry import DIALECTS
from redress.commands.common import console, remarks
from redress.connecting.opening import opened_shop
from redress.connecting.survey import Survey, survey
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


class ShopKind(StrEnum):
    """The kinds of shop that can be connected."""

    DUJIAOKA = "dujiaoka"
    ACG_FAKA = "acg-faka"
    DUJIAO_NEXT = "dujiao-next"


def connect(
    kind: Annotated[ShopKind, typer.Argument(help="What the shop runs on")],
    db: Annotated[
        str | None,
        typer.Option(
            help="Its database: mysql://user:password@host/name, postgresql://…, sqlite:///file",
            show_default=False,
            envvar="REDRESS_SHOP_DB",
        ),
    ] = None,
    dump: Annotated[
        Path | None, typer.Option(help="A dump of it by mysqldump or mariadb-dump", exists=True, dir_okay=False, show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is there, and say what cannot be taken over")] = False,
    days: Annotated[int, typer.Option(help="So many days of orders", min=0, max=3_650)] = 90,
    prefix: Annotated[str | None, typer.Option(help="Of the tables' names (default: the kind's)", show_default=False)] = None,
    currency: Annotated[str, typer.Option(help="Of the shop's prices")] = "CNY",
    utc_offset: Annotated[int, typer.Option(help="Hours by which the shop's times are ahead of UTC", min=-12, max=14)] = 8,
) -> None:
    """Read a shop that exists already. Nothing is ever written to it: a user that may only SELECT is enough.

    The password is best given by the variable REDRESS_SHOP_DB, since a command line can be seen by others.
    """
    if (db is None) == (dump is None):
        raise UserError("Name one of --db and --dump.")
    if not dry_run:
        raise UserError("Only --dry-run can be done so far.")
    dialect = DIALECTS[kind]
    site = Site(dialect.default_prefix if prefix is None else prefix, currency, utc_offset)
    with opened_shop(dialect, site, url=db, dump=dump) as reading, remarks.status("Reading…") as shown:
        found = survey(reading, datetime.now(UTC) - timedelta(days=days), lambda what, count: shown.update(f"{count:,} {what}"))
    _tell(found, days)


def _tell(found: Survey, days: int) -> None:
    console.print(f"goods   {found.goods:,}, of them {found.by_hand:,} delivered by hand")
    told = ", ".join(f"{found.cards[state]:,} {word}" for state, word in _CARDS.items() if found.cards[state]) or "none"
    console.print(f"cards   {told}" + (f"; {found.duplicates:,} stand there twice" if found.duplicates else ""))
    told = ", ".join(f"{found.orders[state]:,} {word}" for state, word in _ORDERS.items() if found.orders[state]) or "none"
    console.print(f"orders  of {days} days: {told}")
    console.print(f"        {found.sold_cards:,} cards are known to have been delivered by them")
    for (table, reason), count in sorted(found.unread.items()):
        console.print(f"not taken over: {count:,} of the {table}: {REASONS[reason]}")
