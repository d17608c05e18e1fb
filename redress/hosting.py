"""Serving HTTP inside a process that has more to do than that.

The server leaves signals to its host and tells when it listens. The port is taken before anything else is started, so that a taken one
is an error in words and not a half-started system.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from redress.errors import UserError
from redress.whole_answers import WholeAnswers

GRACE_SECONDS = 5
TICK_SECONDS = 1.0


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises UserError where that is not possible."""
    try:
        return socket.create_server((host, port), backlog=2_048)
    except PermissionError:
        raise UserError(f"Port {port} may only be used by the administrator: choose one above 1023 with --port.") from None
    except OSError as failure:
        reason = "is taken by another program" if failure.errno == 98 else f"cannot be used ({failure.strerror})"
        raise UserError(f"Port {port} of {host} {reason}. Stop that program, or choose another port with --port.") from failure


class HostedServer(uvicorn.Server):
    """A uvicorn server on a socket of its host's; `start`, then `stop`."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=WholeAnswers,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._listener = listener
        self._listening = asyncio.Event()
        self._stopping = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when requests are answered."""
        self._serving = asyncio.create_task(self.serve(sockets=[self._listener]))
        await self._listening.wait()

    async def stop(self) -> None:
        """Take no more requests, finish those under way."""
        self.should_exit = True
        self._stopping.set()
        if self._serving is not None:
            await self._serving
        self._listener.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    async def main_loop(self) -> None:
        """Until `stop`; looks once a second for the date of the answers' headers. The library's own loop looks ten times as often."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def joined(apps: Mapping[str, ASGIApp], outsiders: Mapping[str, str], otherwise: ASGIApp) -> ASGIApp:
    """One application out of many: `/<name>/…` goes to the application of that name, which sees the path without it.

    So a service behaves the same, to the last stored route, whether it has a process of its own or shares one. `outsiders` names
    first parts of a path that go to a service as they are: what providers and suppliers call is signed with its whole path.
    """

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            first = scope["path"].lstrip("/").partition("/")[0]
            if first in outsiders:
                await apps[outsiders[first]](scope, receive, send)
                return
            if first in apps:
                await apps[first](_without(f"/{first}", scope), receive, send)
                return
        await otherwise(scope, receive, send)

    return dispatch


def _without(prefix: str, scope: Scope) -> Scope:
    path = scope["path"].removeprefix(prefix) or "/"
    raw_path = scope.get("raw_path", b"").removeprefix(prefix.encode()) or b"/"
    return {**scope, "path": path, "raw_path": raw_path}
