"""Supplier-order numbers: our own number for one order at one supplier, unchanged however often it is called or asked about.

    <order number>-<line>-<unit>-<need id, 26 characters of base32>-<supplier, 8 characters of base32>-<n>

n counts the orders of the need at this supplier, so a number follows from the need and the supplier alone and not from the order in
which suppliers were chosen: after a restore the same supplier is asked by the same number, whom the scores choose first this time.
The need's id makes the number unique over shops that share an account at a supplier, and lets a callback find its need; the
supplier's part is a hash of its code. An order number that is long, or has signs that suppliers do not take, is left out. Numbers
of before had no supplier's part and counted over all suppliers of the need; they are still read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from uuid import UUID

MAX_CHARACTERS = 64
_PLAIN = re.compile(r"[0-9A-Za-z_.]+(-[0-9A-Za-z_.]+)*")
_ENDING = re.compile(r"(?:.*-)?([a-z2-7]{26})(?:-[a-z2-7]{8})?-[1-9][0-9]*", re.ASCII | re.DOTALL)


def supplier_order_number(need_id: UUID, order_number: str, line: int, unit: int, supplier_code: str, ordinal: int) -> str:
    """The number of the need's order `ordinal`, counted from 1, at a supplier; at most 64 characters of `0-9A-Za-z_.-`."""
    supplier = base64.b32encode(hashlib.sha256(supplier_code.encode()).digest()[:5]).decode().lower()
    ending = f"{base64.b32encode(need_id.bytes).decode().rstrip('=').lower()}-{supplier}-{ordinal}"
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
