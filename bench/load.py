"""The load: whole requests, made before, over kept connections, so that asking costs little beside answering.

A *chain* is what one caller sends, one request after the other's answer. `send` sends chains as fast as they are answered, or starts
them at a steady rate whatever the answers do; then a chain counts from when it was due, also where it had to wait for a connection.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

CONNECTIONS = 128

Chain = Sequence[bytes]


@dataclass(slots=True)
class Sent:
    """What became of the chains; times are of the monotonic clock."""

    began: float
    statuses: Counter[int] = field(default_factory=Counter)
    due_at: list[float] = field(default_factory=list)
    """When each chain began, or should have."""
    answered_at: float = 0.0
    """When the last answer came."""
    processor_seconds: float = 0.0
    """What sending cost this process."""

    def expect(self, *statuses: int) -> None:
        """Fail unless every answer was one of these."""
        others = {status: count for status, count in self.statuses.items() if status not in statuses}
        assert not others, f"answers that were not expected: {others}"


async def send(address: str, chains: Sequence[Chain], *, connections: int = CONNECTIONS, per_second: float | None = None) -> Sent:
    """Send all chains, in their order, and wait for the last answer."""
    loop = asyncio.get_running_loop()
    place = urlsplit(address)
    assert place.hostname is not None
    assert place.port is not None
    sending = _Sending(chains, is_paced=per_second is not None)
    lines: list[_Line] = []
    try:
        for _ in range(min(connections, len(chains))):
            _, line = await loop.create_connection(lambda: _Line(sending), place.hostname, place.port)
            lines.append(line)
        processor_seconds = time.process_time()
        sending.begin(lines)
        if per_second is not None:
            await _pace(sending, len(chains), per_second)
        await sending.done
        sending.sent.processor_seconds = time.process_time() - processor_seconds
    finally:
        for line in lines:
            line.close()
    return sending.sent


async def _pace(sending: _Sending, count: int, per_second: float) -> None:
    for number in range(count):
        due = sending.sent.began + number / per_second
        pause = due - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        sending.start(due)


class _Sending:
    """Which chain is next, and which line is free."""

    def __init__(self, chains: Sequence[Chain], *, is_paced: bool) -> None:
        self._waiting = deque(chains)
        self._unanswered = len(chains)
        self._is_paced = is_paced
        self._due = 0
        """Paced: chains that should have begun and wait for a line."""
        self._free: deque[_Line] = deque()
        self.sent = Sent(0.0)
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, lines: Sequence[_Line]) -> None:
        self.sent.began = time.monotonic()
        for line in lines:
            self.free(line)

    def start(self, due: float) -> None:
        """One more chain is due (paced)."""
        self.sent.due_at.append(due)
        self._due += 1
        if self._free:
            self._next(self._free.popleft())

    def free(self, line: _Line) -> None:
        """A line has nothing to do."""
        if not self._is_paced and self._waiting:
            self.sent.due_at.append(time.monotonic())
            line.work_on(self._waiting.popleft())
        elif self._due:
            self._next(line)
        else:
            self._free.append(line)

    def _next(self, line: _Line) -> None:
        self._due -= 1
        line.work_on(self._waiting.popleft())

    def ended(self, line: _Line) -> None:
        self._unanswered -= 1
        if self._unanswered:
            self.free(line)
        elif not self.done.done():
            self.sent.answered_at = time.monotonic()
            self.done.set_result(None)

    def failed(self, reason: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(reason)


class _Line(asyncio.Protocol):
    """One connection. Reads no more of an answer than its status and length."""

    def __init__(self, sending: _Sending) -> None:
        self._sending = sending
        self._transport: asyncio.Transport | None = None
        self._chain: deque[bytes] = deque()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class

    def connection_lost(self, exc: Exception | None) -> None:
        self._sending.failed(exc or ConnectionError("the server closed a connection"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def work_on(self, chain: Chain) -> None:
        self._chain.extend(chain)
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        self._transport.write(self._chain.popleft())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_length = self._buffer.find(b"\r\n\r\n")
        if head_length < 0:
            return
        head = self._buffer[:head_length].lower()
        _, _, behind = head.partition(b"content-length: ")
        if len(self._buffer) < head_length + 4 + int(behind.partition(b"\r\n")[0]):
            return
        self._buffer = b""
        self._sending.sent.statuses[int(head[9:12])] += 1
        if self._chain:
            self._send()
        else:
            self._sending.ended(self)
