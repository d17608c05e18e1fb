"""The routes: who may, what a stranger gets, and that no card leaves but by the vault."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from chassis.activity import Absent, Refused, Unknown, confirmed
from chassis.secret import Secret
from chassis.tokens import Principal
from chassis.unit import OutcomeUnit
from protocols.dujiao_next import SupplierAccess, build_callback
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings, SupplierAccount
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.domain.card import Card, stock_key_of
from tests.desk import MemoryDesk
from tests.inventory.world import PATTERN, PRODUCT, SHOP, World, need_id

SECRET = "GAME-0001-AAAA-BBBB"
ACCESS = SupplierAccess("key", "api-secret")


class Shop:
    """A desk with a world around it."""

    def __init__(self) -> None:
        account = SupplierAccount(base_url="http://north", api_key="key", api_secret=Secret("api-secret"))
        self.desk = MemoryDesk(inventory, InventorySettings(suppliers={"north": account}))
        self.client = self.desk.client()
        self.operator = self.desk.admit(
            "operator", Principal("ann", "staff", frozenset({"inventory:read", "inventory:write", "needs:write"}))
        )
        self.order = self.desk.admit("order", Principal("order", "service"))
        self.world = World.__new__(World)
        self.world.bench, self.world.vault, self.world.fingerprints = self.desk.bench, self.desk.vault, self.desk.fingerprints

    async def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.request(method, path, json=body, headers=self.operator if headers is None else headers)

    async def set_up(self, *suppliers: str) -> None:
        listing = {"shop_id": SHOP, "product_code": PRODUCT, "name": "A game", "card_pattern": PATTERN}
        assert (await self.call("POST", "/products", listing)).status_code == 201
        own = {"shop_id": SHOP, "supplier_code": "own", "kind": "own_stock"}
        assert (await self.call("POST", "/suppliers", own)).status_code == 201
        for code in suppliers:
            account = self.desk.settings.suppliers.get(code)
            kind = account.kind if account is not None else "dujiao_next"
            await self.call("POST", "/suppliers", {"shop_id": SHOP, "supplier_code": code, "kind": kind})
            offer = {"shop_id": SHOP, "sku_id": 7, "price": {"amount_minor": 100, "currency": "CNY"}}
            answer = await self.call("PUT", f"/products/{PRODUCT}/sources/{code}", offer)
            assert answer.status_code == 200, answer.text

    async def supplier(self, code: str) -> dict[str, Any]:
        """What is told of a supplier."""
        told = (await self.call("GET", f"/suppliers?shop_id={SHOP}")).json()["suppliers"]
        return next(each for each in told if each["supplier_code"] == code)

    async def send_chunk(self, *secrets: str, chunk_number: int = 1, **changed: Any) -> httpx2.Response:
        cards = [{"line": line, "secret": secret} for line, secret in enumerate(secrets, start=1)]
        body = {"shop_id": SHOP, "product_code": PRODUCT, "supplier_code": "own", "chunk_number": chunk_number, "cards": cards}
        return await self.call("POST", "/batches/b1/chunks", body | changed)

    async def sold(self, order: str = "A1") -> str:
        """A card is in stock and sold; its id."""
        await self.set_up()
        await self.send_chunk(SECRET)
        self.world.buy(order)
        need: Need = self.desk.bench.aggregate(need_id(order))
        return str(need.card_id)

    async def open(self, *references: str, headers: dict[str, str] | None = None, **changed: Any) -> httpx2.Response:
        body = {"references": references, "purpose": "reveal", "order_number": "A1", "ip": "203.0.113.9", "device": "phone-1"}
        return await self.call("POST", "/vault/open", body | changed, self.order if headers is None else headers)


ROUTES = [
    ("POST", "/products", "inventory:write"),
    ("GET", f"/products/{PRODUCT}?shop_id=s", "inventory:read"),
    ("PUT", f"/products/{PRODUCT}/sources/north", "inventory:write"),
    ("PUT", f"/products/{PRODUCT}/expiry-margin", "inventory:write"),
    ("PUT", f"/products/{PRODUCT}/after-sales-policy", "inventory:write"),
    ("POST", "/batches/b1/chunks", "inventory:write"),
    ("POST", "/batches/b1/completion", "inventory:write"),
    ("GET", "/batches/b1?shop_id=s", "inventory:read"),
    ("GET", "/batches/b1/chunks/1?shop_id=s", "inventory:read"),
    ("GET", f"/products/{PRODUCT}/free-cards?shop_id=s", "inventory:read"),
    ("POST", "/batches/b1/chunks/1/withdrawal", "inventory:write"),
    ("POST", f"/products/{PRODUCT}/withdrawal", "inventory:write"),
    ("POST", "/stock/withdrawal", "inventory:write"),
    ("GET", "/stock?shop_id=s", "inventory:read"),
    ("GET", "/batches/lost?shop_id=s", "inventory:read"),
    ("POST", f"/cards/{UUID(int=7)}/verification", "inventory:write"),
    ("GET", f"/cards/{UUID(int=7)}/verification?shop_id=s", "inventory:read"),
    ("POST", "/batches/b1/decision", "inventory:write"),
    ("POST", "/batches/b1/sample", "inventory:write"),
    ("GET", "/stock/alerts?shop_id=s", "inventory:read"),
    ("POST", "/shop-cards", "inventory:write"),
    ("GET", "/shop-cards?shop_id=s", "inventory:read"),
    ("POST", "/suppliers", "inventory:write"),
    ("PUT", "/suppliers/north/suspension", "inventory:write"),
    ("PUT", "/suppliers/north/terms", "inventory:write"),
    ("GET", "/suppliers?shop_id=s", "inventory:read"),
    ("GET", "/needs?shop_id=s", "inventory:read"),
    ("POST", f"/needs/{UUID(int=7)}/run", "needs:write"),
    ("POST", "/needs/run-again", "needs:write"),
    ("GET", "/alerts?shop_id=s", "inventory:read"),
    ("POST", f"/alerts/{UUID(int=7)}/acknowledgement", "inventory:write"),
    ("POST", f"/needs/{UUID(int=7)}/supplier-word", "needs:write"),
    ("POST", f"/needs/{UUID(int=7)}/claim", "needs:write"),
    ("DELETE", f"/needs/{UUID(int=7)}/claim", "needs:write"),
    ("POST", f"/needs/{UUID(int=7)}/delivery", "needs:write"),
    ("POST", f"/needs/{UUID(int=7)}/refusal", "needs:write"),
    ("GET", "/claims?shop_id=s", "claims:read"),
    ("GET", "/claims/open?shop_id=s", "claims:read"),
    ("GET", f"/claims/{UUID(int=7)}", "claims:read"),
    ("POST", "/claims", "claims:write"),
    ("POST", f"/claims/{UUID(int=7)}/answer", "claims:write"),
    ("POST", f"/claims/{UUID(int=7)}/decision", "claims:write"),
    ("POST", f"/claims/{UUID(int=7)}/amount", "claims:write"),
    ("POST", f"/claims/{UUID(int=7)}/notes", "claims:write"),
    ("POST", f"/claims/{UUID(int=7)}/checks", "claims:write"),
    ("GET", "/deposits?shop_id=s", "claims:read"),
    ("GET", "/deposits/north/CNY/entries?shop_id=s", "claims:read"),
    ("POST", "/deposits/north/CNY/entries", "deposits:write"),
    ("PUT", "/deposits/north/CNY/lines", "deposits:write"),
    ("PUT", "/suppliers/north/settlement-terms", "settlements:write"),
    ("GET", "/settlements?shop_id=s", "settlements:read"),
    ("GET", "/settlements/lines?shop_id=s&supplier_code=north", "settlements:read"),
    ("GET", "/settlements/check?shop_id=s", "settlements:read"),
    ("GET", f"/settlements/{UUID(int=7)}", "settlements:read"),
    ("POST", f"/settlements/{UUID(int=7)}/payout-request", "settlements:write"),
    ("POST", f"/settlements/{UUID(int=7)}/payout-refusal", "settlements:pay"),
    ("POST", f"/settlements/{UUID(int=7)}/payout-approval", "settlements:pay"),
    ("POST", f"/settlements/{UUID(int=7)}/payout-confirmation", "settlements:pay"),
    ("POST", f"/settlements/{UUID(int=7)}/payment", "settlements:pay"),
    ("POST", f"/settlements/lines/{UUID(int=7)}/price", "settlements:write"),
    ("POST", f"/settlements/lines/{UUID(int=7)}/hold", "settlements:write"),
]
SCOPES = frozenset(
    {
        "inventory:read",
        "inventory:write",
        "needs:write",
        "claims:read",
        "claims:write",
        "deposits:write",
        "settlements:read",
        "settlements:write",
        "settlements:pay",
    }
)


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
async def test_a_route_is_closed_to_strangers_and_to_those_without_its_scope(method: str, path: str, scope: str) -> None:
    shop = Shop()
    assert (await shop.call(method, path, {}, {})).status_code == 401
    other = shop.desk.admit("other", Principal("eve", "staff", SCOPES - {scope}))
    assert (await shop.call(method, path, {}, other)).status_code == 403
    right = shop.desk.admit("right", Principal("bob", "staff", frozenset({scope})))
    assert (await shop.call(method, path, {}, right)).status_code not in (401, 403)


def test_every_route_stands_in_the_list_or_is_guarded_in_its_own_way() -> None:
    shop = Shop()
    assert inventory.routes is not None
    app = FastAPI()
    app.include_router(inventory.routes(shop.desk))
    paths = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert len(paths) == len(ROUTES) + 4
    callbacks = {("POST", f"/suppliers/{each}/callback") for each in ("{supplier_code}", "{shop_id}/{supplier_code}")}
    assert {("GET", "/products/{product_code}/after-sales-policy"), ("POST", "/vault/open"), *callbacks} <= paths


# importing


async def test_a_chunk_becomes_stock_and_says_what_did_not() -> None:
    shop = Shop()
    await shop.set_up()
    answer = await shop.send_chunk(SECRET, "not a card", SECRET)
    assert answer.json() == {
        "imported": 1,
        "duplicates": [{"line": 3, "product_code": PRODUCT, "batch_id": "b1"}],
        "faults": [{"line": 2, "code": "pattern"}],
    }
    again = await shop.send_chunk(SECRET, "not a card", SECRET)
    assert again.json() == answer.json()
    done = await shop.call("POST", "/batches/b1/completion", {"shop_id": SHOP})
    assert done.json()["imported"] == 1
    shop.desk.refresh_views()
    (counts,) = (await shop.call("GET", f"/stock?shop_id={SHOP}")).json()["products"]
    assert (counts["imported"], counts["free"]) == (1, 1)


async def test_a_card_that_is_known_as_another_product_is_told_with_that_product_and_its_batch() -> None:
    shop = Shop()
    await shop.set_up("north")
    await shop.call("POST", "/products", {"shop_id": SHOP, "product_code": "OTHER", "name": "Another", "card_pattern": None})
    await shop.send_chunk(SECRET)
    shop.world.buy("A1", "A2")
    shop.world.deliver(shop.world.number_of("A2"), "GAME-0002-AAAA-BBBB")
    cards = [{"line": 4, "secret": f" {SECRET}"}, {"line": 5, "secret": "GAME-0002-AAAA-BBBB"}, {"line": 6, "secret": "NEW"}]
    body = {"shop_id": SHOP, "product_code": "OTHER", "supplier_code": "own", "chunk_number": 1, "cards": cards}
    answer = (await shop.call("POST", "/batches/b2/chunks", body)).json()
    assert answer["imported"] == 1
    assert answer["duplicates"] == [
        {"line": 4, "product_code": PRODUCT, "batch_id": "b1"},
        {"line": 5, "product_code": PRODUCT, "batch_id": None},
    ]


async def test_what_a_file_says_beside_a_card_is_kept_in_the_vault_alone() -> None:
    shop = Shop()
    await shop.set_up()
    remarks = {"preview": "lucky number", "note": "from ann", "cost": "20"}
    cards = [
        {"line": 1, "secret": SECRET, "remarks": remarks, "expires_at": "2027-01-31T00:00:00+08:00"},
        {"line": 2, "secret": "GAME-0002-AAAA-BBBB", "remarks": {"note": "n" * 65}},
    ]
    answer = await shop.send_chunk(cards=cards)
    assert (answer.json()["imported"], answer.json()["faults"]) == (1, [{"line": 2, "code": "note-too-long"}])
    card: Card = shop.desk.bench.aggregate(Card.create_id(SHOP, shop.desk.fingerprints.of("card", SECRET)))
    assert card.expires_at is not None
    assert card.expires_at.isoformat() == "2027-01-30T16:00:00+00:00"
    tables = shop.desk.store.tables
    assert sorted(row.kind for row in tables.vault.values()) == ["card", "card-remarks"]
    assert card.remarks_reference in tables.vault
    assert not any(planted in event.state for event in tables.events for planted in (b"lucky", b"from ann"))


async def test_a_card_within_the_margin_of_its_expiry_is_not_taken_in() -> None:
    shop = Shop()
    await shop.set_up()
    margin = await shop.call("PUT", f"/products/{PRODUCT}/expiry-margin", {"shop_id": SHOP, "days": 7})
    assert margin.json() == {"product_code": PRODUCT, "days": 7}
    cards = [
        {"line": days, "secret": f"GAME-{days:04d}-AAAA-BBBB", "expires_at": (shop.desk.now() + timedelta(days=days)).isoformat()}
        for days in (6, 8)
    ]
    answer = await shop.send_chunk(cards=cards)
    assert (answer.json()["imported"], answer.json()["faults"]) == (1, [{"line": 6, "code": "expired"}])


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"product_code": "NONE"}, 404),
        ({"supplier_code": "nobody"}, 404),
        ({"cards": [{"line": 1, "secret": "x"}] * 91}, 422),
        ({"chunk_number": 0}, 422),
    ],
)
async def test_a_chunk_that_does_not_fit_is_refused_without_repeating_it(changed: dict[str, Any], status: int) -> None:
    shop = Shop()
    await shop.set_up()
    answer = await shop.send_chunk(SECRET, **changed)
    assert answer.status_code == status
    assert SECRET not in answer.text


async def test_a_full_queue_is_told_as_such() -> None:
    shop = Shop()
    await shop.set_up()
    shop.desk.is_full = True
    assert (await shop.send_chunk(SECRET)).status_code == 503


async def test_a_product_shows_its_sources() -> None:
    shop = Shop()
    await shop.set_up("north")
    found = (await shop.call("GET", f"/products/{PRODUCT}?shop_id={SHOP}")).json()
    assert found["card_pattern"] == PATTERN
    assert found["sources"] == [{"supplier_code": "north", "sku_id": 7, "price": {"amount_minor": 100, "currency": "CNY"}}]


# opening


async def test_a_card_is_opened_for_its_order_and_the_opening_is_told() -> None:
    shop = Shop()
    card_id = await shop.sold()
    for count in (1, 2):
        answer = await shop.open(card_id)
        assert answer.json() == {"cards": [{"card_id": card_id, "secret": SECRET, "opened_count": count, "fields": []}]}
        assert answer.headers["cache-control"] == "no-store"
    opened = [value for name, value in shop.desk.bench.said if name == "CardOpened"]
    assert [each["opened_count"] for each in opened] == [1, 2]
    tables = shop.desk.store.tables
    assert sorted(row.kind for row in tables.vault.values()) == ["card", "device", "device", "ip", "ip"]
    for planted in (SECRET, "203.0.113.9", "phone-1"):
        assert not any(planted.encode() in (event.state + (event.value or b"")) for event in tables.events)
        assert not any(planted.encode() in row.answer for row in tables.inbox.values())


async def test_nobody_but_the_order_service_opens_and_only_to_reveal() -> None:
    shop = Shop()
    card_id = await shop.sold()
    assert (await shop.open(card_id, headers={})).status_code == 401
    for principal in (Principal("order", "staff", SCOPES), Principal("refund", "service")):
        other = shop.desk.admit("other", principal)
        assert (await shop.open(card_id, headers=other)).status_code == 403
    assert (await shop.open(card_id, purpose="curiosity")).status_code == 403
    assert "CardOpened" not in shop.desk.bench.said_names()


async def test_a_card_of_another_order_a_held_one_and_none_are_refused() -> None:
    shop = Shop()
    card_id = await shop.sold()
    foreign = await shop.open(card_id, order_number="A2")
    assert (foreign.status_code, foreign.json()["code"]) == (409, "card-not-of-order")
    assert (await shop.open(str(UUID(int=7)))).status_code == 404
    shop.world.tell(shop.world.failed("A1"))
    held = await shop.open(card_id)
    assert (held.status_code, held.json()["code"]) == (409, "card-withheld")
    assert SECRET not in foreign.text + held.text
    assert "CardOpened" not in shop.desk.bench.said_names()


async def test_one_refused_card_keeps_all_of_them_shut() -> None:
    shop = Shop()
    card_id = await shop.sold()
    await shop.send_chunk("GAME-0002-AAAA-BBBB", chunk_number=2)
    free = Card.create_id(SHOP, shop.desk.fingerprints.of("card", "GAME-0002-AAAA-BBBB"))
    assert (await shop.open(card_id, str(free))).status_code == 409
    assert "CardOpened" not in shop.desk.bench.said_names()


# suppliers and needs


async def test_needs_and_suppliers_are_listed_and_a_need_is_tried_again() -> None:
    shop = Shop()
    await shop.set_up()
    shop.world.buy("A1")
    shop.desk.refresh_views()
    (need,) = (await shop.call("GET", f"/needs?shop_id={SHOP}&status=manual")).json()["needs"]
    assert (need["order_number"], need["reason"]) == ("A1", "exhausted")
    await shop.send_chunk(SECRET)
    key = {**shop.operator, "idempotency-key": "k1"}
    for _ in range(2):
        answer = await shop.call("POST", f"/needs/{need['need_id']}/run", headers=key)
        assert (answer.status_code, answer.json()["status"]) == (202, "allocated")
    assert (await shop.call("POST", f"/needs/{need['need_id']}/run")).status_code == 409


async def test_a_supplier_is_suspended_and_its_score_shown() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.deliver(shop.world.number_of("A1"), SECRET)
    shop.desk.refresh_views()
    assert (await shop.supplier("north"))["sample_count"] == 1
    assert (await shop.supplier("own"))["sample_count"] == 0
    body = {"shop_id": SHOP, "is_suspended": True, "reason": "holiday"}
    assert (await shop.call("PUT", "/suppliers/north/suspension", body)).json()["is_suspended"] is True
    shop.desk.refresh_views()
    north = await shop.supplier("north")
    assert (north["status"], north["reason"], north["staff"], north["probation_at"]) == ("suspended", "holiday", "ann", None)


async def test_an_operator_tilts_the_choice() -> None:
    shop = Shop()
    await shop.set_up("north", "south")
    assert (await shop.call("PUT", "/suppliers/south/terms", {"shop_id": SHOP, "tilt": 5})).json()["tilt"] == 5
    assert (await shop.call("PUT", "/suppliers/south/terms", {"shop_id": SHOP, "tilt": 500})).status_code == 422
    assert (await shop.call("PUT", "/suppliers/west/terms", {"shop_id": SHOP, "tilt": 5})).status_code == 404
    shop.world.buy("A1")
    assert [target for target, _ in shop.world.open_intents()] == ["south"]
    shop.desk.refresh_views()
    assert (await shop.supplier("south"))["tilt"] == 5


async def test_a_supplier_is_registered_only_with_the_kind_of_its_account() -> None:
    shop = Shop()
    await shop.set_up()
    body = {"shop_id": SHOP, "supplier_code": "north", "kind": "acg_faka"}
    answer = await shop.call("POST", "/suppliers", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "supplier-account-of-another-kind")
    assert answer.json()["account_kind"] == "dujiao_next"
    assert (await shop.call("POST", "/suppliers", {**body, "kind": "dujiao_next"})).status_code == 201


# callbacks


def callback(number: str, shop: Shop, *, status: str = "completed", access: SupplierAccess = ACCESS, card: str = SECRET) -> Any:
    content: dict[str, Any] = {"event": "order.delivered", "order_id": 1, "downstream_order_no": number, "status": status}
    content["fulfillment"] = {"type": "auto", "status": "delivered", "payload": card}
    return build_callback(access, content, now=shop.desk.now(), url_path="/suppliers/north/callback")


async def send(shop: Shop, request: Any) -> httpx2.Response:
    return await shop.client.post(request.url_path, content=request.body, headers=dict(request.headers))


async def test_a_callback_about_an_awaited_order_has_it_asked_at_once() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    shop.world.answer(number, Unknown("not_fulfilled"))
    answer = await send(shop, callback(number, shop))
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "message": "received"})
    (row,) = [row for row in shop.desk.bench.intents() if row.key == number]
    assert row.due_at == shop.desk.now()
    assert shop.world.need("A1").status is NeedStatus.SOURCING
    shop.world.deliver(number, SECRET, is_asked=True)
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names()[-1] == "CardAllocated"


async def test_a_callback_can_bring_a_late_card_once() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    for _ in range(3):
        shop.world.answer(number, Unknown("answer_lost"))
        shop.world.told(number, Absent())
    for _ in range(2):
        assert (await send(shop, callback(number, shop))).status_code == 200
    delivery, rows = shop.world.delivery(SECRET)
    row = next(row for row in shop.desk.bench.intents() if row.key == number)
    shop.desk.bench.commit(OutcomeUnit(number, row.attempt, confirmed(delivery), asked_at=shop.desk.bench.now, sealed=rows))
    assert shop.desk.bench.said_names().count("LateCardStocked") == 1
    assert shop.desk.bench.said_names().count("ClaimRaised") == 1


async def test_a_callback_about_an_order_that_a_restore_made_us_forget_brings_its_card() -> None:
    shop = Shop()
    await shop.set_up("north")
    shop.world.buy("A1")
    shop.world.answer(shop.world.number_of("A1"), Refused("out_of_stock"))
    (number,) = shop.world.need("A1").next_numbers("north")
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names()[-1] == "LateCardStocked"
    assert (await send(shop, callback(number, shop))).status_code == 200
    assert shop.desk.bench.said_names().count("LateCardStocked") == 1


async def test_a_callback_that_is_not_the_supplier_s_is_refused() -> None:
    shop = Shop()
    await shop.set_up("north", "south")
    shop.world.buy("A1")
    number = shop.world.number_of("A1")
    forged = await send(shop, callback(number, shop, access=SupplierAccess("key", "wrong")))
    assert (forged.status_code, forged.json()["reason"]) == (401, "invalid_signature")
    old = callback(number, shop)
    shop.desk.bench.now += timedelta(minutes=5)
    assert (await send(shop, old)).status_code == 401
    malformed = await send(shop, callback(number, shop, status="what"))
    assert malformed.status_code == 422
    for other in ("A9-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa-1", "nonsense", number[:-1] + "9"):
        assert (await send(shop, callback(other, shop))).status_code == 404
    unknown = callback(number, shop)
    answer = await shop.client.post("/suppliers/south/callback", content=unknown.body, headers=dict(unknown.headers))
    assert answer.status_code == 404
    assert SECRET not in json.dumps([each.text for each in (forged, malformed, answer)])


async def test_no_shop_is_named_so_that_its_stock_could_be_taken_for_anothers() -> None:
    shop = Shop()
    listing = {"shop_id": "a|b", "product_code": "c", "name": "A game"}
    assert stock_key_of("a|b", "c") == stock_key_of("a", "b|c"), "why"
    assert (await shop.call("POST", "/products", listing)).status_code == 422
    assert (await shop.call("POST", "/suppliers", {"shop_id": "a|b", "supplier_code": "own", "kind": "own_stock"})).status_code == 422
    assert (await shop.send_chunk("CODE-0001-AAAA", shop_id="a|b")).status_code == 422
