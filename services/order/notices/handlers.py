"""Judging a notice. What it is refused for is recorded as well as what it is accepted for."""

from __future__ import annotations

from uuid import UUID

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from protocols.errors import StaleNotice, UndecipherableNotice, UnknownSigner
from services.order.domain.limits import limits_of
from services.order.domain.notice import UNKNOWN_ORDER, WRONG_AMOUNT, NoticeState, PaymentNotice
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.notices.commands import NoticeJudged, RefuseNotice, TakeNotice
from services.order.notices.intents import ConfirmPayment
from services.order.notices.payment import settle
from services.order.paying.following import follow

UNSURE_REASONS = frozenset({StaleNotice.code, UnknownSigner.code, UndecipherableNotice.code})
"""What may be wrong at our own side (a clock, a key that the settings lack): the notice is refused, and its provider asked."""


def _streams(command: TakeNotice) -> list[UUID]:
    return [_id(command), Order.create_id(command.shop_id, command.order_number)]


@handles(TakeNotice, loads=_streams)
def take_notice(command: TakeNotice, work: Work) -> Answer:
    """Judge a rightly signed notice: 200 where the provider need not say it again, 400 where it was refused."""
    notice = work.find(PaymentNotice, _id(command))
    if notice is None:
        notice = PaymentNotice(
            shop_id=command.shop_id,
            provider=command.provider,
            identity=command.identity,
            order_number=command.order_number,
            trade_number=command.trade_number,
            amount=command.amount,
            paid_at=command.paid_at,
        )
    if notice.is_open_to_judgement:
        _judge(command, notice, work)
    return _answer(notice)


def _judge(command: TakeNotice, notice: PaymentNotice, work: Work) -> None:
    order = work.find(Order, Order.create_id(command.shop_id, command.order_number))
    if not command.is_payment:
        notice.disregard()
        if order is not None and order.state is OrderState.PLACED:
            follow(order, command.provider, work)
        return
    if order is None:
        notice.refuse(UNKNOWN_ORDER, None)
    elif order.state is OrderState.IMPORTED:
        notice.accept()  # the shop beside us has its money, and delivers
    elif order.knows_payment(command.provider, command.trade_number):
        notice.accept()
    elif command.amount != order.amount and command.needs_confirmation:
        notice.refuse(WRONG_AMOUNT, order.id)  # what was really paid, if anything was, only the provider's answer proves
        follow(order, command.provider, work)
    elif command.needs_confirmation:
        notice.await_confirmation(limits_of(work.advice("limits"), command.shop_id))
        work.intend(confirmation_of(notice))
    else:
        settle(notice, order, work, trade_number=command.trade_number, amount=command.amount, paid_at=command.paid_at)


@handles(RefuseNotice)
def refuse_notice(command: RefuseNotice, work: Work) -> Answer:
    """Record a notice that is forged, not for us or malformed: always 400."""
    notice = work.find(PaymentNotice, _id(command))
    if notice is None:
        order = work.find(Order, Order.create_id(command.shop_id, command.order_number))
        notice = PaymentNotice(
            shop_id=command.shop_id,
            provider=command.provider,
            identity=command.identity,
            order_number=command.order_number,
            trade_number=command.trade_number,
            amount=None,
            paid_at=None,
        )
        notice.refuse(command.reason, None if order is None else order.id)
        if order is not None and command.reason in UNSURE_REASONS:
            follow(order, command.provider, work)
    return _answer(notice)


def confirmation_of(notice: PaymentNotice) -> ConfirmPayment:
    """The question that proves or disproves a notice."""
    return ConfirmPayment(
        key=f"confirm-payment/{notice.id}",
        target=f"{notice.provider}/{notice.shop_id}",
        shop_id=notice.shop_id,
        notice_id=notice.id,
        order_number=notice.order_number,
        provider=notice.provider,
    )


def _id(command: TakeNotice | RefuseNotice) -> UUID:
    return PaymentNotice.create_id(command.shop_id, command.provider, command.identity)


def _answer(notice: PaymentNotice) -> Answer:
    status = 400 if notice.state is NoticeState.REFUSED else 200
    return Answer(status, NoticeJudged(state=notice.state.value, reason=notice.reason))
