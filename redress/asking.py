"""Asking a running service over HTTP, for commands: its refusals become sentences."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec

from redress.errors import UserError

REQUEST_SECONDS = 30.0


class Refused(UserError):
    """A service says no; `status` is the answer's."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(in_words(status, body))
        self.status = status


class Caller:
    """One service at one address, as one principal. Its methods raise Refused."""

    def __init__(self, base_url: str, authorization: str) -> None:
        self._client = httpx2.Client(base_url=base_url, headers={"authorization": authorization}, timeout=REQUEST_SECONDS, trust_env=False)

    def get(self, path: str, **query: str) -> Any:
        return self._answer(self._client.get(path, params=query))

    def page(self, path: str, *, accept: str = "text/html") -> str:
        """A page for people, or a sheet of theirs (CSV)."""
        reply = self._client.get(path, headers={"accept": accept})
        if reply.status_code >= 400:
            raise Refused(reply.status_code, reply.content)
        return str(reply.text)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer to a JSON body (a struct or plain values)."""
        content = b"" if body is None else msgspec.json.encode(body)
        return self._answer(self._client.request(method, path, content=content, headers={"content-type": "application/json"}))

    def close(self) -> None:
        self._client.close()

    def _answer(self, reply: httpx2.Response) -> Any:
        if reply.status_code < 400:
            return msgspec.json.decode(reply.content)
        raise Refused(reply.status_code, reply.content)


def in_words(status: int, body: bytes) -> str:
    """A problem (RFC 9457) as a sentence: its title and its facts."""
    try:
        problem = msgspec.json.decode(body)
        title = str(problem["title"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return f"The answer was {status}, and not one of Redress: does something else listen there?"
    known = {"type", "title", "status", "code", "instance", "errors"}
    facts = [f"{name.replace('_', ' ')}: {value}" for name, value in problem.items() if name not in known]
    facts += [f"{each['at']} {each['problem']}".strip() for each in problem.get("errors", [])]
    told = "; ".join(facts)
    return f"{title} ({told})." if told else f"{title}."
