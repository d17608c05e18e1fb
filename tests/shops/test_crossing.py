"""The law of several shops: what a shop's people and scripts get is the same whether or not another shop's objects are there.

Two houses have the same settings, and in one of them the shop ALPHA has traded: products, cards, orders, needs, batches, endpoints.
Every route of every service, taken from the declarations' own tables, is then asked in both with each of BETA's credentials, for
ALPHA's names: the answers must be equal byte for byte, so another shop's object cannot be told from one that there never was, and
nothing may be recorded for ALPHA. A route that is added later is walked too: the test asks for what its path names, and for a body that
is understood.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from redress.composition import SERVICES
from redress.keyring import OWNERS_ONLY, SHOP_SCOPES, scopes_of
from services.inventory.claims.domain.claim import Claim
from services.inventory.settlement.domain.sale_line import SaleLine
from services.inventory.settlement.domain.settlement import Settlement
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.card import Card
from tests.routes import routes_of
from tests.shops.house import ALPHA, BATCH, BETA, HOOK, NUMBER, PRICE, PRODUCT, ROLES, SUPPLIER, House

NAMES: dict[str, str] = {
    "order_number": NUMBER, "line": "1", "unit": "1", "channel": "epay", "provider": "epay", "product_code": PRODUCT,
    "supplier_code": SUPPLIER, "currency": "CNY", "batch_id": BATCH, "chunk_number": "1", "shop_id": ALPHA,
    "need_id": str(Need.create_id(ALPHA, NUMBER, 1, 1)),
}  # fmt: skip
"""What stands in a path: ALPHA's."""

CARDS = [{"line": 1, "secret": f"CARD-1-{ALPHA}"}, {"line": 2, "secret": "CARD-1-of-both"}]
BODIES: dict[str, dict[str, Any]] = {
    "/orders": {"order_number": NUMBER, "lines": [{"product_code": PRODUCT, "unit_price": PRICE}], "contact": f"buyer@{ALPHA}.example"},
    "/orders/lookup": {"order_number": NUMBER, "contact": f"buyer@{ALPHA}.example", "shop_id": BETA},
    "/orders/{order_number}/payments": {"channel": "epay"},
    "/orders/{order_number}/payment-decision": {"is_paid": True, "shop_id": ALPHA},
    "/orders/{order_number}/units/{line}/{unit}/reveal": {},
    "/claims/{claim_id}/answer": {"is_accepted": True, "reason": "ours"},
    "/claims/{claim_id}/decision": {"is_upheld": True, "reason": "ours"},
    "/claims/{claim_id}/amount": {"amount": PRICE},
    "/claims/{claim_id}/notes": {"note": "ours"},
    "/claims/{claim_id}/checks": {"result": "used"},
    "/deposits/{supplier_code}/{currency}/entries": {"key": "k", "kind": "top_up", "amount_minor": 5, "reason": "ours"},
    "/deposits/{supplier_code}/{currency}/lines": {"warning_minor": 2, "floor_minor": 1},
    "/suppliers/{supplier_code}/settlement-terms": {"is_on_account": True},
    "/settlements/{settlement_id}/payment": {"reference": "T1"},
    "/settlements/lines/{line_id}/price": {"sale": PRICE, "commission_minor": 5},
    "/settlements/lines/{line_id}/hold": {"action": "hold", "reason": "ours"},
    "/connection": {"kind": "dujiaoka"},
    "/connection/mode": {"mode": "fill_in"},
    "/connection/orders": {"kind": "dujiaoka", "orders": []},
    "/shop-cards": {"supplier_code": "own", "cards": []},
    "/suppliers": {"supplier_code": "own", "kind": "own_stock"},
    "/suppliers/{supplier_code}/suspension": {"is_suspended": True},
    "/suppliers/{supplier_code}/terms": {"tilt": 5},
    "/needs/run-again": {"is_dry_run": True},
    "/needs/{need_id}/delivery": {"content": "a text"},
    "/needs/{need_id}/supplier-word": {"supplier_code": SUPPLIER},
    "/products": {"product_code": PRODUCT, "name": "A game of beta"},
    "/products/{product_code}/sources/{supplier_code}": {"sku_id": 7, "price": PRICE},
    "/products/{product_code}/sources/{supplier_code}/tilt": {"tilt": 5},
    "/products/{product_code}/expiry-margin": {"days": 3},
    "/products/{product_code}/after-sales-policy": {"policy": {"refund": "none"}},
    "/products/{product_code}/withdrawal": {"reason": "test"},
    "/batches/{batch_id}/chunks": {"product_code": PRODUCT, "supplier_code": "own", "chunk_number": 1, "cards": CARDS},
    "/batches/{batch_id}/chunks/{chunk_number}/withdrawal": {"reason": "test"},
    "/webhooks": {"url": HOOK},
    "/webhooks/{webhook_id}": {"is_enabled": False, "types": ["order.paid"]},
    "/webhooks/{webhook_id}/replay": {"since": "2020-01-01T00:00:00Z", "state": "all"},
    "/batches/{batch_id}/decision": {"decision": "stop"},
    "/batches/{batch_id}/sample": {},
    "/cards/{card_id}/verification": {},
    "/stock/withdrawal": {"reason": "test", "cards": CARDS},
}
BODIES["/orders/taken-over"] = BODIES["/orders"]

