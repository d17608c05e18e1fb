"""One port for many applications, and a port that is taken."""

from __future__ import annotations

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from redress.errors import UserError
from redress.hosting import HostedServer, joined, listen


def _telling(name: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        await PlainTextResponse(f"{name} {request.url.path} {scope['raw_path'].decode()}")(scope, receive, send)

    return app


JOINED = joined({"order": _telling("order"), "stock": _telling("stock")}, {"notices": "order"}, _telling("rest"))


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/order/orders/7", "order /orders/7 /orders/7"),
        ("/order", "order / /"),
        ("/stock/a%2Fb", "stock /a/b /a%2Fb"),
        ("/notices/alipay/shop", "order /notices/alipay/shop /notices/alipay/shop"),
        ("/", "rest / /"),
        ("/orders", "rest /orders /orders"),
    ],
)
async def test_the_first_part_of_a_path_names_the_service_which_does_not_see_it(path: str, told: str) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(JOINED), base_url="http://test") as client:
        assert (await client.get(path)).text == told


async def test_a_hosted_server_answers_once_it_has_started_and_not_after_its_stop() -> None:
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = HostedServer(JOINED, listener)
    await server.start()
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{url}/order/x")).status_code == 200
        await server.stop()
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"{url}/order/x")


def test_a_taken_port_is_told_in_words() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as told:
            listen("127.0.0.1", port)
    assert f"Port {port} of 127.0.0.1 is taken by another program" in str(told.value)
