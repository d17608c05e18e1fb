"""One HTTP exchange as plain values, and the two ways in which it can come to nothing.

A request names only method, path, query, headers and body; which host it goes to (and any path prefix of that
host) is the transport's setting. Names and values of `query` are decoded text, in sending order, repeats
kept. Header names compare without case. Queries, headers and bodies can hold keys and card secrets, so no
`repr` shows them.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

Pairs = tuple[tuple[str, str], ...]

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
JSON_CONTENT_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class HttpRequest:
    """A request to be sent, or one that arrived."""

    method: str
    url_path: str
    query: Pairs = field(default=(), repr=False)
    headers: Pairs = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def target(self) -> str:
        """Path and encoded query, as they stand on the request line."""
        return f"{self.url_path}?{urlencode(self.query)}" if self.query else self.url_path

    def header(self, name: str) -> str | None:
        """The first header of that name, compared without case; None where there is none."""
        return _first(self.headers, name)


@dataclass(frozen=True)
class HttpReply:
    """An answer that arrived whole."""

    status: int
    headers: Pairs = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, compared without case; None where there is none."""
        return _first(self.headers, name)


class TransportFault(Exception):
    """There is no answer. The subclass says whether the other side may have acted."""

    code = "transport_fault"


class NotSent(TransportFault):
    """The request never left: refused connection, unknown host. Certainly nothing happened over there."""

    code = "not_sent"


class AnswerLost(TransportFault):
    """The request may have arrived (time-out, reset, cut answer). Unknown: ask before anything is tried again."""

    code = "answer_lost"


def _first(headers: Pairs, name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
