"""What a buyer fills in for a person who delivers: checked before the payment, sealed, and shown to nobody, not even masked."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.inventory import ProductListed
from contracts.values import Money, ProductField
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, SHOP, notice
from tests.order.test_top_up import body, opened, place

PARCEL = "parcel"
FORM = (
    ProductField("address", "Address", max_characters=300),
    ProductField("recipient", "Recipient", max_characters=12),
    ProductField("phone", "Phone", pattern="1[0-9]{10}"),
    ProductField("remark", "Remark", is_required=False),
)
GIVEN = {"address": "CANARY-LANE " * 20, "recipient": "CANARY-NAME", "phone": "13800138000"}


@pytest.fixture
def parcels(desk: MemoryDesk) -> MemoryDesk:
    """The desk, with goods listed that a person sends."""
    product_id = "22222222-2222-5222-8222-222222222222"
    listed = ProductListed(shop_id=SHOP, product_id=product_id, product_code=PARCEL, name="A parcel", kind="manual", fields=FORM)
    desk.bench.tell(listed, listed)
    return desk


def order(**changed: str) -> dict[str, Any]:
    return body(GIVEN | changed, PARCEL)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"recipient": "thirteen long"}, "recipient"),
        ({"address": "x" * 301}, "address"),
        ({"remark": "x" * 201}, "remark"),
        ({"phone": "12345"}, "phone"),
        ({"address": " "}, "address"),
        ({"size": "XL"}, "size"),
    ],
)
async def test_a_field_that_does_not_fit_is_refused_before_anything_is_placed(
    parcels: MemoryDesk, shop: dict[str, str], changed: dict[str, str], name: str
) -> None:
    answer = await place(parcels, shop, order(**changed))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert f"lines[0].fields.{name}" in answer.text
    assert parcels.bench.said_names() == []


async def test_goods_are_not_sold_without_an_address(parcels: MemoryDesk, shop: dict[str, str]) -> None:
    missing = await place(parcels, shop, body(None, PARCEL))
    assert (missing.status_code, missing.json()["code"]) == (422, "account-missing")


async def test_they_stand_in_the_vault_alone_and_a_preview_shows_nothing_of_them(parcels: MemoryDesk, shop: dict[str, str]) -> None:
    assert (await place(parcels, shop, order())).status_code == 201
    async with parcels.client() as client:
        shown = (await client.get(f"/orders/{NUMBER}", headers=shop)).json()
    assert shown["units"][0]["account"] == {"address": "••••", "phone": "••••", "recipient": "••••"}
    stored = repr(parcels.store.events_after(0, 100)) + repr(parcels.store.tables.inbox) + repr(parcels.bench.said) + repr(shown)
    assert all(each not in stored for each in ("CANARY", GIVEN["phone"], GIVEN["phone"][:3] + "•"))


async def test_they_are_opened_for_a_hand_delivery_while_a_paid_unit_waits(parcels: MemoryDesk, shop: dict[str, str]) -> None:
    await place(parcels, shop, order())
    assert (await opened(parcels, purpose="hand_delivery")).status_code == 409
    parcels.bench.do(notice(amount=Money(2_500, "CNY")))
    answer = await opened(parcels, purpose="hand_delivery")
    assert answer.json()["fields"] == {name: value.strip() for name, value in GIVEN.items()}
    for changed in ({"by": "notify"}, {"kind": "staff"}, {"kind": "shop"}):
        assert (await opened(parcels, purpose="hand_delivery", **changed)).status_code == 403
