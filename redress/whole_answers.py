"""HTTP/1.1 with an answer's head and body in one write.

uvicorn gives them to the transport one after the other, and uvloop makes a system call of each, which costs more than all that is done
to put the answer together. The head of an answer that tells its length is held until its body comes, in the same turn of the loop as a
rule; anything else (the head of a stream, `100 Continue`) is written at once.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol on a transport that holds heads; for `uvicorn.Config(http=…)`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, HeldHeads(transport))

    def on_response_complete(self) -> None:
        cast(HeldHeads, self.transport).flush()  # a head without a body, as HEAD is answered
        super().on_response_complete()


class HeldHeads:
    """A transport that writes a head together with what comes next, or at `flush` or `close`; all else is the transport's own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head + data)
        elif data.startswith(b"HTTP/1.1 ") and b"\r\ncontent-length: " in data:
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)

    def close(self) -> None:
        self.flush()
        self._transport.close()
