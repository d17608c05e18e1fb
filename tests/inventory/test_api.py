"""The routes: who may ask, and what no name may be."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.tokens import Principal
from services.inventory.service import inventory
from services.inventory.stock.domain.card import stock_key_of
from tests.inventory.served import Shop
from tests.inventory.world import PRODUCT
from tests.routes import route_asked, routes_of

ROUTES = [
    ("POST", "/products", "inventory:write"),
    ("GET", f"/products/{PRODUCT}?shop_id=s", "inventory:read"),
    ("PUT", f"/products/{PRODUCT}/sources/north", "inventory:write"),
    ("PUT", f"/products/{PRODUCT}/sources/north/tilt", "inventory:write"),
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
    ("POST", f"/needs/{UUID(int=7)}/buyer-fields", "needs:write"),
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
PROVEN_OTHERWISE = {
    ("GET", "/products/{product_code}/after-sales-policy"),
    ("POST", "/vault/open"),
    ("POST", "/suppliers/{supplier_code}/callback"),
    ("POST", "/suppliers/{shop_id}/{supplier_code}/callback"),
}
"""For everybody, by a service's token and by signature: their own tests show it."""
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
    routes = routes_of(inventory, Shop().desk)
    assert {route_asked(routes, method, path) for method, path, _ in ROUTES} | PROVEN_OTHERWISE == set(routes)


async def test_no_shop_is_named_so_that_its_stock_could_be_taken_for_anothers() -> None:
    shop = Shop()
    listing = {"shop_id": "a|b", "product_code": "c", "name": "A game"}
    assert stock_key_of("a|b", "c") == stock_key_of("a", "b|c"), "why"
    assert (await shop.call("POST", "/products", listing)).status_code == 422
    assert (await shop.call("POST", "/suppliers", {"shop_id": "a|b", "supplier_code": "own", "kind": "own_stock"})).status_code == 422
    assert (await shop.send_chunk("CODE-0001-AAAA", shop_id="a|b")).status_code == 422
