"""What webhooks want to happen outside."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from msgspec import Struct

from chassis.activity import Intent


class Post(Intent, frozen=True, kw_only=True):
    """Post one message to one endpoint. `target`: the endpoint's id, so that one that is away holds up no other.

    `key` is the message's, in its round; `secret_references` are those of the vault to sign with now.
    """

    KIND: ClassVar[str] = "notify.Post"
    queue_id: UUID
    endpoint_id: UUID
    message_id: str
    round_number: int
    url: str
    body: str
    secret_references: tuple[str, ...]


class Taken(Struct, frozen=True):
    """The receiver's answer, with a status from 200 to 299."""

    http_status: int
