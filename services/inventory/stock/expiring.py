"""Withdrawing cards that expire too soon to be issued: a look through a product's stock whenever its next card is overdue.

The product knows when the next look is due, so a timer that another one has overtaken does nothing. Overdue cards stand in front in the
index of free cards. A card that was reserved at that moment may be given back afterwards: hence another look a day after each that
found something. While a restore is not released nothing is withdrawn, since a free card may turn out to be somebody's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from chassis.service import on_timer
from chassis.timer import Timer
from chassis.work import Work
from services.inventory.stock.availability import note_removed
from services.inventory.stock.domain.card import Card, stock_key_of
from services.inventory.stock.domain.expiry import is_overdue, issuable_until, until_of
from services.inventory.stock.domain.product import Product
from services.inventory.stock.indexes import FreeCards

SWEPT_CARDS = 90
LAST_LOOK = timedelta(days=1)
RECOVERING_PAUSE = timedelta(minutes=1)
EXPIRED = "expired"


class StockOverdue(Timer, frozen=True):
    """Cards of a product may not be issued any more. The aggregate is the product; `at`: the moment that was planned."""

    NAME: ClassVar[str] = "inventory.StockOverdue"
    at: datetime


def plan_sweep(product: Product, work: Work, expiries: list[datetime]) -> None:
    """Have the stock looked through when the first of these cards is overdue, unless it is looked through before."""
    if expiries:
        until = issuable_until(min(expiries), product.expiry_margin_days)
        if product.sweep_at is None or until < product.sweep_at:
            _plan(product, work, max(until, work.now))


@on_timer(StockOverdue)
def on_stock_overdue(timer: StockOverdue, work: Work) -> None:
    """Withdraw the cards that are overdue, as many as one unit may touch, and plan the next look."""
    product = work.get(Product, timer.stream_id)
    if product.sweep_at != timer.at:
        return
    if work.is_recovering:
        _plan(product, work, work.now + RECOVERING_PAUSE)
        return
    rows = work.claim(FreeCards.NAME, stock_key_of(product.shop_id, product.product_code), SWEPT_CARDS + 1)
    overdue = [row for row in rows if is_overdue(row.rank, work.now)][:SWEPT_CARDS]
    for row in overdue:
        work.get(Card, row.stream_id).void(reason=EXPIRED)
    if overdue:
        note_removed(product, work)
    rest = rows[len(overdue) :]
    following = until_of(rest[0].rank) if rest else None
    looks = [each for each in (following, work.now + LAST_LOOK if overdue else None) if each is not None]
    if looks:
        _plan(product, work, max(min(looks), work.now))
    else:
        product.plan_sweep(None)


def _plan(product: Product, work: Work, at: datetime) -> None:
    product.plan_sweep(at)
    work.set_timer(StockOverdue(product.id, at), due_at=at)
