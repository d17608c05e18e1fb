"""Requests of keepers of webhooks, as the routes of notify make them, and its way out. This module knows the services' own code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import msgspec

from chassis.attempts import sealed_of, vault_row
from chassis.store.memory import MemoryStore
from chassis.store.rows import InboxKey
from chassis.unit import Answered, Cause, CommandUnit
from chassis.vault import Sealed, Vault
from protocols import standard_webhooks
from protocols.http import HttpRequest
from redress.outbound import PrivateTarget
from redress.simulation.clock import START
from redress.simulation.requests import Request
from redress.simulation.scene import Scene
from redress.simulation.webhook_plans import NOTIFY, EndpointPlan, WebhookPlan
from services.notify.webhooks.api import SECRET_KIND
from services.notify.webhooks.commands import ChangeEndpoint, RegisterEndpoint, ReplaceSecret, Replay, Replayed
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.targets import UnfitTarget, check_addresses, host_of

_NAMES = UUID("5b0f2a2e-6c57-5d0e-9d0a-0f6f0f1c7a11")

OnSecret = Callable[[UUID, str], None]


class WebhookRequests:
    """Makes each request afresh for every copy of it that arrives."""

    def __init__(self, scene: Scene, plan: WebhookPlan, vault: Vault) -> None:
        self._scene = scene
        self._plan = plan
        self._vault = vault
        self._count = 0

    def registered(self, shop_id: str, endpoint: EndpointPlan, number: int, on_secret: OnSecret) -> Request:
        """Not taken in where its name leads to a private address right now."""
        key = f"{endpoint.name}/{number}"
        endpoint_id = uuid5(_NAMES, f"{shop_id}/{key}")

        def register(_: MemoryStore) -> CommandUnit | None:
            try:
                host, _port = host_of(endpoint.url, are_private_targets_allowed=False)
                check_addresses([self._plan.address_of(host, self._seconds)])
            except UnfitTarget:
                return None
            sealed = self._new_secret(shop_id, Endpoint.create_id(shop_id, endpoint_id))
            command = RegisterEndpoint(
                shop_id=shop_id, endpoint_id=endpoint_id, url=endpoint.url, types=endpoint.types, secret_reference=sealed.reference
            )
            return self._unit(command, InboxKey(f"{shop_id}/keeper", "webhooks", key), key.encode(), sealed)

        return Request(NOTIFY, register, self._showing(on_secret))

    def secret_replaced(self, shop_id: str, webhook_id: UUID, on_secret: OnSecret) -> Request:
        def replace_secret(_: MemoryStore) -> CommandUnit:
            sealed = self._new_secret(shop_id, webhook_id)
            return self._unit(ReplaceSecret(shop_id=shop_id, stream_id=webhook_id, secret_reference=sealed.reference), None, b"", sealed)

        return Request(NOTIFY, replace_secret, self._showing(on_secret))

    def switched(self, shop_id: str, webhook_id: UUID, is_enabled: bool) -> Request:
        command = ChangeEndpoint(shop_id=shop_id, stream_id=webhook_id, is_enabled=is_enabled)
        return Request(NOTIFY, lambda _: self._unit(command, None, b""))

    def replayed(self, shop_id: str, webhook_id: UUID, queue_id: UUID, message_id: str) -> Request:
        command = Replay(shop_id=shop_id, stream_id=webhook_id, deliveries=(Replayed(queue_id, message_id),))
        return Request(NOTIFY, lambda _: self._unit(command, None, b""))

    def way_out(self, http: Callable[[str, Any], Awaitable[Any]]) -> Callable[[str, HttpRequest], Awaitable[Any]]:
        """As `redress.outbound` calls addresses that a shop has named: looked up, looked at, and that very address called."""

        async def call_public(base_url: str, request: HttpRequest) -> Any:
            split = urlsplit(base_url)
            address = self._plan.address_of(split.hostname or "", self._seconds)
            try:
                check_addresses([address])
            except UnfitTarget as error:
                raise PrivateTarget from error
            return await http(f"{split.scheme}://{address}", replace(request, headers=(("host", split.netloc), *request.headers)))

        return call_public

    @property
    def _seconds(self) -> float:
        return (self._scene.clock.now - START).total_seconds()

    def _new_secret(self, shop_id: str, endpoint_id: UUID) -> Sealed:
        text = standard_webhooks.secret_text(self._scene.chance.stream("webhook secrets").randbytes(standard_webhooks.SECRET_BYTES))
        return self._vault.seal(SECRET_KIND, shop_id, str(endpoint_id), text)

    def _showing(self, on_secret: OnSecret) -> Callable[[Answered, MemoryStore], None]:
        """The edge opens the secret that an answer refers to, and shows it."""

        def show(answered: Answered, store: MemoryStore) -> None:
            if answered.status < 300:
                said = msgspec.json.decode(answered.body)
                for row in store.vault([said["secret_reference"]]):
                    on_secret(UUID(said["webhook"]["webhook_id"]), self._vault.open(sealed_of(row)).decode())

        return show

    def _unit(self, command: Any, inbox_key: InboxKey | None, body: bytes, *sealed: Sealed) -> CommandUnit:
        self._count += 1
        name = f"keeper/command-{self._count}" if inbox_key is None else "/".join(inbox_key)
        rows = tuple(vault_row(each, self._scene.clock.now) for each in sealed)
        return CommandUnit(command, Cause(f"correlation-keeper-{self._count}", f"request/{name}"), inbox_key, sha256(body).digest(), rows)
