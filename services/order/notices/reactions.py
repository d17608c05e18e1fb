"""What the provider answered about a notice that needs its confirmation."""

from __future__ import annotations

import msgspec

from chassis.activity import Confirmed, Outcome, Unknown
from chassis.service import on_outcome
from chassis.work import Work
from services.order.domain.notice import NOT_PAID, TRADE_NOT_CONFIRMED, NoticeState, PaymentNotice
from services.order.domain.order import Order
from services.order.notices.handlers import confirmation_of
from services.order.notices.intents import ConfirmPayment, PaymentProven
from services.order.notices.payment import settle
from services.order.paying.following import follow
from services.order.questions import is_unheard


@on_outcome(ConfirmPayment)
def on_payment_asked(outcome: Outcome, intent: ConfirmPayment, work: Work) -> None:
    """Paid: the order is paid. Not paid, and still not when asked again: the notice is refused. Unknown is asked about by itself."""
    notice = work.get(PaymentNotice, intent.notice_id)
    if notice.state is not NoticeState.AWAITING or isinstance(outcome, Unknown):
        return
    order = work.get(Order, Order.create_id(intent.shop_id, intent.order_number))
    if isinstance(outcome, Confirmed):
        _proven(notice, order, msgspec.json.decode(outcome.reply, type=PaymentProven), work)
    elif is_unheard(outcome) or notice.is_worth_another_check():
        assert notice.limits is not None
        work.intend(confirmation_of(notice), not_before=work.now + notice.limits.confirmation_pause)
    else:
        notice.refuse(NOT_PAID, order.id)
        follow(order, notice.provider, work)  # the gateway may only lag behind its own notice


def _proven(notice: PaymentNotice, order: Order, proof: PaymentProven, work: Work) -> None:
    """The provider's trade number is the true one. A notice that names another, for an order paid by now, stays unproven."""
    is_of_another_trade = proof.trade_number != notice.trade_number
    if is_of_another_trade and order.knows_payment(notice.provider, proof.trade_number):
        notice.refuse(TRADE_NOT_CONFIRMED, order.id)
    else:
        settle(notice, order, work, trade_number=proof.trade_number, amount=proof.amount, paid_at=None)
