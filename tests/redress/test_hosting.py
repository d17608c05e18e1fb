"""One port for many applications, a port that is taken, and answers in whole."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from redress.errors import UserError
from redress.hosting import HostedServer, joined, listen
from redress.whole_answers import HeldHeads


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


async def _answered(request: bytes) -> bytes:
    """All that a server says to these bytes on one connection, until it closes that."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/stream":
            await StreamingResponse(iter([b"one", b"two"]))(scope, receive, send)
        elif path == "/broken":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        else:
            body = await Request(scope, receive).body()
            await Response(body, 204 if path == "/empty" else 200)(scope, receive, send)

    listener = listen("127.0.0.1", 0)
    server = HostedServer(app, listener)
    await server.start()
    try:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(request)
        async with asyncio.timeout(10.0):
            said = await reader.read()
        writer.close()
    finally:
        await server.stop()
    return said


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("GET / HTTP/1.1", b"\r\n\r\n"),
        ("POST / HTTP/1.1\r\nContent-Length: 4", b"\r\n\r\nbody"),
        ("POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue", b"\r\n\r\nbody"),
        ("HEAD / HTTP/1.1", b"\r\n\r\n"),
        ("GET /empty HTTP/1.1", b"\r\n\r\n"),
        ("GET /stream HTTP/1.1", b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"),
        ("GET /broken HTTP/1.1", b"\r\n\r\n"),
        ("nonsense", b"Invalid HTTP request received."),
    ],
)
async def test_an_answer_is_whole_in_whatever_parts_it_is_written(line: str, ends: bytes) -> None:
    body = b"body" if "Content-Length" in line else b""
    said = await _answered(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode() + body)
    assert said.startswith(b"HTTP/1.1 ")
    assert said.endswith(ends)
    assert said.count(b"HTTP/1.1 ") == (2 if "Expect" in line else 1)


async def test_answers_keep_their_order_on_a_connection() -> None:
    each = [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" for _ in range(3)]
    said = await _answered(each[0] + b"\r\na" + each[1] + b"\r\nb" + each[2] + b"Connection: close\r\n\r\nc")
    assert [part[-1:] for part in said.split(b"HTTP/1.1 200 OK")[1:]] == [b"a", b"b", b"c"]


async def test_a_head_goes_out_in_one_write_with_its_body() -> None:
    written: list[bytes] = []

    class Transport:
        def write(self, data: bytes) -> None:
            written.append(data)

    transport = HeldHeads(cast(asyncio.Transport, Transport()))
    transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
    assert written == []
    transport.write(b"body")
    transport.flush()
    assert written == [b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"]


def test_a_taken_port_is_told_in_words() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as told:
            listen("127.0.0.1", port)
    assert f"Port {port} of 127.0.0.1 is taken by another program" in str(told.value)
