"""A genuine notice to be kept and passed on, and a person who wants it passed on again."""

from __future__ import annotations

from uuid import UUID

import msgspec


class KeepNotice(msgspec.Struct, frozen=True, kw_only=True):
    """`raw_reference`: the notice, sealed. `is_proven`: its signature proves it."""

    shop_id: str
    provider: str
    identity: str
    order_number: str
    raw_reference: str
    is_proven: bool
    give_up_seconds: float


class NoticeKept(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `tried_count`: how often it had been tried when this repeat came."""

    forwarding_id: UUID
    state: str
    tried_count: int


class ReplayNotice(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: str
    forwarding_id: UUID
    replayed_by: str


class AcknowledgeForwarding(msgspec.Struct, frozen=True, kw_only=True):
    """Leave what was given up at that."""

    shop_id: str
    forwarding_id: UUID
    acknowledged_by: str


class ForwardingShown(msgspec.Struct, frozen=True, kw_only=True):
    """How a notice stands on its way to the shop."""

    forwarding_id: UUID
    state: str
    tried_count: int