QUERIES = {("GET", "/settlements/lines"): f"supplier_code={SUPPLIER}"}
"""What must be named in a query, besides the shop."""
BY_SIGNATURE = {"/notices/{provider}/{shop_id}", "/suppliers/{supplier_code}/callback", "/suppliers/{shop_id}/{supplier_code}/callback"}
"""What a provider or a supplier sends is understood once it is signed."""

TOKENS = (*(f"{role}-{BETA}" for role in ROLES), f"shop-{BETA}", f"{SUPPLIER}-{BETA}")


def streams_of(house: House, shop: str, kind: str) -> list[UUID]:
    rows = house.desks["inventory"].store.events_after(0, 10_000)
    return [row.stream_id for row in rows if row.shop_id == shop and row.kind == kind and row.version == 1]


def accounts_of(house: House) -> dict[str, str]:
    """A line and a settlement of ALPHA."""
    (line_id,) = streams_of(house, ALPHA, SaleLine.TOPIC)
    (settlement_id,) = streams_of(house, ALPHA, Settlement.TOPIC)
    return {"line_id": str(line_id), "settlement_id": str(settlement_id)}


def routes() -> Iterator[tuple[str, str, str]]:
    """(service, method, path pattern) of every route that a declaration has."""
    house = House()
    for name, service in SERVICES.items():
        for method, path in routes_of(service, house.desks[name]):
            yield name, method, path


def bodies(path: str, cards: list[UUID]) -> Iterator[Any]:
    """Ways to ask: with ALPHA named, with nobody named, and where a body names what it is about, ALPHA's."""
    if path == "/claims":
        yield {"card_id": str(cards[0]), "reason": "ours"}
        return
    if path == "/vault/open":
        for purpose in ("reveal", "export"):
            yield {"references": [str(card) for card in cards], "purpose": purpose, "order_number": NUMBER}
        return
    given = BODIES.get(path, {})
    if "shop_id" not in given and not path.startswith(("/orders", "/webhooks/")):
        yield given | {"shop_id": ALPHA}
    yield given


def shown(answer: Any) -> tuple[int, str]:
    """A new secret is random, and so is the seal of a cursor."""
    text = re.sub(r'"cursor":"[0-9A-Za-z_=-]{96}"', '"cursor"', answer.text)
    return answer.status_code, re.sub(r"whsec_[0-9A-Za-z+/=]+", "whsec_", text)


async def names_of(house: House) -> dict[str, str]:
    """`NAMES` with what else ALPHA has: a webhook and one of its deliveries, an alert, a notice that was kept for it."""
    (webhook,) = (await house.done("notify", f"owner-{ALPHA}", "GET", "/webhooks"))["webhooks"]
    log = await house.done("notify", f"viewer-{ALPHA}", "GET", f"/webhooks/{webhook['webhook_id']}/deliveries")
    assert {each["type"] for each in log["deliveries"]} >= {"order.placed", "order.paid", "unit.delivered"}
    (alert, *_) = (await house.done("inventory", f"owner-{ALPHA}", "GET", "/alerts"))["alerts"]
    (kept,) = (await house.done("order", f"owner-{ALPHA}", "GET", "/forwardings"))["forwardings"]
    return {
        **NAMES,
        "webhook_id": webhook["webhook_id"],
        "delivery_id": log["deliveries"][0]["delivery_id"],
        "alert_id": alert["alert_id"],
        "forwarding_id": kept["forwarding_id"],
    }


