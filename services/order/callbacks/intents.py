"""A notice that must reach the shop."""

from __future__ import annotations

from uuid import UUID

import msgspec

from chassis.activity import Intent


class ForwardNotice(Intent, frozen=True, kw_only=True):
    """One try to pass a kept notice on. Its key holds the number of the try."""

    KIND = "forward_notice"
    forwarding_id: UUID
    provider: str
    order_number: str
    raw_reference: str
    number: int
    is_proven: bool


class ShopAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """`verdict`: accepted, refused or unreadable; `answer_reference`: the body of an error, in the vault."""

    verdict: str
    status: int
    answer_reference: str | None
    milliseconds: int
