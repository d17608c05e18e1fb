"""The desk: what HTTP routes of a service work with. Routes parse, hand over and answer; every rule lives behind `do`.

`Desk` is the interface; the runtime gives the real one, tests give one over the memory store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from chassis.aggregate import Aggregate
from chassis.fingerprint import Fingerprints
from chassis.rate_limit import RateLimiter
from chassis.service import Service
from chassis.store.port import ReaderStore, ViewStore
from chassis.tokens import CaseTokens, Principal
from chassis.unit import Answered, Lane
from chassis.vault import Sealed, Vault

A = TypeVar("A", bound=Aggregate)


class Store(ReaderStore, ViewStore, Protocol):
    """The read side of a service's store, views included. Its methods block: call them through `Desk.ask`."""


class Peers(Protocol):
    """Other services, by name, with this service's own token."""

    async def call(self, service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        """Status and body; raises Fault when the peer is away. The time-out is the caller's own request limit."""


class Desk(Protocol):
    """One service's desk."""

    service: Service
    settings: Any
    """The service's own settings struct."""
    vault: Vault
    fingerprints: Fingerprints
    store: Store
    peers: Peers
    case_tokens: CaseTokens
    rate_limiter: RateLimiter

    def now(self) -> datetime:
        """The wall clock, for tokens; what is decided takes the unit's own time."""

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
        """Decide and commit a command; the answer leaves after the commit and is stored under (principal, route, key).

        The same key with another body is refused (422). Raises Fault when the queue is full or nobody can write now.
        """

    async def get(self, aggregate_class: type[A], stream_id: UUID) -> A | None:
        """An aggregate as it is in the store, to look at; None where there is none of this class: who asks may name any id."""

    async def ask(self, question: Any, *arguments: Any) -> Any:
        """Run a blocking question to the store (`desk.store.view_rows`, …) outside the event loop."""

    def authenticate(self, authorization: str | None) -> Principal:
        """Who asks; raises Unauthorised."""
