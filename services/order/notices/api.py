"""`GET|POST /notices/{provider}/{shop_id}`: where payment providers tell us of payments.

The answer is theirs, not ours: exactly what the provider takes for success once the notice is dealt with, a duplicate included, and
its failure where it was refused, the reason in the header `redress-reason`. A notice that cannot even be read is answered as a
problem, since no provider sends such a thing. While we cannot take it in the answer is 503, and the provider says it again.

Nobody authenticates here but by the notice's own signature. Refused ones are recorded, so they are limited for each address.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from chassis.desk import Desk
from chassis.errors import ContractError
from chassis.hot import hot
from chassis.unit import Answered
from services.order.channels.port import NoticeAnswer, RawNotice
from services.order.domain.notice import PASSING_REASONS, PaymentNotice
from services.order.notices.commands import NoticeJudged, RefuseNotice, TakeNotice
from services.order.notices.reading import Unfit, failure_answer, read_notice, success_answer
from services.order.settings import OrderSettings


class NoticeUnreadable(ContractError):
    code = "malformed-notice"
    title = "This is no payment notice: a field is missing or malformed"
    status = 400


def routes(desk: Desk) -> APIRouter:
    """The route of the providers."""
    router = APIRouter()
    settings: OrderSettings = desk.settings

    @router.get("/notices/{provider}/{shop_id}", response_class=Response)
    @hot
    async def notice_as_query(provider: str, shop_id: str, request: Request) -> Response:
        """A payment notice as a query, as epay gateways send it."""
        return await take(provider, shop_id, request, b"")

    @router.post("/notices/{provider}/{shop_id}", response_class=Response)
    @hot
    async def notice_as_body(provider: str, shop_id: str, request: Request) -> Response:
        """A payment notice as a form or as JSON, as most providers send it."""
        return await take(provider, shop_id, request, await request.body())

    async def take(provider: str, shop_id: str, request: Request, body: bytes) -> Response:
        shop = settings.shop(shop_id)
        raw = RawNotice(request.method, request.url.query.encode(), request.headers, body, desk.now())
        read = read_notice(provider, shop_id, shop, raw)
        if isinstance(read, Unfit):
            return await _refuse(desk, request, provider, shop_id, read)
        judged = await _hand_over(desk, request, read)
        if judged.status == 200:
            return _response(success_answer(provider, shop))
        return _failure(provider, msgspec.json.decode(judged.body, type=NoticeJudged).reason)

    return router


async def _refuse(desk: Desk, request: Request, provider: str, shop_id: str, unfit: Unfit) -> Response:
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
        await _hand_over(desk, request, command)
    if unfit.field is not None:
        raise NoticeUnreadable(field=unfit.field)
    return _failure(provider, unfit.reason)


async def _hand_over(desk: Desk, request: Request, command: TakeNotice | RefuseNotice) -> Answered:
    """Decide under the notice's identity and how far its judgement had got; where that is open, under no key.

    A stored "unknown order" must not answer for ever: the order may come after its notice. The notice's own stream makes every
    repeat harmless, also long after the inbox has forgotten it.
    """
    if isinstance(command, TakeNotice) and not command.needs_confirmation:
        # Nearly every notice is the first of its kind: it is decided without a look at what is known of it.
        answered = await _decide(desk, request, command, f"{command.identity}/0")
        if not answered.is_repeat or not _is_passing(answered):
            return answered
    notice_id = PaymentNotice.create_id(command.shop_id, command.provider, command.identity)
    known = await desk.get(PaymentNotice, notice_id)
    is_open = known is not None and known.is_open_to_judgement
    version = 0 if known is None else known.version
    return await _decide(desk, request, command, None if is_open else f"{command.identity}/{version}")


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


def _is_passing(answered: Answered) -> bool:
    """Whether the answer is a refusal that time may change."""
    return answered.status == 400 and msgspec.json.decode(answered.body, type=NoticeJudged).reason in PASSING_REASONS


def _failure(provider: str, reason: str | None) -> Response:
    reason = reason or "refused"
    response = _response(failure_answer(provider, reason))
    response.headers["redress-reason"] = reason
    return response


def _response(answer: NoticeAnswer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)
