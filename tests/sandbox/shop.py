"""A shop's notify endpoint on a real port, which records what arrives and answers as it is told."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocols.http import HttpReply, HttpRequest
from sandbox.server import EmbeddedServer
from sandbox.wire import received, response

DEADLINE_SECONDS = 5.0


class Shop:
    """What arrived so far, and what is answered next."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.reply = HttpReply(200, body=b"success")
        self.delay_seconds = 0.0
        self.url = ""
        self.server: EmbeddedServer | None = None

    async def receive(self, request: Request) -> Response:
        self.requests.append(await received(request, request.url.path))
        await asyncio.sleep(self.delay_seconds)
        return response(self.reply)

    def leave(self) -> None:
        """Begin to close; the block's end waits for it."""
        assert self.server is not None
        self.server.should_exit = True


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """A shop that listens until the block ends."""
    shop = Shop()
    app = Starlette(routes=[Route("/{path:path}", shop.receive, methods=["GET", "POST"])])
    listener = socket.create_server(("127.0.0.1", 0))
    shop.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = shop.server = EmbeddedServer(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        yield shop
    finally:
        shop.leave()
        await serving


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for the condition; raises TimeoutError after DEADLINE_SECONDS."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - the condition has no event to wait for
            await asyncio.sleep(0.01)
