"""What keeps a sold card's line from being paid, and what lets it go on: claims, cases, the warranty.

Each of these is total: a card without a line (own stock, prepaid suppliers) changes nothing, and the same thing twice is done once.
"""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from services.inventory.settlement.domain.sale_line import LineStatus, SaleLine
from services.inventory.settlement.domain.settlement import SettledLine, Settlement, SettlementStatus
from services.inventory.settlement.indexes import LastSettlements, account_key


def line_of(shop_id: str, card_id: UUID | None, work: Work) -> SaleLine | None:
    """The line of a card; None where its sale is not settled with anybody."""
    return work.find(SaleLine, SaleLine.create_id(shop_id, card_id)) if card_id is not None else None


def hold_line(line: SaleLine, hold: str, work: Work) -> bool:
    """Freeze a line; False: it is too late, its settlement is confirmed or paid."""
    if not _leave_settlement(line, work):
        return False
    line.hold(hold)
    return True


def release_line(line: SaleLine, hold: str, work: Work) -> None:
    """A reason to hold the line is gone."""
    line.release(hold)
    settle_if_ready(line, work)


def withhold_line(line: SaleLine, cause: str, work: Work) -> bool:
    """The supplier gets nothing for the card; False: it is too late, its settlement is confirmed or paid."""
    if not _leave_settlement(line, work):
        return False
    line.withhold(cause)
    return True


def settle_if_ready(line: SaleLine, work: Work) -> None:
    """Put a line that nothing keeps back any more into the open settlement of its supplier."""
    if line.status is LineStatus.DUE or not line.is_ready or line.price is None:
        return
    settlement = _open_settlement(line, line.price.currency, work)
    settlement.take(
        SettledLine(
            card_id=line.card_id,
            order_number=line.order_number,
            line=line.line,
            unit=line.unit,
            product_code=line.product_code,
            sold_at=line.sold_at,
            grade=line.grade,
            sale_minor=line.price.sale_minor,
            commission_minor=line.price.commission_minor,
            net_minor=line.price.net_minor,
        )
    )
    line.fall_due(settlement.id)


def _leave_settlement(line: SaleLine, work: Work) -> bool:
    if line.status is not LineStatus.DUE or line.settlement_id is None:
        return True
    settlement = work.get(Settlement, line.settlement_id)
    if not settlement.gives_lines_back:
        return False
    settlement.give_back(line.card_id)
    return True


def _open_settlement(line: SaleLine, currency: str, work: Work) -> Settlement:
    rows = work.look(LastSettlements.NAME, account_key(line.shop_id, line.supplier_code, currency))
    last = work.get(Settlement, rows[0].stream_id) if rows else None
    if last is not None and last.status is SettlementStatus.OPEN:
        if not last.is_over(work.now):
            return last
        last.close("period")
    return Settlement(
        shop_id=line.shop_id,
        supplier_code=line.supplier_code,
        currency=currency,
        ordinal=last.ordinal + 1 if last is not None else 1,
    )
