"""What a request brings of a buyer, a card or in free words stands in no representation of it, so in no traceback and no log."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.inventory.by_hand.api import HandDelivery
from services.inventory.claims.api import ClaimAnswer, ClaimRemark
from services.inventory.sourcing.api import SupplierWord
from services.inventory.stock.wire import LineCard
from services.order.lookup.buyers import LookupBody, RevealBody
from services.order.placing.api import OrderBody

CANARY = "canary-7"
LINE = {"product_code": "game-50", "unit_price": {"amount_minor": 100, "currency": "CNY"}, "fields": {"account": CANARY}}
BODIES: list[tuple[Any, dict[str, Any]]] = [
    (OrderBody, {"order_number": "K1", "lines": [LINE], "contact": CANARY, "buyer": {"ip": CANARY, "device": CANARY}}),
    (LookupBody, {"order_number": "K1", "contact": CANARY}),
    (RevealBody, {"device": CANARY}),
    (SupplierWord, {"supplier_code": "north", "card": CANARY}),
    (HandDelivery, {"content": CANARY, "tracking_number": CANARY}),
    (ClaimAnswer, {"is_accepted": True, "reason": "ours", "note": CANARY}),
    (ClaimRemark, {"note": CANARY}),
    (LineCard, {"line": 1, "secret": CANARY, "remarks": {"note": CANARY}}),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=lambda each: getattr(each, "__name__", ""))
def test_a_body_shows_nothing_of_what_it_brings(kind: Any, body: dict[str, Any]) -> None:
    parts = [msgspec.convert(body, kind)]
    if isinstance(parts[0], OrderBody):
        parts += [parts[0].buyer, *parts[0].lines]
    assert CANARY not in repr(parts)
