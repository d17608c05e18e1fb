"""An order's units, in steps: as many needs as one unit of work can open, pay or lapse; the rest by a timer that is due at once.

Each step finds or opens its needs, so steps of different messages may overtake each other: an order that expired between two
steps leaves lapsed needs behind, which the earlier message's later step passes over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from chassis.work import Work
from contracts.order import OrderLine
from services.inventory.advised import limits_from
from services.inventory.settlement.selling import price_again
from services.inventory.sourcing.domain.limits import RULES_VERSION, Limits
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.saga import give, pursue
from services.inventory.sourcing.seeking import must_seek, seek
from services.inventory.sourcing.timers import MoreUnits, MoreUnitsExpired, MoreUnitsPaid, MoreUnitsPlaced, OrderedUnits
from services.inventory.stock.availability import note_taken
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import MANUAL
from services.inventory.stock.free_stock import FreeStock
from services.inventory.stock.giving_back import give_back

STEP_UNITS = 22
"""Each needs its need, a card, a line of settlement and at worst a product of its own; a unit of work may touch 100 aggregates, suppliers
among them."""

T = TypeVar("T", bound=MoreUnits)


def units_of(lines: tuple[OrderLine, ...]) -> tuple[OrderedUnits, ...]:
    """The lines of an order as far as stock is concerned."""
    return tuple(OrderedUnits(each.line, each.product_code, each.quantity, each.unit_price) for each in lines)


def place(order: MoreUnitsPlaced, work: Work) -> None:
    """Open needs and reserve free cards for them, as far as there are any; no supplier is called before the payment."""
    stocks = _stocks(order, work)
    for line, unit in _step(order, work):
        if _find(order, line, unit, work) is None:
            need = _open(order, line, unit, work)
            card = stocks[line.product_code].take()
            if card is not None and not card.is_reusable:
                card.reserve(need_id=need.id)
                need.reserve(card_id=card.id)
    note_taken(stocks.values(), work)


def pay(order: MoreUnitsPaid, work: Work) -> None:
    """Give each need its reserved card, else a free one, else a supplier's; after a late payment from free stock only, or by hand.

    A reserved card whose batch was stopped meanwhile is put aside, and another one is looked for.
    A need that was opened for another product than was paid for, as an order service that was restored may say, waits for a person.
    """
    stocks = _stocks(order, work)
    for line, unit in _step(order, work):
        need = _find(order, line, unit, work) or _open(order, line, unit, work)
        if need.is_paid and need.unit_price is None and line.unit_price is not None and need.product_code == line.product_code:
            need.hear_price(line.unit_price)
            price_again(need, work)
        if need.is_paid or need.status not in (NeedStatus.OPEN, NeedStatus.LAPSED):
            continue
        if need.product_code != line.product_code:
            _contradict(need, work, is_late=order.is_late)
            continue
        if need.card_id is not None and stocks[need.product_code].is_stopped(reserved := work.get(Card, need.card_id)):
            need.unreserve()
            give_back(reserved, need.id, work)
        need.pay(is_late=order.is_late, unit_price=line.unit_price)
        if need.card_id is not None:
            if must_seek(need, work, order.heard_at):
                seek(need, work.find(Product, Product.create_id(need.shop_id, need.product_code)), work)
            give(need, work.get(Card, need.card_id), work)
        elif not order.is_late or _is_by_hand(need, work):
            pursue(need, work, stock=stocks[need.product_code], since=order.heard_at)
        elif (card := stocks[need.product_code].take()) is not None:
            give(need, card, work)
        else:
            need.fail("late_no_stock")
    note_taken((stock for stock in stocks.values() if stock.is_used), work)


def _is_by_hand(need: Need, work: Work) -> bool:
    """Whether a person delivers it, for whom a late payment is as good as any."""
    product = work.find(Product, Product.create_id(need.shop_id, need.product_code))
    return product is not None and product.kind == MANUAL


def expire(order: MoreUnitsExpired, work: Work) -> None:
    """Give reserved cards back; a need that was not even opened lapses too, so that nobody opens it later."""
    for line, unit in _step(order, work):
        need = _find(order, line, unit, work) or _open(order, line, unit, work)
        if need.status is NeedStatus.OPEN:
            if need.card_id is not None:
                give_back(work.get(Card, need.card_id), need.id, work)
            need.lapse()


def _contradict(need: Need, work: Work, *, is_late: bool) -> None:
    if need.card_id is not None:
        give_back(work.get(Card, need.card_id), need.id, work)
        need.unreserve()
    need.pay(is_late=is_late)
    need.fail("product_contradicted")


def _step(order: T, work: Work) -> Iterator[tuple[OrderedUnits, int]]:
    """The units of this step; behind the last one the next step is set, where there is one."""
    units = _units(order)
    yield from units[:STEP_UNITS]
    if len(units) > STEP_UNITS:
        line, unit = units[STEP_UNITS - 1]
        last = Need.create_id(order.shop_id, order.order_number, line.line, unit)
        done_count = order.done_count + STEP_UNITS
        work.set_timer(msgspec.structs.replace(order, stream_id=last, done_count=done_count), due_at=work.now)


def _units(order: MoreUnits) -> list[tuple[OrderedUnits, int]]:
    every = [(line, unit) for line in order.lines for unit in range(1, line.quantity + 1)]
    return every[order.done_count :]


def _stocks(order: MoreUnits, work: Work) -> dict[str, FreeStock]:
    wanted = Counter(line.product_code for line, _ in _units(order)[:STEP_UNITS])
    return {code: FreeStock(work, order.shop_id, code, count) for code, count in wanted.items()}


def _find(order: MoreUnits, line: OrderedUnits, unit: int, work: Work) -> Need | None:
    return work.find(Need, Need.create_id(order.shop_id, order.order_number, line.line, unit))


def _open(order: MoreUnits, line: OrderedUnits, unit: int, work: Work) -> Need:
    return open_need(order.shop_id, order.order_number, line.line, unit, line.product_code, work)


def open_need(shop_id: str, order_number: str, line: int, unit: int, product_code: str, work: Work) -> Need:
    """A need that is not there yet, with the limits of now."""
    return Need(
        shop_id=shop_id,
        order_number=order_number,
        line=line,
        unit=unit,
        product_code=product_code,
        rules_version=RULES_VERSION,
        limits=limits_from(Limits, work.advice("limits")),
    )
