"""A measured HTTP server: what its process is told, and what it tells.

The process gets its job as JSON in its first argument, prints `serves PORT` once it answers, goes on until its standard input ends, prints
`used SECONDS` of its own processor time since the line that told it to begin, and exits. Every server runs on uvicorn with uvloop.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
import uvloop
from starlette.types import ASGIApp

from chassis.embedded.ports import LOOPBACK
from redress.hosting import HostedServer, listen

PATH = "/deliveries"
TOKEN = "token-of-the-north-shop-0123456789abcdef"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Where the servers are."""

    dsn: str
    bootstrap: str


class OpenDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of the measured request, and the command made of it."""

    order_number: str
    product_code: str
    quantity: int
    amount_minor: int
    currency: str


def request_of(number: int) -> bytes:
    """The whole request that opens the delivery of this number; it has an idempotency key of its own."""
    order_number = f"R2026-{number:08d}"
    said = OpenDelivery(order_number=order_number, product_code="steam-50", quantity=1, amount_minor=4_990, currency="CNY")
    body = msgspec.json.encode(said)
    lines = (
        f"POST {PATH} HTTP/1.1", "host: bench", "content-type: application/json", f"content-length: {len(body)}",
        f"authorization: Bearer {TOKEN}", f"idempotency-key: key-of-{order_number}",
    )  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


class PlainServer(HostedServer):
    """uvicorn as it comes."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(app, listener)
        self.config.http = "auto"


def run(running: Callable[[Job], AbstractAsyncContextManager[ASGIApp]], server: type[HostedServer] = HostedServer) -> None:
    """Serve what `running(job)` gives until standard input ends."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(running(job), server))


async def _serve(running: AbstractAsyncContextManager[ASGIApp], server: type[HostedServer]) -> None:
    async with running as app:
        listener = listen(LOOPBACK, 0)
        async with _served(server(app, listener)):
            print(f"serves {listener.getsockname()[1]}", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            before = time.process_time()
            await asyncio.to_thread(sys.stdin.read)
            print(f"used {time.process_time() - before}", flush=True)


@asynccontextmanager
async def _served(server: HostedServer) -> AsyncIterator[None]:
    await server.start()
    try:
        yield
    finally:
        await server.stop()
