"""Routes of webhooks, for a shop's own scripts and people. Each is about one shop: that of who asks.

POST   /webhooks                                            webhooks:write   (answers with the secret, this once)
GET    /webhooks, /webhooks/{webhook_id}                    webhooks:read
PATCH  /webhooks/{webhook_id}                               webhooks:write   (address, types, is_enabled)
DELETE /webhooks/{webhook_id}                               webhooks:write
POST   /webhooks/{webhook_id}/secret                        webhooks:write   (a new secret; the one before is good for a day)
POST   /webhooks/{webhook_id}/test                          webhooks:write
POST   /webhooks/{webhook_id}/acknowledgement               webhooks:write   (what was given up so far needs nobody any more)
GET    /webhooks/{webhook_id}/deliveries                    webhooks:read
POST   /webhooks/{webhook_id}/deliveries/{delivery_id}/replay   webhooks:write
POST   /webhooks/{webhook_id}/replay                        webhooks:write   (all since a moment, oldest first)
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4, uuid5

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import UNSET, Meta, UnsetType

from chassis.attempts import sealed_of
from chassis.desk import Desk
from chassis.errors import NotFound
from chassis.idempotency import idempotency_key
from chassis.problem import InvalidRequest, decoded
from chassis.responses import response_of
from chassis.shops import shop_meant
from chassis.unit import Answered
from chassis.vault import Sealed
from protocols import standard_webhooks
from services.notify.settings import NotifySettings
from services.notify.webhooks.commands import (
    MAX_REPLAYED,
    ChangeEndpoint,
    EndpointShown,
    RegisterEndpoint,
    RemoveEndpoint,
    ReplaceSecret,
    Replay,
    Replayed,
    SeeFailures,
    TestEndpoint,
)
from services.notify.webhooks.domain.endpoint import Endpoint, EndpointState
from services.notify.webhooks.handlers import shown
from services.notify.webhooks.targets import check_addresses, host_of
from services.notify.webhooks.views import Deliveries, GivenUp, Webhooks
from services.notify.webhooks.vocabulary import TYPES

READ, WRITE = "webhooks:read", "webhooks:write"
SECRET_KIND = "webhook-secret"
MOST_SHOWN = 1_000
_NAMES = UUID("8d3f6c1e-5f0b-5a83-9c55-0d9a4b1f6e20")

ShopId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_.\-]{1,64}\Z")]
AskedShop = Annotated[str | None, Query(alias="shop_id", pattern=r"^[0-9A-Za-z_.\-]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=MOST_SHOWN)]
Types = Annotated[tuple[str, ...], Meta(max_length=50)]


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /webhooks`. `types` empty: every type, those that come later too."""

    url: str
    types: Types = ()
    shop_id: ShopId | None = None


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`PATCH /webhooks/{webhook_id}`: what is left out stays."""

    url: str | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    is_enabled: bool | UnsetType = UNSET


class ReplaySince(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /webhooks/{webhook_id}/replay`: what was given up at that moment or later; where `state` is all, whatever was queued then."""

    since: Annotated[datetime, Meta(tz=True)]
    state: Literal["failed", "all"] = "failed"


class _Decided(msgspec.Struct, frozen=True):
    webhook: EndpointShown
    secret_reference: str


class SecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with its secret, in the open."""

    webhook: EndpointShown
    secret: str

    def __repr__(self) -> str:
        return f"SecretShown(webhook={self.webhook!r})"


def webhook_routes(desk: Desk) -> APIRouter:
    """The routes of webhooks."""
    router = APIRouter()
    settings: NotifySettings = desk.settings

    @router.post("/webhooks", status_code=201)
    async def register(request: Request) -> Response:
        """Have messages posted to an address from now on."""
        raw = await request.body()
        principal = desk.authenticate(request.headers.get("authorization"))
        principal.require(WRITE)
        asked = decoded(raw, Registration)
        shop_id = shop_meant(principal, asked.shop_id)
        await _check(asked.url, settings)
        key = idempotency_key(request)
        endpoint_id = uuid4() if key is None else uuid5(_NAMES, f"{shop_id}/{principal.name}/{key}")
        sealed = _new_secret(shop_id, Endpoint.create_id(shop_id, endpoint_id))
        command = RegisterEndpoint(
            shop_id=shop_id, endpoint_id=endpoint_id, url=asked.url, types=_types(asked.types), secret_reference=sealed.reference
        )
        answered = await desk.do(
            command, principal=f"{shop_id}/{principal.name}", route="webhooks", key=key, request_body=raw, sealed=(sealed,)
        )
        return await _with_secret(answered)

    @router.get("/webhooks")
    async def webhooks(request: Request, asked_shop: AskedShop = None) -> Response:
        """A shop's webhooks, the newest first."""
        principal = desk.authenticate(request.headers.get("authorization"))
        principal.require(READ)
        shop_id = shop_meant(principal, asked_shop)
        rows = await desk.ask(desk.store.view_rows, Webhooks.NAME, f"{shop_id}|", MOST_SHOWN)
        return _json({"webhooks": [msgspec.Raw(document) for _, document in rows]})

    @router.get("/webhooks/{webhook_id}")
    async def webhook(request: Request, webhook_id: UUID) -> Response:
        """One webhook as it is right now."""
        return _json(shown(await _endpoint(request, webhook_id, READ)))

    @router.patch("/webhooks/{webhook_id}")
    async def change(request: Request, webhook_id: UUID) -> Response:
        """Change address or types, disable, enable again."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        asked = decoded(await request.body(), Changes)
        if not isinstance(asked.url, UnsetType):
            await _check(asked.url, settings)
        command = ChangeEndpoint(
            shop_id=endpoint.shop_id,
            stream_id=webhook_id,
            url=None if isinstance(asked.url, UnsetType) else asked.url,
            types=None if isinstance(asked.types, UnsetType) else _types(asked.types),
            is_enabled=None if isinstance(asked.is_enabled, UnsetType) else asked.is_enabled,
        )
        return _without_reference(await _do(request, command, "webhooks/change"))

    @router.delete("/webhooks/{webhook_id}")
    async def remove(request: Request, webhook_id: UUID) -> Response:
        """Post nothing there any more and forget it."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        return response_of(await _do(request, RemoveEndpoint(shop_id=endpoint.shop_id, stream_id=webhook_id), "webhooks/remove"))

    @router.post("/webhooks/{webhook_id}/secret")
    async def replace_secret(request: Request, webhook_id: UUID) -> Response:
        """A new secret; for a day messages are signed with the one before as well."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        sealed = _new_secret(endpoint.shop_id, endpoint.id)
        command = ReplaceSecret(shop_id=endpoint.shop_id, stream_id=webhook_id, secret_reference=sealed.reference)
        return await _with_secret(await _do(request, command, "webhooks/secret", sealed))

    @router.post("/webhooks/{webhook_id}/test", status_code=202)
    async def test(request: Request, webhook_id: UUID) -> Response:
        """Have a message of the type `webhook.test` posted."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        command = TestEndpoint(shop_id=endpoint.shop_id, stream_id=webhook_id, message_id=f"test_{uuid4()}")
        return response_of(await _do(request, command, "webhooks/test"))

    @router.post("/webhooks/{webhook_id}/acknowledgement")
    async def acknowledge(request: Request, webhook_id: UUID) -> Response:
        """Say that one knows what was given up so far: it alarms nobody any more."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        staff = desk.authenticate(request.headers.get("authorization")).name
        command = SeeFailures(shop_id=endpoint.shop_id, stream_id=webhook_id, staff=staff)
        return _without_reference(await _do(request, command, "webhooks/acknowledgement"))

    @router.get("/webhooks/{webhook_id}/deliveries")
    async def deliveries(request: Request, webhook_id: UUID, limit: Limit = 100) -> Response:
        """What was posted, or is to be, the newest first."""
        await _endpoint(request, webhook_id, READ)
        rows = await desk.ask(desk.store.view_rows, Deliveries.NAME, f"{webhook_id}|", limit)
        return _json({"deliveries": [msgspec.Raw(document) for _, document in rows]})

    @router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202)
    async def replay_one(request: Request, webhook_id: UUID, delivery_id: str) -> Response:
        """Post one message again, under its old id."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        replayed = _replayed(delivery_id)
        command = Replay(shop_id=endpoint.shop_id, stream_id=webhook_id, deliveries=(replayed,))
        return response_of(await _do(request, command, "webhooks/replay"))

    @router.post("/webhooks/{webhook_id}/replay", status_code=202)
    async def replay_since(request: Request, webhook_id: UUID) -> Response:
        """Post the messages since a moment again, the oldest first; up to 1,000, then `is_done` says that there are more."""
        endpoint = await _endpoint(request, webhook_id, WRITE)
        asked = decoded(await request.body(), ReplaySince)
        since = asked.since.astimezone(UTC).isoformat(timespec="microseconds")
        view, moment = (GivenUp.NAME, "given_up_at") if asked.state == "failed" else (Deliveries.NAME, "queued_at")
        rows = await desk.ask(desk.store.view_rows, view, f"{webhook_id}|", MOST_SHOWN)
        documents = [msgspec.json.decode(document) for _, document in rows]
        wanted = [each for each in documents if each[moment] >= since]
        chosen = list(reversed(wanted))
        count = 0
        for start in range(0, len(chosen), MAX_REPLAYED):
            some = tuple(_replayed(each["delivery_id"]) for each in chosen[start : start + MAX_REPLAYED])
            answered = await _do(request, Replay(shop_id=endpoint.shop_id, stream_id=webhook_id, deliveries=some), "webhooks/replay")
            if answered.status != 202:
                return response_of(answered)
            count += msgspec.json.decode(answered.body)["replayed"]
        return _json({"replayed": count, "is_done": len(wanted) < MOST_SHOWN}, 202)

    async def _endpoint(request: Request, webhook_id: UUID, scope: str) -> Endpoint:
        """An endpoint of a shop that who asks belongs to; raises Unauthorised, Forbidden, NotFound."""
        principal = desk.authenticate(request.headers.get("authorization"))
        principal.require(scope)
        endpoint = await desk.get(Endpoint, webhook_id)
        if endpoint is None or endpoint.state is EndpointState.REMOVED or not principal.is_of(endpoint.shop_id):
            raise NotFound(webhook_id=webhook_id)
        return endpoint

    async def _do(request: Request, command: Any, route: str, *sealed: Sealed) -> Answered:
        principal = desk.authenticate(request.headers.get("authorization"))
        return await desk.do(command, principal=f"{command.shop_id}/{principal.name}", route=route, key=None, sealed=sealed)

    def _new_secret(shop_id: str, endpoint_id: UUID) -> Sealed:
        text = standard_webhooks.secret_text(secrets.token_bytes(standard_webhooks.SECRET_BYTES))
        return desk.vault.seal(SECRET_KIND, shop_id, str(endpoint_id), text)

    async def _with_secret(answered: Answered) -> Response:
        """The stored answer holds a reference: a repeat opens it anew."""
        if answered.status >= 300:
            return response_of(answered)
        decided = msgspec.json.decode(answered.body, type=_Decided)
        (row,) = await desk.ask(desk.store.vault, [decided.secret_reference])
        return _json(SecretShown(webhook=decided.webhook, secret=desk.vault.open(sealed_of(row)).decode()), answered.status)

    return router


async def _check(url: str, settings: NotifySettings) -> None:
    """Raises UnfitTarget for an address that webhooks are not posted to."""
    host, port = host_of(url, are_private_targets_allowed=settings.are_private_targets_allowed)
    if settings.are_private_targets_allowed:
        return
    try:
        async with asyncio.timeout(5):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        found = []
    check_addresses(str(each[4][0]) for each in found)


def _types(asked: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [place for place, each in enumerate(asked) if each not in TYPES]
    if unknown:
        raise InvalidRequest([(f"types[{place}]", "is no type of message") for place in unknown])
    return tuple(sorted(set(asked)))


def _replayed(delivery_id: str) -> Replayed:
    queue_id, _, message_id = delivery_id.partition("_")
    try:
        return Replayed(UUID(queue_id), message_id)
    except ValueError:
        raise NotFound(delivery_id=delivery_id[:100]) from None


def _without_reference(answered: Answered) -> Response:
    if answered.status >= 300:
        return response_of(answered)
    return _json(msgspec.json.decode(answered.body, type=_Decided).webhook, answered.status)


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, {"cache-control": "no-store"}, "application/json")
