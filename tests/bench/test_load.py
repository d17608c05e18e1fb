"""The load: every chain is sent in order, and each answer is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.load import send
from bench.shop import post


@asynccontextmanager
async def server(heard: list[str], status: str = "200 OK") -> AsyncIterator[str]:
    """Answers every request in two pieces; `heard` gets its body."""

    answering: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        while head := await reader.readline():
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                if line.startswith(b"content-length"):
                    length = int(line.partition(b":")[2])
            heard.append((await reader.readexactly(length)).decode())
            assert head.startswith(b"POST")
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n".encode())
            await writer.drain()
            writer.write(b"ok")
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        yield f"http://{host}:{port}"
        await asyncio.gather(*(task for task in answering if task is not None))


def request(body: str) -> bytes:
    return post("/", body.encode(), "text/plain")


@pytest.mark.parametrize("per_second", [None, 2_000.0])
async def test_every_chain_is_sent_in_its_order(per_second: float | None) -> None:
    heard: list[str] = []
    async with server(heard) as address:
        chains = [[request(f"{chain}-{place}") for place in range(3)] for chain in range(20)]
        sent = await send(address, chains, connections=4, per_second=per_second)
    assert sorted(heard) == sorted(f"{chain}-{place}" for chain in range(20) for place in range(3))
    for chain in range(20):
        assert [each for each in heard if each.startswith(f"{chain}-")] == [f"{chain}-{place}" for place in range(3)]
    assert sent.statuses == {200: 60}
    assert len(sent.due_at) == 20
    assert sent.answered_at >= max(sent.due_at)


async def test_an_answer_that_was_not_expected_fails_the_measurement() -> None:
    async with server([], "503 Service Unavailable") as address:
        sent = await send(address, [[request("a")]])
    with pytest.raises(AssertionError, match="503"):
        sent.expect(200)
