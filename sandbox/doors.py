"""A port of its own for each party, so that one that is down really refuses connections.

A refused connection is the only thing a caller can take for "certainly nothing happened", and one application cannot refuse for one
party only. So each party gets a door: a port that passes bytes to and from the sandbox's application while it is open, and at which
nobody listens while it is closed. Closing also cuts what is open, as a crash would.
"""

import asyncio
import contextlib
from collections.abc import Coroutine

CHUNK_BYTES = 65_536


class Door:
    """One port in front of the application at `target_port`."""

    def __init__(self, host: str, port: int, target_port: int) -> None:
        self.host = host
        self.port = port
        """0 until first opened, where any free port is wanted; unchanged afterwards."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        """Listen; nothing where it is open already. Raises OSError where the port is taken."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._let_in, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse from now on and cut what is under way; nothing where it is closed already."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        passing = list(self._passing)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_connection(self.host, self._target_port)
            try:
                await _until_either_ends(_pass(reader, inner_writer), _pass(inner_reader, writer))
            finally:
                inner_writer.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass  # cut: the caller sees a connection reset
        finally:
            self._passing.discard(task)
            if self.is_open:
                writer.close()
            else:
                writer.transport.abort()


async def _until_either_ends(*passes: Coroutine[object, object, None]) -> None:
    tasks = [asyncio.create_task(one) for one in passes]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
