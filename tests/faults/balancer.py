"""The way in from outside: one address in front of a service's processes, as an installation has it.

Looks at each process's health a few times a second; a new connection goes to one that answered the last time, or else to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from urllib.parse import urlsplit

import httpx2

from chassis.embedded.ports import LOOPBACK

LOOK_SECONDS = 0.3
PATIENCE_SECONDS = 1.0
CHUNK_BYTES = 65_536


class Balancer:
    """Passes bytes on to one of several addresses; `async with`, then `url`."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = list(urls)
        self._looking: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Balancer:
        self._server = await asyncio.start_server(self._pass_on, LOOPBACK, 0)
        return self

    def look_at_health(self) -> None:
        """Begin to look; before that the first address gets everything."""
        self._looking = asyncio.create_task(self._look())

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        self._server.close()
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        for writer in list(self._open):
            writer.transport.abort()

    async def _look(self) -> None:
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            while True:
                try:
                    is_healthy = (await client.get(f"{self._urls[0]}/health/live")).status_code == 200
                except httpx2.HTTPError:
                    is_healthy = False
                if not is_healthy:
                    self._urls.append(self._urls.pop(0))
                await asyncio.sleep(LOOK_SECONDS)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for url in list(self._urls):
            parts = urlsplit(url)
            try:
                there_reader, there = await asyncio.open_connection(parts.hostname, parts.port)
            except OSError:
                continue
            await asyncio.gather(self._copy(reader, there), self._copy(there_reader, writer))
            return
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while data := await reader.read(CHUNK_BYTES):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()
