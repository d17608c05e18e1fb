"""Whom a top-up is for: what the buyer filled in stands in the order service's vault, which opens it to us for this purpose alone.

It is opened before the supplier is called, goes into that call, and is kept nowhere here. A person who delivers by hand is shown it by
a route of its own (`by_hand/buyer_fields.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chassis.activity import Refused, Tools
from chassis.errors import Fault
from services.inventory.sourcing.intents import PlaceSupplierOrder

PURPOSE = "top_up"


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the order service's `POST /vault/open`."""

    shop_id: str
    order_number: str
    line: int
    purpose: str = PURPOSE


class OpenedAccount(msgspec.Struct, frozen=True):
    """Its answer."""

    fields: dict[str, str]

    def __repr__(self) -> str:
        return "OpenedAccount(…)"


async def account_of(intent: PlaceSupplierOrder, tools: Tools) -> Mapping[str, str] | Refused:
    """The fields that the buyer filled in; refused where the order does not open them (any more), or cannot be asked now."""
    question = OpenAccount(shop_id=intent.shop_id, order_number=intent.order_number, line=intent.line)
    try:
        status, answer = await tools.peer("order", "POST", "/vault/open", question)
    except Fault:
        return Refused("temporary", is_temporary=True)
    if status in (404, 409):
        return Refused("account_not_open")
    if status != 200:
        return Refused("temporary", is_temporary=True)
    try:
        return msgspec.json.decode(answer, type=OpenedAccount).fields
    except msgspec.DecodeError:
        return Refused("account_not_open")
