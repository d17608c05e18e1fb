"""The real desk of a service, and its way to the other services.

On the writer's process a command goes into the writer's queue. On a stand-by it is passed to the writer's address with the caller's
principal, signed by this service's own token, so that the stored answer is found again whoever was asked.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2
import msgspec

from chassis.aggregate import Aggregate, fold
from chassis.attempts import vault_row
from chassis.desk import Store
from chassis.errors import Fault
from chassis.fingerprint import Fingerprints
from chassis.problem import InvalidRequest, decoded
from chassis.rate_limit import RateLimiter
from chassis.runtime.writer import Writer
from chassis.service import Service
from chassis.store.rows import InboxKey
from chassis.tokens import CaseTokens, Principal, ServiceTokens
from chassis.tracing import Tracing, current_traceparent
from chassis.unit import Answered, Away, Cause, CommandUnit, Lane
from chassis.vault import Sealed, Vault

A = TypeVar("A", bound=Aggregate)

FORWARD_PATH = "/internal/commands"
REQUEST_SECONDS = 10.0


class WriterAway(Fault):
    code = "writer-away"
    title = "Nobody can commit for this service right now; nothing was changed"


class PeerAway(Fault):
    code = "peer-away"
    title = "Another service cannot be reached"


class ForwardedCommand(msgspec.Struct, frozen=True):
    """A command on its way from a stand-by to the writer; `command` is the JSON of the handler's own struct."""

    kind: str
    command: msgspec.Raw
    correlation_id: str
    causation_id: str
    traceparent: str | None
    inbox_key: tuple[str, str, str] | None
    request_hash: bytes
    sealed: list[Sealed]
    lane: Lane


class HttpPeers:
    """Other services over HTTP, by the addresses of the settings, with this service's token."""

    def __init__(self, client: httpx2.AsyncClient, addresses: Mapping[str, str], authorization: Callable[[], str]) -> None:
        self._client = client
        self._addresses = addresses
        self._authorization = authorization

    async def call(self, service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        """Status and body; raises PeerAway."""
        try:
            reply = await self._client.request(
                method,
                self._addresses[service] + path,
                content=msgspec.json.encode(body),
                headers={"authorization": self._authorization(), "content-type": "application/json"},
                timeout=REQUEST_SECONDS,
            )
        except httpx2.HTTPError as error:
            raise PeerAway(peer=service) from error
        return reply.status_code, reply.content


class ServiceDesk:
    """Implements `chassis.desk.Desk` for one running service."""

    def __init__(
        self,
        service: Service,
        settings: Any,
        store: Store,
        vault: Vault,
        fingerprints: Fingerprints,
        peers: HttpPeers,
        tokens: ServiceTokens,
        case_tokens: CaseTokens,
        rate_limiter: RateLimiter,
        writer: Writer,
        client: httpx2.AsyncClient,
        authorization: Callable[[], str],
        tracing: Tracing,
    ) -> None:
        self.service = service
        self.settings = settings
        self.store = store
        self.vault = vault
        self.fingerprints = fingerprints
        self.peers = peers
        self.case_tokens = case_tokens
        self.rate_limiter = rate_limiter
        self._tokens = tokens
        self._writer = writer
        self._client = client
        self._authorization = authorization
        self._tracing = tracing
        self._commands = {command.__name__: command for command in service.handlers}

    def now(self) -> datetime:
        return datetime.now(UTC)

    def authenticate(self, authorization: str | None) -> Principal:
        return self._tokens.principal_of(authorization, self.now())

    async def ask(self, question: Any, *arguments: Any) -> Any:
        return await asyncio.to_thread(question, *arguments)

    async def get(self, aggregate_class: type[A], stream_id: UUID) -> A | None:
        rows = await asyncio.to_thread(self.store.stream, stream_id)
        found = fold(self.service.codec.decode_all(rows))
        return found if isinstance(found, aggregate_class) else None

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
        with self._tracing.span("request", current_traceparent(), route=route, kind=type(command).__name__) as span:
            unit = self._unit(command, principal, route, key, request_body, sealed, correlation_id, lane, span.traceparent)
            if not self._writer.is_writing:
                return await self._forward(unit, sealed)
            return await self.commit(unit)

    def _unit(
        self,
        command: Any,
        principal: str,
        route: str,
        key: str | None,
        request_body: bytes,
        sealed: tuple[Sealed, ...],
        correlation_id: str | None,
        lane: Lane,
        traceparent: str | None,
    ) -> CommandUnit:
        inbox_key = None if key is None else InboxKey(principal, route, key)
        causation_id = f"{self.service.name}/command/{key or uuid4()}"
        at = self.now()
        return CommandUnit(
            command,
            Cause(correlation_id or str(uuid4()), causation_id, traceparent),
            inbox_key,
            hashlib.sha256(request_body or msgspec.json.encode(command)).digest(),
            tuple(vault_row(each, at) for each in sealed),
            lane,
        )

    async def commit(self, unit: CommandUnit) -> Answered:
        """Decide and commit here; raises WriterAway when this process could not."""
        result = await self._writer.result_of(unit, unit.lane)
        if isinstance(result, Away):
            raise WriterAway()
        assert isinstance(result, Answered)
        return result

    async def commit_forwarded(self, forwarded: ForwardedCommand) -> Answered:
        """A command that a stand-by passed on; raises InvalidRequest where this version of the service knows no such command."""
        at = self.now()
        kind = self._commands.get(forwarded.kind)
        if kind is None:
            raise InvalidRequest([("kind", "is no command of this service")])
        return await self.commit(
            CommandUnit(
                decoded(bytes(forwarded.command), kind),
                Cause(forwarded.correlation_id, forwarded.causation_id, forwarded.traceparent),
                None if forwarded.inbox_key is None else InboxKey(*forwarded.inbox_key),
                forwarded.request_hash,
                tuple(vault_row(each, at) for each in forwarded.sealed),
                forwarded.lane,
            )
        )

    async def _forward(self, unit: CommandUnit, sealed: tuple[Sealed, ...]) -> Answered:
        address = await asyncio.to_thread(self.store.writer_address)
        if address is None:
            raise WriterAway()
        forwarded = ForwardedCommand(
            type(unit.command).__name__,
            msgspec.Raw(msgspec.json.encode(unit.command)),
            unit.cause.correlation_id,
            unit.cause.causation_id,
            unit.cause.traceparent,
            None if unit.inbox_key is None else (unit.inbox_key.principal, unit.inbox_key.route, unit.inbox_key.key),
            unit.request_hash,
            list(sealed),
            unit.lane,
        )
        try:
            reply = await self._client.post(
                address + FORWARD_PATH,
                content=msgspec.json.encode(forwarded),
                headers={"authorization": self._authorization(), "content-type": "application/json"},
                timeout=REQUEST_SECONDS,
            )
        except httpx2.HTTPError as error:
            raise WriterAway() from error
        if reply.headers.get("x-redress-committed") != "yes":
            raise WriterAway()
        return Answered(reply.status_code, reply.content, is_repeat=reply.headers.get("x-redress-repeat") == "yes")
