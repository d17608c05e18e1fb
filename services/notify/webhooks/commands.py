"""What webhooks are told to do. A secret comes sealed: a command holds its reference only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

MAX_REPLAYED = 90
"""A unit may touch 100 aggregates: as many queues, and the endpoint."""


class RegisterEndpoint(Struct, frozen=True, kw_only=True):
    """`url`: checked already; `types`: of the vocabulary, none: every type."""

    shop_id: str
    endpoint_id: UUID
    url: str
    types: tuple[str, ...]
    secret_reference: str


class ChangeEndpoint(Struct, frozen=True, kw_only=True):
    """What is None stays as it is."""

    shop_id: str
    stream_id: UUID
    url: str | None = None
    types: tuple[str, ...] | None = None
    is_enabled: bool | None = None


class ReplaceSecret(Struct, frozen=True, kw_only=True):
    """Sign with a new secret, and for a day with the one before."""

    shop_id: str
    stream_id: UUID
    secret_reference: str


class RemoveEndpoint(Struct, frozen=True, kw_only=True):
    """Post nothing there any more and forget it."""

    shop_id: str
    stream_id: UUID


class SeeFailures(Struct, frozen=True, kw_only=True):
    """What was given up so far is known to somebody of the staff."""

    shop_id: str
    stream_id: UUID
    staff: str


class TestEndpoint(Struct, frozen=True, kw_only=True):
    """Post a message of the type `webhook.test`."""

    shop_id: str
    stream_id: UUID
    message_id: str


class Replayed(Struct, frozen=True):
    """A delivery to be posted again, by its queue and message."""

    queue_id: UUID
    message_id: str


class Replay(Struct, frozen=True, kw_only=True):
    """Post these again, the oldest first, each behind what waits in its queue."""

    shop_id: str
    stream_id: UUID
    deliveries: Annotated[tuple[Replayed, ...], Meta(max_length=MAX_REPLAYED)]


class EndpointShown(Struct, frozen=True, kw_only=True):
    """An endpoint as its shop sees it; `state`: active, failing (posted to all the same), disabled."""

    webhook_id: UUID
    url: str
    types: tuple[str, ...]
    state: str
    reason: str | None
    failing_since: datetime | None
