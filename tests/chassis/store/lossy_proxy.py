"""A TCP proxy before PostgreSQL that cuts the connection at a COMMIT, before or after the server heard it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Cut = Literal["before", "after"]
BUFFER_BYTES = 65_536


class LossyProxy:
    """Forwards to the server that the address names; armed, it cuts at the next COMMIT that is spelt out.

    Cutting after means: the server has answered (so it committed) and the answer is thrown away.
    """

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        user = parts.netloc.rpartition("@")[0]
        self.dsn = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{self._listener.getsockname()[1]}"))
        self._cut: Cut | None = None
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def arm(self, cut: Cut) -> None:
        self._cut = cut

    def close(self) -> None:
        for each in [self._listener, *self._sockets]:
            _shut(each)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                dropping = threading.Event()
                for target in (self._to_server, self._to_client):
                    thread = threading.Thread(target=target, args=(client, server, dropping))
                    self._threads.append(thread)
                    thread.start()

    def _to_server(self, client: socket.socket, server: socket.socket, dropping: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(BUFFER_BYTES):
                if self._cut is not None and b"COMMIT" in data:
                    cut, self._cut = self._cut, None
                    if cut == "before":
                        break
                    dropping.set()
                server.sendall(data)
        if not dropping.is_set():
            _shut(client)
            _shut(server)

    def _to_client(self, client: socket.socket, server: socket.socket, dropping: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(BUFFER_BYTES):
                if dropping.is_set():
                    break
                client.sendall(data)
        _shut(client)
        _shut(server)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
