"""What the inventory's messages are about: a shop, and mostly one need of an order."""

from __future__ import annotations

from contracts.fields import Id, LineNumber, Name, UnitNumber
from contracts.message import Message


class InventoryMessage(Message, frozen=True, kw_only=True):
    """`shop_id`: the shop whose stock or order it is about."""

    shop_id: Name


class NeedMessage(InventoryMessage, frozen=True, kw_only=True):
    """`order_number`, `line`, `unit`: for which card of which order. `need_id`: UUID of the need."""

    order_number: Name
    line: LineNumber
    unit: UnitNumber
    need_id: Id
