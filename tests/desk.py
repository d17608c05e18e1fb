"""A desk over the memory store, for tests of HTTP routes: everything a route asks for, in one process and without a server.

`MemoryDesk(service)` commits each command at once through the real committer of a `Bench`. `desk.client()` is an HTTP client of the
service's own routes, with problem details as the real edge gives them. Principals are told by `desk.admit("token", Principal(...))`;
other services by `desk.peers.on("inventory", "/vault/open", answer)`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx2
import msgspec
from fastapi import FastAPI

from chassis.aggregate import Aggregate
from chassis.attempts import vault_row
from chassis.errors import Fault, Unauthorised
from chassis.fingerprint import Fingerprints
from chassis.folding import fold_page
from chassis.problem import install
from chassis.rate_limit import RateLimiter
from chassis.service import Service
from chassis.store.memory import MemoryStore
from chassis.store.rows import InboxKey
from chassis.tokens import CaseTokens, Principal
from chassis.unit import Answered, Cause, CommandUnit, Lane
from chassis.vault import DataKeysInMemory, Sealed, Vault
from tests.harness import Bench

A = TypeVar("A", bound=Aggregate)

PeerAnswer = Callable[[Any], tuple[int, bytes]]


class FakePeers:
    """Other services as functions; `asked` holds every call (service, method, path, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, Any]] = []
        self._answers: dict[tuple[str, str], PeerAnswer] = {}

    def on(self, service: str, path: str, answer: PeerAnswer) -> None:
        """Answer calls of a path with the function's status and body."""
        self._answers[service, path] = answer

    async def call(self, service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        self.asked.append((service, method, path, msgspec.json.decode(msgspec.json.encode(body))))
        answer = self._answers.get((service, path))
        if answer is None:
            raise Fault(peer=service)
        return answer(body)


class MemoryDesk:
    """One service's desk on the memory store. Time is the bench's: `desk.bench.advance(...)` moves it."""

    def __init__(self, service: Service, settings: Any = None) -> None:
        self.service = service
        self.settings = settings
        self.bench = Bench(service)
        self.store: MemoryStore = self.bench.store
        self.vault = Vault(service.name, b"m" * 32, DataKeysInMemory())
        self.fingerprints = Fingerprints({1: b"f" * 32})
        self.case_tokens = CaseTokens([b"c" * 32])
        self.rate_limiter = RateLimiter(None, self.fingerprints, clock=lambda: self.now().timestamp())
        self.peers = FakePeers()
        self.is_full = False
        """True while the queue takes no more commands."""
        self._principals: dict[str, Principal] = {}
        self._commands = 0
        self._app: FastAPI | None = None

    def now(self) -> datetime:
        return self.bench.now

    def admit(self, token: str, principal: Principal) -> dict[str, str]:
        """Let a bearer token be this principal's; the headers of a request that carries it."""
        self._principals[f"Bearer {token}"] = principal
        return {"authorization": f"Bearer {token}"}

    async def do(
        self,
        command: Any,
        *,
        principal: str,
        route: str,
        key: str | None,
        request_body: bytes = b"",
        sealed: tuple[Sealed, ...] = (),
        correlation_id: str | None = None,
        lane: Lane = Lane.URGENT,
    ) -> Answered:
        if self.is_full:
            raise Fault(reason="queue-full")
        self._commands += 1
        unit = CommandUnit(
            command,
            Cause(correlation_id or "correlation", f"{self.service.name}/command/{self._commands}"),
            None if key is None else InboxKey(principal, route, key),
            hashlib.sha256(request_body).digest(),
            tuple(vault_row(each, self.bench.now) for each in sealed),
            lane,
        )
        result = self.bench.commit(unit)[0]
        if self.bench.bugs:
            raise self.bench.bugs.pop()
        assert isinstance(result, Answered), result
        return result

    async def get(self, aggregate_class: type[A], stream_id: UUID) -> A | None:
        found = self.bench.aggregate(stream_id)
        return found if isinstance(found, aggregate_class) else None

    async def ask(self, question: Any, *arguments: Any) -> Any:
        return question(*arguments)

    def authenticate(self, authorization: str | None) -> Principal:
        principal = self._principals.get(authorization or "")
        if principal is None:
            raise Unauthorised()
        return principal

    def refresh_views(self) -> None:
        """Bring every view level with the log, and every advice with its view."""
        fold_views(self.service, self.store)
        read = {name: function(self.store) for name, function in self.service.advice.items()}
        self.bench.committer.advice = {**self.bench.committer.advice, **read}

    def client(self, ip: str = "198.51.100.7") -> httpx2.AsyncClient:
        """A client of the service's routes, seen as coming from `ip`."""
        if self._app is None:
            assert self.service.routes is not None
            self._app = FastAPI()
            install(self._app)
            self._app.include_router(self.service.routes(self))
        transport = httpx2.ASGITransport(app=self._app, client=(ip, 40_000))
        return httpx2.AsyncClient(transport=transport, base_url="http://test")


def fold_views(service: Service, store: MemoryStore) -> None:
    """Fold what every view has not seen yet."""
    for view in service.views:
        while fold_page(service, store, view):
            pass
