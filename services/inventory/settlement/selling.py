"""A card or top-up was sold whose supplier is paid afterwards: its line is opened in a unit of its own, and falls due in its time.

A top-up has no card: its line goes by the id of its need. Own stock and suppliers that are prepaid have no lines: their sales cost one
look at the supplier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from chassis.service import on_timer
from chassis.timer import Timer
from chassis.work import Work
from services.inventory.claims.domain.claim import Claim, ClaimOutcome
from services.inventory.claims.raising import cost_at, number_of
from services.inventory.settlement.domain.sale_line import LineStatus, Price, SaleLine
from services.inventory.settlement.domain.terms import commission_of, terms_of
from services.inventory.settlement.holding import hold_line, line_of, release_line, settle_if_ready, withhold_line
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product

WARRANTY = "warranty"
CLOSED = "need-closed"


class UnitSold(Timer, frozen=True):
    """A need, which is the aggregate, got a card of a supplier that is paid afterwards, or a top-up: then `card_id` is its own id.

    Due at once.
    """

    NAME: ClassVar[str] = "inventory.UnitSold"
    card_id: UUID


class LineDue(Timer, frozen=True):
    """T+N is over for a line, or its warranty."""

    NAME: ClassVar[str] = "inventory.LineDue"


@dataclass(frozen=True, slots=True)
class Sale:
    """What was sold, by whom. `sold_id`: of the card, or of the need where a top-up was made (`card` None)."""

    sold_id: UUID
    supplier_code: str
    product_code: str
    card: Card | None


def note_sale(need: Need, card: Card, work: Work) -> None:
    """Have a line opened for a card that was just given to a need, where its supplier is paid afterwards."""
    _note(need, card.id, card.supplier_code, work)


def note_top_up(need: Need, supplier_code: str, work: Work) -> None:
    """The same for a top-up that was just made for a need."""
    _note(need, need.id, supplier_code, work)


def _note(need: Need, sold_id: UUID, supplier_code: str, work: Work) -> None:
    supplier = work.find(Supplier, Supplier.create_id(need.shop_id, supplier_code))
    if supplier is not None and supplier.is_settled_later:
        work.set_timer(UnitSold(need.id, sold_id), due_at=work.now)


def hold_closed(need: Need, work: Work) -> None:
    """Freeze the sale to a need whose buyer does not get it after all, until a person or a case says what becomes of it."""
    line = line_of(need.shop_id, sold_to(need), work)
    if line is not None:
        hold_line(line, CLOSED, work)


def price_again(need: Need, work: Work) -> None:
    """What was paid for a need is known again: its line, where there is one that was not priced, is worth something."""
    sold_id = sold_to(need)
    if sold_id is not None:
        work.set_timer(UnitSold(need.id, sold_id), due_at=work.now)


def sold_to(need: Need) -> UUID | None:
    """By which id the need's line would go; None where nothing was given to it."""
    return need.id if need.topped_up_by is not None else need.card_id


@on_timer(UnitSold)
def on_unit_sold(timer: UnitSold, work: Work) -> None:
    """Open the line with the terms of now; one that is there and was not priced is priced, if it can be."""
    need = work.get(Need, timer.stream_id)
    sale = _sale(need, timer.card_id, work)
    known = line_of(need.shop_id, sale.sold_id, work)
    if known is not None:
        _set_price(known, need, work)
        settle_if_ready(known, work)
        return
    supplier = work.find(Supplier, Supplier.create_id(need.shop_id, sale.supplier_code))
    if supplier is None or not supplier.is_settled_later:
        return
    product = work.find(Product, Product.create_id(need.shop_id, sale.product_code))
    terms = terms_of(work.advice("limits"))
    grade = terms.grade_of(supplier.grade) if supplier.is_consignor else None
    warranty_days = product.policy.warranty_days if product and product.policy and product.policy.borne_by == "supplier" else 0
    line = SaleLine(
        shop_id=need.shop_id,
        supplier_code=sale.supplier_code,
        card_id=sale.sold_id,
        need_id=need.id,
        order_number=need.order_number,
        line=need.line,
        unit=need.unit,
        product_code=sale.product_code,
        grade=grade,
        commission_basis_points=terms.grades[grade] if grade is not None else None,
        sold_at=work.now,
        due_at=work.now + terms.delay,
        warranty_ends_at=work.now + warranty_days * terms.warranty_day if warranty_days else None,
    )
    _set_price(line, need, work)
    work.set_timer(LineDue(line.id), due_at=line.due_at)
    _catch_up(line, need, sale.card, work)


def _sale(need: Need, sold_id: UUID, work: Work) -> Sale:
    if need.topped_up_by is not None and sold_id == need.id:
        return Sale(need.id, need.topped_up_by, need.product_code, None)
    card = work.get(Card, sold_id)
    return Sale(card.id, card.supplier_code, card.product_code, card)


@on_timer(LineDue)
def on_line_due(timer: LineDue, work: Work) -> None:
    """Let the line fall due, or keep it frozen for the rest of the warranty."""
    line = work.get(SaleLine, timer.stream_id)
    ends_at = line.warranty_ends_at
    if ends_at is not None and work.now < ends_at:
        hold_line(line, WARRANTY, work)
        work.set_timer(LineDue(line.id), due_at=ends_at)
        return
    line.mature()
    release_line(line, WARRANTY, work)
    settle_if_ready(line, work)


def _set_price(line: SaleLine, need: Need, work: Work) -> None:
    price = _price(line, need, work) if line.status is LineStatus.UNPRICED else None
    if price is not None:
        line.set_price(price, priced_by="sale")


def _price(line: SaleLine, need: Need, work: Work) -> Price | None:
    """What the line is worth; None where the sale, or the cost in its currency, is not known."""
    sale = need.unit_price
    if sale is None:
        return None
    if line.commission_basis_points is not None:
        return Price(sale.currency, sale.amount_minor, commission_of(sale.amount_minor, line.commission_basis_points))
    cost = cost_at(line.shop_id, line.product_code, line.supplier_code, work)
    if cost is None or cost.currency != sale.currency:
        return None
    return Price(sale.currency, sale.amount_minor, sale.amount_minor - cost.amount_minor)


def _catch_up(line: SaleLine, need: Need, card: Card | None, work: Work) -> None:
    """What became of the sale before its line was opened; a top-up that was wanted has no claim."""
    claim = work.find(Claim, Claim.create_id(card.shop_id, number_of(card))) if card is not None else None
    if claim is not None and claim.card_id == line.card_id and claim.outcome is not ClaimOutcome.DROPPED:
        if claim.is_settled:
            withhold_line(line, claim.hold_name, work)
        else:
            hold_line(line, claim.hold_name, work)
    if need.status is NeedStatus.CLOSED:
        hold_line(line, CLOSED, work)
