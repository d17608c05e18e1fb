"""What left and what did not: the difference that decides whether a supplier is asked or ordered from again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chassis.embedded.ports import pick_port
from protocols.http import AnswerLost, HttpRequest, NotSent
from redress.outbound import LARGEST_REPLY_BYTES, Outbound, PrivateTarget

ASKED = HttpRequest("POST", "/orders", query=(("a", "1 2"), ("a", "ü")), headers=(("X-Key", "k"),), body=b"body")

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def test_an_answer_comes_home_whole_whatever_its_status() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"body"))
        writer.write(b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\nX-Two: a\r\nX-Two: b\r\n\r\noops")

    async with _server(serve) as url, _outbound() as outbound:
        reply = await outbound.call(url + "/base/", ASKED)
    assert (reply.status, reply.body) == (502, b"oops")
    assert [value for name, value in reply.headers if name.lower() == "x-two"] == ["a", "b"]
    assert seen[0].startswith(b"POST /base/orders?a=1+2&a=%C3%BC HTTP/1.1\r\n")
    assert b"x-key: k" in seen[0].lower()


async def test_a_refused_connection_was_never_sent() -> None:
    async with _outbound() as outbound:
        with pytest.raises(NotSent):
            await outbound.call(f"http://127.0.0.1:{pick_port()}", ASKED)


async def test_an_unknown_host_and_a_strange_address_were_never_sent() -> None:
    async with _outbound() as outbound:
        for url in ("http://no-such-host.invalid", "gopher://127.0.0.1"):
            with pytest.raises(NotSent):
                await outbound.call(url, ASKED)


async def test_silence_hanging_up_and_a_cut_answer_are_lost_answers() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        await asyncio.sleep(5)

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    async def strange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_REPLY_BYTES + 1))

    for serve in (silent, hangs_up, cut, strange, endless):
        async with _server(serve) as url, _outbound(answer_seconds=0.5) as outbound:
            with pytest.raises(AnswerLost):
                await outbound.call(url, ASKED)


async def test_no_connection_is_used_twice() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"body"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")

    async with _server(serve) as url, _outbound() as outbound:
        await outbound.call(url, ASKED)
        await outbound.call(url, ASKED)
    assert connections == 2


@asynccontextmanager
async def _outbound(answer_seconds: float = 5.0) -> AsyncIterator[Outbound]:
    outbound = Outbound(answer_seconds=answer_seconds)
    yield outbound
    await outbound.close()


@asynccontextmanager
async def _server(serve: Serve) -> AsyncIterator[str]:
    handling: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        try:
            await serve(reader, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for task in handling:
        task.cancel()
    await asyncio.gather(*handling, return_exceptions=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254"])
async def test_what_a_shop_has_named_is_called_on_the_public_internet_only(host: str) -> None:
    was_called = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        was_called.set()
        writer.close()

    async with _server(serve) as url, _outbound() as outbound:
        port = url.rpartition(":")[2]
        with pytest.raises(PrivateTarget):
            await outbound.call_public(f"http://{host}:{port}", ASKED)
    assert not was_called.is_set()


async def test_a_name_that_leads_elsewhere_by_now_is_refused_and_the_address_looked_at_is_the_one_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bytes] = []
    leads_to: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"body"))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")

    async def looked_up(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (address, port)) for address in leads_to]

    async with _server(serve) as url, _outbound() as outbound:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
        named = f"http://shop.example:{url.rpartition(':')[2]}"
        for leads_to[:] in ([], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"]):
            with pytest.raises(NotSent):
                await outbound.call_public(named, ASKED)
        assert seen == []
        monkeypatch.setattr("redress.outbound.check_addresses", lambda _: None)
        leads_to[:] = ["127.0.0.1"]
        reply = await outbound.call_public(named, ASKED)
    assert reply.status == 302, "a redirect is an answer, and not followed"
    assert b"host: shop.example:" in seen[0].lower()
