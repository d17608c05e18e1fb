"""Handing a notice over for judgement, whoever brought it: its provider, or the shop that has it from there."""

from __future__ import annotations

import msgspec
from fastapi import Request

from chassis.desk import Desk
from chassis.unit import Answered
from services.order.domain.notice import PASSING_REASONS, PaymentNotice
from services.order.notices.commands import NoticeJudged, RefuseNotice, TakeNotice
from services.order.notices.reading import Unfit
from services.order.settings import OrderSettings


async def judge(desk: Desk, request: Request, command: TakeNotice | RefuseNotice) -> NoticeJudged:
    """Decide under the notice's identity and how far its judgement had got; where that is open, under no key.

    A stored "unknown order" must not answer for ever: the order may come after its notice. The notice's own stream makes every
    repeat harmless, also long after the inbox has forgotten it.
    """
    if isinstance(command, TakeNotice) and not command.needs_confirmation:
        # Nearly every notice is the first of its kind: it is decided without a look at what is known of it.
        answered = await _decide(desk, request, command, f"{command.identity}/0")
        judged = _judged(answered)
        if not answered.is_repeat or judged.reason not in PASSING_REASONS:
            return judged
    notice_id = PaymentNotice.create_id(command.shop_id, command.provider, command.identity)
    known = await desk.get(PaymentNotice, notice_id)
    is_open = known is not None and known.is_open_to_judgement
    version = 0 if known is None else known.version
    return _judged(await _decide(desk, request, command, None if is_open else f"{command.identity}/{version}"))


async def note_refusal(desk: Desk, request: Request, provider: str, shop_id: str, unfit: Unfit) -> None:
    """Record a notice that is refused unheard, so many for each address; raises TooManyRequests."""
    settings: OrderSettings = desk.settings
    sender = request.client.host if request.client else ""
    await desk.rate_limiter.take(settings.throttle.refused_notices_by_ip.named("refused-notices"), sender)
    if unfit.order_number is not None:
        command = RefuseNotice(
            shop_id=shop_id,
            provider=provider,
            identity=unfit.identity,
            order_number=unfit.order_number,
            trade_number=unfit.trade_number,
            reason=unfit.reason,
        )
        await judge(desk, request, command)


async def _decide(desk: Desk, request: Request, command: TakeNotice | RefuseNotice, key: str | None) -> Answered:
    answered = await desk.do(
        command,
        principal=f"provider/{command.provider}",
        route=f"/notices/{command.provider}/{command.shop_id}",
        key=key,
        request_body=command.identity.encode(),
        correlation_id=getattr(request.state, "correlation_id", None),
    )
    assert answered.status in (200, 400), f"a notice was answered with {answered.status}"
    return answered


def _judged(answered: Answered) -> NoticeJudged:
    return msgspec.json.decode(answered.body, type=NoticeJudged)
