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
        refuse_amount(notice, order, trade_number=trade_number, amount=amount)
    else:
        begin_fulfilment(order, work, provider=notice.provider, trade_number=trade_number, paid_at=paid_at or work.now)
        notice.accept()


def refuse_amount(notice: PaymentNotice, order: Order, *, trade_number: str, amount: Money) -> None:
    """A genuine payment of another amount than the order's: refused, and its amount is told once, so that a refund can follow."""
    if order.note_other_amount(notice.provider, trade_number):
        notice.prove_amount(trade_number=trade_number, amount=amount)
    notice.refuse(WRONG_AMOUNT, order.id)


def refuse_answered_amount(order: Order, work: Work, *, provider: str, trade_number: str, amount: Money) -> None:
    """The same where the provider has told it when it was asked: its answer is taken as a notice. Nothing where it is known."""
    if (provider, trade_number) in order.other_amounts:
        return
    identity = f"answer/{order.order_number}/{trade_number}/{amount.amount_minor}"
    notice = work.find(PaymentNotice, PaymentNotice.create_id(order.shop_id, provider, identity))
    if notice is None:
        notice = PaymentNotice(
            shop_id=order.shop_id,
            provider=provider,
            identity=identity,
            order_number=order.order_number,
            trade_number=trade_number,
            amount=amount,
            paid_at=None,
        )
        refuse_amount(notice, order, trade_number=trade_number, amount=amount)