async def test_what_beta_gets_is_the_same_whether_or_not_alpha_is_there() -> None:
    with_alpha, without = House(), House()
    await with_alpha.trade(ALPHA)
    cards = streams_of(with_alpha, ALPHA, Card.TOPIC)
    assert len(cards) == 2
    (claim_id,) = streams_of(with_alpha, ALPHA, Claim.TOPIC)
    names = await names_of(with_alpha) | {"claim_id": str(claim_id), "card_id": str(cards[0])} | accounts_of(with_alpha)
    keys = itertools.count()
    before = with_alpha.events_of(ALPHA)
    for service, method, path in list(routes()):
        filled = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: names[found[1]], path)
        wanted = QUERIES.get((method, path), "")
        for token in TOKENS:
            for body in bodies(path, cards) if method != "GET" else [None]:
                for query in (f"?shop_id={ALPHA}&{wanted}", f"?{wanted}"):
                    key = f"key-{next(keys)}"
                    there = await with_alpha.call(service, token, method, filled + query, body, key)
                    other = await without.call(service, token, method, filled + query, body, key)
                    asked = (method, filled + query, token, body)
                    assert shown(there) == shown(other), asked
                    is_understood = "invalid-request" not in there.text or "shop_id" in there.text
                    assert is_understood or path in BY_SIGNATURE or there.status_code == 401, (asked, there.text)
        with_alpha.carry()
        without.carry()
    assert with_alpha.events_of(ALPHA) == before


async def test_a_shop_that_is_named_and_not_ones_own_is_not_found_just_as_one_that_there_is_not() -> None:
    house = House()
    await house.trade(ALPHA)
    for service, path in (("order", "/orders"), ("order", f"/orders/{NUMBER}"), ("inventory", "/stock"), ("inventory", "/needs")):
        for token in TOKENS:
            if token == f"{SUPPLIER}-{BETA}" and path != "/claims":
                continue
            foreign = await house.call(service, token, "GET", f"{path}?shop_id={ALPHA}")
            unknown = await house.call(service, token, "GET", f"{path}?shop_id=nobody")
            assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown-shop")
            assert shown(foreign) == shown(unknown)


async def test_equal_numbers_codes_and_cards_of_two_shops_do_not_meet() -> None:
    house = House()
    await house.trade(ALPHA)
    await house.trade(BETA)
    seen = {}
    for shop in (ALPHA, BETA):
        order = await house.done("order", f"shop-{shop}", "GET", f"/orders/{NUMBER}")
        assert (order["shop_id"], [unit["state"] for unit in order["units"]]) == (shop, ["delivered"])
        (stock,) = (await house.done("inventory", f"viewer-{shop}", "GET", "/stock"))["products"]
        assert (stock["imported"], stock["allocated"], stock["reserved"]) == (2, 1, 1)
        product = await house.done("inventory", f"viewer-{shop}", "GET", f"/products/{PRODUCT}")
        assert product["name"] == f"A game of {shop}"
        listed = await house.done("order", f"owner-{shop}", "GET", "/orders")
        assert {each["shop_id"] for each in listed["orders"]} == {shop}
        needs = await house.done("inventory", f"owner-{shop}", "GET", "/needs")
        assert {each["shop_id"] for each in needs["needs"]} == {shop}
        seen[shop] = {need["card_id"] for need in needs["needs"]} | {order["order_id"]}
    assert not seen[ALPHA] & seen[BETA] - {None}
    ordered = house.desks["inventory"].bench.intents()
    assert {row.shop_id for row in ordered} == {ALPHA, BETA}
    assert len({row.key for row in ordered}) == len(ordered)


async def test_a_callback_signed_by_another_shops_supplier_is_not_heard() -> None:
    house = House()
    await house.trade(ALPHA)
    number = next(row.key for row in house.desks["inventory"].bench.intents() if row.shop_id == ALPHA)
    settings = house.desks["inventory"].settings
    assert settings.account(ALPHA, SUPPLIER) is not settings.account(BETA, SUPPLIER)
    assert settings.callback_url(ALPHA, SUPPLIER) is None
    before = house.events_of(ALPHA)
    for path in (f"/suppliers/{SUPPLIER}/callback", f"/suppliers/{BETA}/{SUPPLIER}/callback", f"/suppliers/{ALPHA}/{SUPPLIER}/callback"):
        answer = await house.call("inventory", f"owner-{BETA}", "POST", path, {"order_no": number})
        assert answer.status_code in (401, 404, 422)
    assert house.events_of(ALPHA) == before


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_a_shop_reaches_the_operators_or_the_services_routes(role: Any) -> None:
    for scopes in (scopes_of(role), SHOP_SCOPES):
        assert not scopes & {"ops", "feed:read", "commands:forward"}
    assert scopes_of("viewer") < scopes_of("operator") < scopes_of("owner")
    assert not scopes_of("operator") & OWNERS_ONLY
