"""Supplier-order numbers: our own number for one order at one supplier, unchanged however often it is called or asked about.

    <order number>-<line>-<unit>-<need id, 26 characters of base32>-<n>

n counts the supplier orders of the need. The need's id makes the number unique over shops that share an account at a supplier, and
lets a callback find its need. An order number that is long, or has signs that suppliers do not take, is left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from uuid import UUID

MAX_CHARACTERS = 64
_PLAIN = re.compile(r"[0-9A-Za-z_.]+(-[0-9A-Za-z_.]+)*")
_ENDING = re.compile(r"(?:.*-)?([a-z2-7]{26})-[1-9][0-9]*", re.ASCII | re.DOTALL)


def supplier_order_number(need_id: UUID, order_number: str, line: int, unit: int, ordinal: int) -> str:
    """The number of the need's supplier order `ordinal`, counted from 1; at most 64 characters of `0-9A-Za-z_.-`."""
    ending = f"{base64.b32encode(need_id.bytes).decode().rstrip('=').lower()}-{ordinal}"
    number = f"{order_number}-{line}-{unit}-{ending}"
    return number if len(number) <= MAX_CHARACTERS and _PLAIN.fullmatch(order_number) else ending


def need_id_of(number: str) -> UUID | None:
    """The need whose supplier order a number names; None for a number that is not ours."""
    match = _ENDING.fullmatch(number)
    if match is None:
        return None
    try:
        return UUID(bytes=base64.b32decode(match[1].upper() + "======"))
    except (binascii.Error, ValueError):
        return None
