"""What a card supplier sells, and the cards it makes up: always the same one for (supplier, product, number)."""

import hashlib
import re
from dataclasses import dataclass

CARD_PATTERN = r"[A-Z]+(-[0-9A-Z]{4}){3}"
"""What a sandbox card looks like: `GAME-7Q2M-X4KD-93HT`. An invalid one does not match."""

# Without 0/O and 1/I/L, as printed cards avoid what is misread.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class SupplierProduct:
    """One SKU of a supplier. `product_code` is the shop's name for it and only serves reports."""

    sku_id: int
    product_code: str
    price: str
    """Decimal text in yuan, a piece."""
    stock_count: int
    card_prefix: str = "GAME"
    is_top_up: bool = False
    """Its orders are made good to an account, which the order must name; there is no card."""


def card_secret(supplier_code: str, product_code: str, number: int, *, prefix: str = "GAME") -> str:
    """The so-manieth card of a product at a supplier, matching CARD_PATTERN."""
    digest = hashlib.sha256(f"{supplier_code}/{product_code}/{number}".encode()).digest()
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:12])
    return f"{prefix}-{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def invalid_card_secret(supplier_code: str, product_code: str, number: int) -> str:
    """A text of its own that no product pattern accepts."""
    secret = f"void {supplier_code} {product_code} {number}"
    assert re.fullmatch(CARD_PATTERN, secret) is None
    return secret
