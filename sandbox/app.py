"""The sandbox over HTTP: each party under its own prefix, and `/control` beside them.

    /alipay/gateway.do                      Alipay's gateway
    /epay/…                                 the 易支付 gateway: /api.php, /mapi.php, /submit.php
    /gateway/<code>/…                       wechat, epay_v2, epusdt, tokenpay or unionpay, below which their own paths stand
    /supplier/<code>/…                      a supplier; its callers sign the path behind the code
    /control/…                              see `control`

Latencies are really waited for. A lost answer leaves the caller waiting until it hangs up (or `hold_seconds` have passed: then
504). A party that is down as a whole is unreachable at its own port (see `doors`); here it answers 503, as does one that is down
for a single order only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from protocols.http import AnswerLost, HttpReply
from sandbox.behaviour.reaction import Reaction
from sandbox.control import control_routes
from sandbox.wire import received, response
from sandbox.world import Sandbox

Clock = Callable[[], datetime]


def sandbox_app(sandbox: Sandbox, *, clock: Clock, closing: asyncio.Event, faults_changed: Callable[[], Awaitable[None]]) -> Starlette:
    """The application. `closing` ends every wait; `faults_changed` runs before a change of faults is answered."""

    async def react(request: Request, party: str, url_path: str) -> Response:
        arrived = await received(request, url_path)
        reaction = sandbox.parties[party].handle(arrived, clock())
        return await _performed(reaction, request, closing, sandbox.setup.hold_seconds)

    async def alipay(request: Request) -> Response:
        return await react(request, "alipay", "/gateway.do")

    async def epay(request: Request) -> Response:
        return await react(request, "epay", "/" + request.path_params["rest"])

    async def gateway(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in sandbox.gateways:
            return PlainTextResponse("no such gateway", 404)
        return await react(request, code, "/" + request.path_params["rest"])

    async def supplier(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in sandbox.suppliers:
            return PlainTextResponse("no such supplier", 404)
        return await react(request, code, "/" + request.path_params["rest"])

    routes: list[BaseRoute] = [
        Route("/alipay/gateway.do", alipay, methods=["GET", "POST"]),
        Route("/epay/{rest:path}", epay, methods=["GET", "POST"]),
        Route("/gateway/{code}/{rest:path}", gateway, methods=["GET", "POST"]),
        Route("/supplier/{code}/{rest:path}", supplier, methods=["GET", "POST", "PUT"]),
        Mount("/control", routes=control_routes(sandbox, clock, faults_changed)),
    ]
    return Starlette(routes=routes)


async def _performed(reaction: Reaction, request: Request, closing: asyncio.Event, hold_seconds: float) -> Response:
    if reaction.latency_seconds > 0:
        await _wait(request, closing, reaction.latency_seconds)
    if isinstance(reaction.result, HttpReply):
        return response(reaction.result)
    if isinstance(reaction.result, AnswerLost):
        await _wait(request, closing, hold_seconds)
        return PlainTextResponse("gateway timeout", 504)
    return PlainTextResponse("down", 503)


async def _wait(request: Request, closing: asyncio.Event, seconds: float) -> None:
    """Until the time is over, the caller hangs up or the sandbox closes."""

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    waits = [asyncio.create_task(hung_up()), asyncio.create_task(closing.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
