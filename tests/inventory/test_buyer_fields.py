"""Who delivers by hand is shown what the buyer filled in; nobody else is, and nothing of it stays here."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.tokens import Principal
from contracts.values import ProductField
from services.inventory.stock.domain.product_kind import KindTerms, UnfitCardPattern, UnfitProductTerms, checked_listing
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.served import Shop
from tests.inventory.test_by_hand import PARCEL, buy
from tests.inventory.world import SHOP, need_id

ADDRESS = "CANARY-LANE 7, 200000 Shanghai"
FORM = [
    {"name": "recipient", "label": "Recipient", "max_characters": 40},
    {"name": "address", "label": "Address", "max_characters": 300},
    {"name": "phone", "label": "Phone", "pattern": "1[0-9]{10}"},
    {"name": "remark", "label": "Remark", "is_required": False},
]
GIVEN = {"address": ADDRESS, "phone": "13800138000", "recipient": "CANARY-NAME"}
SCOPES = frozenset({"inventory:read", "needs:write"})


class Desk(Shop):
    """A shop with a parcel to send; `answer` is the order service's."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: tuple[int, bytes] = (200, msgspec.json.encode({"fields": GIVEN}))
        self.desk.peers.on("order", "/vault/open", lambda _: self.answer)
        self.path = f"/needs/{need_id('A1')}"
        self.bob = self.desk.admit("bob", Principal("bob", "staff", SCOPES))

    async def sell(self) -> None:
        listing = {"shop_id": SHOP, "product_code": PARCEL, "name": "A parcel", "kind": "manual", "is_sent": True, "fields": FORM}
        assert (await self.call("POST", "/products", listing)).status_code == 201
        buy(self.world, "A1", PARCEL)

    async def look(self, headers: dict[str, str] | None = None) -> Any:
        return await self.call("POST", f"{self.path}/buyer-fields", headers=headers)

    def looks(self) -> list[str]:
        """Who looked, by the need's own history."""
        rows = self.desk.store.events_after(0, 10_000)
        return [msgspec.json.decode(row.state)["staff"] for row in rows if row.topic == "inventory.Need.BuyerFieldsShown"]


async def test_who_has_claimed_the_need_is_shown_the_fields_and_each_look_is_kept() -> None:
    desk = Desk()
    await desk.sell()
    await desk.call("POST", f"{desk.path}/claim")
    shown = await desk.look()
    assert [(each["label"], each["value"]) for each in shown.json()["fields"]] == [
        ("Recipient", "CANARY-NAME"),
        ("Address", ADDRESS),
        ("Phone", "13800138000"),
    ]
    assert shown.headers["cache-control"] == "no-store"
    await desk.look()
    assert desk.looks() == ["ann", "ann"]
    asked = {"shop_id": SHOP, "order_number": "A1", "line": 1, "purpose": "hand_delivery"}
    assert desk.desk.peers.asked[0] == ("order", "POST", "/vault/open", asked)
    stored = repr(desk.desk.store.events_after(0, 10_000)) + repr(desk.desk.store.tables.inbox) + repr(desk.desk.bench.said)
    assert "CANARY" not in stored
    assert_rebuilds(desk.desk.bench)


async def test_nobody_is_shown_them_who_has_not_claimed_the_need() -> None:
    desk = Desk()
    await desk.sell()
    assert (await desk.look()).json()["code"] == "need-not-claimed"
    await desk.call("POST", f"{desk.path}/claim")
    strangers = {
        "another of the staff": (desk.bob, 409),
        "one who may only read": (desk.desk.admit("reader", Principal("ann", "staff", frozenset({"inventory:read"}))), 403),
        "another shop's": (desk.desk.admit("theirs", Principal("ann", "staff", SCOPES, frozenset({"other"}))), 404),
        "a service": (desk.order, 403),
        "a shop": (desk.desk.admit("shop", Principal(SHOP, "shop", frozenset({"inventory:read"}))), 403),
        "nobody": ({}, 401),
    }
    for who, (headers, status) in strangers.items():
        answer = await desk.look(headers)
        assert (answer.status_code, "CANARY" in answer.text) == (status, False), who
    assert (desk.desk.peers.asked, desk.looks()) == ([], [])


async def test_after_the_delivery_they_are_shown_no_more() -> None:
    desk = Desk()
    await desk.sell()
    await desk.call("POST", f"{desk.path}/claim")
    await desk.call("POST", f"{desk.path}/delivery", {"carrier": "SF Express", "tracking_number": "SF1"})
    assert (await desk.look()).json()["code"] == "need-not-waiting"
    assert desk.desk.peers.asked == []


@pytest.mark.parametrize(("answer", "status"), [((404, b"{}"), 404), ((409, b"{}"), 404), ((503, b"{}"), 503), ((200, b'["CANARY"]'), 503)])
async def test_what_the_order_does_not_open_is_not_shown(answer: tuple[int, bytes], status: int) -> None:
    desk = Desk()
    await desk.sell()
    await desk.call("POST", f"{desk.path}/claim")
    desk.answer = answer
    told = await desk.look()
    assert (told.status_code, "CANARY" in told.text) == (status, False)


async def test_a_listing_says_what_the_buyer_is_asked_for() -> None:
    desk = Desk()
    await desk.sell()
    (listed,) = desk.world.said("ProductListed")
    assert [(each["name"], each["is_required"], each["max_characters"]) for each in listed["fields"]] == [
        ("recipient", True, 40),
        ("address", True, 300),
        ("phone", True, None),
        ("remark", False, None),
    ]
    field = {"name": "recipient", "label": "Recipient", "max_characters": 501}
    too_long = {"shop_id": SHOP, "product_code": "X", "name": "X", "kind": "manual", "fields": [field]}
    assert (await desk.call("POST", "/products", too_long)).status_code == 422


@pytest.mark.parametrize(
    ("kind", "field", "error"),
    [
        ("manual", ProductField("phone", "Phone", pattern="("), UnfitCardPattern),
        ("manual", ProductField("Phone!", "Phone"), UnfitProductTerms),
        ("card", ProductField("phone", "Phone"), UnfitProductTerms),
        ("account", ProductField("phone", "Phone", max_characters=3), UnfitProductTerms),
    ],
)
def test_fields_that_do_not_fit_the_kind_are_refused(kind: str, field: ProductField, error: type[Exception]) -> None:
    with pytest.raises(error):
        checked_listing(kind, None, KindTerms((field, ProductField("other", "Other"))))
