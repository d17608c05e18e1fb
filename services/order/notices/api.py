"""`GET|POST /notices/{provider}/{shop_id}`: where payment providers tell us of payments.

The answer is theirs, not ours: exactly what the provider takes for success once the notice is dealt with, a duplicate included, and
its failure where it was refused, the reason in the header `redress-reason`. A notice that cannot even be read is answered as a
problem, since no provider sends such a thing. While we cannot take it in the answer is 503, and the provider says it again. Where we
stand in front of a shop, a genuine notice goes on to the shop, and the shop's answer to the provider (`callbacks/in_front.py`).

Nobody authenticates here but by the notice's own signature. Refused ones are recorded, so they are limited for each address.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chassis.desk import Desk
from chassis.errors import ContractError
from chassis.hot import hot
from services.order.callbacks.in_front import answer_of_shop, keep_for_shop
from services.order.callbacks.settings import CallbackMode
from services.order.channels.port import NoticeAnswer, RawNotice
from services.order.domain.notice import NoticeState
from services.order.notices.judging import judge, note_refusal
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
            await note_refusal(desk, request, provider, shop_id, read)
            if read.field is not None:
                raise NoticeUnreadable(field=read.field)
            return _failure(provider, read.reason)
        callback = shop.callback(provider)
        kept = await keep_for_shop(desk, callback, read, raw) if callback.mode is CallbackMode.IN_FRONT else None
        judged = await judge(desk, request, read)
        if kept is not None:
            return _response(await answer_of_shop(desk, callback, kept) or success_answer(provider, shop))
        return _failure(provider, judged.reason) if judged.state == NoticeState.REFUSED else _response(success_answer(provider, shop))

    return router


def _failure(provider: str, reason: str | None) -> Response:
    reason = reason or "refused"
    response = _response(failure_answer(provider, reason))
    response.headers["redress-reason"] = reason
    return response


def _response(answer: NoticeAnswer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)
