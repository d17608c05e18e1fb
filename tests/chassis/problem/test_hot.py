"""Hot endpoints: past FastAPI, with the same edge around them and the same answers to errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
from fastapi import APIRouter, Request, Response

from chassis.errors import NotFound
from chassis.hot import Endpoint, HotApp, hot
from chassis.problem import Edge, install
from chassis.tracing import current_traceparent

LIMIT = 100
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def app_of(*, is_hot: bool = True) -> HotApp:
    """An application with an echo of what an endpoint sees, a refusal, a bug, and a path with a parameter."""
    router = APIRouter()

    def mark(endpoint: Endpoint) -> Endpoint:
        return hot(endpoint) if is_hot else endpoint

    @router.post("/echo")
    @mark
    async def echo(request: Request) -> Response:
        said = (
            f"{request.state.correlation_id}|{current_traceparent()}|{len(await request.body())}|{'fastapi_inner_astack' in request.scope}"
        )
        return Response(said)

    @router.get("/orders/{order_number}")
    @mark
    async def order(request: Request, order_number: str) -> Response:
        raise NotFound(order_number=order_number)

    @router.get("/bug")
    @mark
    async def bug(request: Request) -> Response:
        raise LookupError("nobody foresaw this")

    limits = {"/large": LIMIT * 10}
    app = HotApp(Edge(LIMIT, limits))
    install(app, max_body_bytes=LIMIT, larger_bodies=limits)
    app.router.routes.extend(router.routes)
    app.serve_hot(router.routes)
    return app


async def ask(app: Any, method: str, path: str, **options: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop") as client:
        return await client.request(method, path, **options)


async def test_a_hot_endpoint_is_served_without_fastapi_and_sees_the_callers_ids() -> None:
    reply = await ask(app_of(), "POST", "/echo", content=b"12345", headers={"x-correlation-id": "corr-1234", "traceparent": TRACEPARENT})

    assert reply.text == f"corr-1234|{TRACEPARENT}|5|False"
    assert reply.headers["x-correlation-id"] == "corr-1234"


async def test_an_endpoint_that_is_not_marked_goes_the_long_way() -> None:
    reply = await ask(app_of(is_hot=False), "POST", "/echo", content=b"12345")

    assert reply.text.endswith("|5|True")


async def test_below_a_mounting_path_a_hot_endpoint_goes_the_long_way() -> None:
    app = app_of()

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "root_path": "/shop", "path": "/shop" + scope["path"]}, receive, send)

    assert (await ask(mounted, "POST", "/echo", content=b"")).text.endswith("|0|True")


async def test_a_hot_endpoint_answers_as_the_long_way_does() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * LIMIT

    requests: list[tuple[str, str, Any]] = [
        ("GET", "/orders/R2026-1", None),
        ("GET", "/bug", None),
        ("POST", "/echo", b"x" * (LIMIT + 1)),
        ("POST", "/echo", chunks),
        ("GET", "/echo", None),
        ("GET", "/unknown", None),
    ]
    for method, path, content in requests:
        replies = [
            await ask(
                app_of(is_hot=is_hot),
                method,
                path,
                content=content() if callable(content) else content,
                headers={"x-correlation-id": "corr-1234"},
            )
            for is_hot in (True, False)
        ]
        assert replies[0].status_code == replies[1].status_code >= 400, path
        assert replies[0].content == replies[1].content, path
        assert dict(replies[0].headers) == dict(replies[1].headers), path
