"""What a proven payment does to its order: the order is paid first, in this very commit; delivery follows from there."""

from __future__ import annotations

from datetime import datetime

from chassis.work import Work
from contracts.values import Money
from services.order.domain.notice import WRONG_AMOUNT, PaymentNotice
from services.order.domain.order import Order
from services.order.fulfilment.start import begin_fulfilment


def settle(notice: PaymentNotice, order: Order, work: Work, *, trade_number: str, amount: Money, paid_at: datetime | None) -> None:
    """Take a payment that is proven to have happened; one of another amount is refused and recorded."""
    if order.knows_payment(notice.provider, trade_number):
        notice.accept()
    elif amount != order.amount:
        notice.refuse(WRONG_AMOUNT, order.id)
    else:
        begin_fulfilment(order, work, provider=notice.provider, trade_number=trade_number, paid_at=paid_at or work.now)
        notice.accept()
