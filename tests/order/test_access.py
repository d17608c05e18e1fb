"""Who may do what: one test for each route that is not a provider's."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.tokens import Principal
from services.order.service import order as order_service
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, SHOP, a_line, exhausted, pay, place
from tests.routes import route_asked, routes_of

PLACE = {
    "order_number": NUMBER,
    "lines": [{"product_code": "steam-50", "unit_price": {"amount_minor": 100, "currency": "CNY"}}],
    "contact": "buyer@example.org",
}
FORWARDING = "11111111-2222-5333-8444-555555555555"
ROUTES: list[tuple[str, str, Any, str]] = [
    ("POST", "/orders", PLACE, "orders:write"),
    ("POST", "/orders/taken-over", PLACE, "orders:write"),
    ("POST", f"/orders/{NUMBER}/cancellation", None, "orders:write"),
    ("GET", "/orders/changes", None, "orders:read"),
    ("GET", "/orders", None, "orders:read"),
    ("GET", "/orders/manual", None, "orders:read"),
    ("GET", "/orders/doubts", None, "orders:read"),
    ("GET", f"/orders/{NUMBER}", None, "orders:read"),
    ("POST", f"/orders/{NUMBER}/payments", {"channel": "epay"}, "orders:write"),
    ("GET", f"/orders/{NUMBER}/payments", None, "orders:read"),
    ("GET", "/channels", None, "orders:read"),
    ("POST", "/channels/{channel}/restoration", {}, "ops"),
    ("GET", f"/orders/{NUMBER}/payments/{{channel}}", None, "orders:read"),
    ("POST", f"/orders/{NUMBER}/payment-decision", {"is_paid": True}, "ops"),
    ("GET", f"/notices/alipay/{SHOP}/heard", None, "orders:write"),
    ("POST", f"/notices/alipay/{SHOP}/heard", None, "orders:write"),
    ("PUT", "/connection", {"kind": "dujiaoka"}, "orders:connect"),
    ("PUT", "/connection/mode", {"mode": "fill_in"}, "orders:connect"),
    ("POST", "/connection/orders", {"kind": "dujiaoka", "orders": []}, "orders:connect"),
    ("GET", "/connection", None, "orders:read"),
    ("GET", "/forwardings", None, "orders:read"),
    ("GET", f"/forwardings/{FORWARDING}", None, "orders:read"),
    ("POST", f"/forwardings/{FORWARDING}/replay", None, "orders:write"),
    ("POST", f"/forwardings/{FORWARDING}/acknowledgement", None, "orders:write"),
]
PROVEN_OTHERWISE = {
    ("POST", "/orders/lookup"),
    ("POST", "/orders/{order_number}/units/{line}/{unit}/reveal"),
    ("GET", "/notices/{provider}/{shop_id}"),
    ("POST", "/notices/{provider}/{shop_id}"),
    ("POST", "/vault/open"),
}
"""By contact, by case token, by signature and by a service's token: their own tests show it."""


async def ask(desk: MemoryDesk, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
    async with desk.client() as client:
        return await client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES)
async def test_a_route_needs_credentials_and_its_own_scope(desk: MemoryDesk, method: str, path: str, body: Any, scope: str) -> None:
    place(desk.bench)
    others = {"orders:write", "orders:read", "cards:import", "ops"} - {scope}
    wrong = desk.admit("wrong", Principal(SHOP, "shop", frozenset(others)))
    right = desk.admit("right", Principal(SHOP, "shop", frozenset({scope})))
    nobody = await ask(desk, method, path, body, {})
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert (await ask(desk, method, path, body, {"authorization": "Bearer guess"})).status_code == 401
    assert (await ask(desk, method, path, body, wrong)).status_code == 403
    assert (await ask(desk, method, path, body, right)).status_code in (200, 201, 202, 404, 409)


async def test_staff_do_not_place_orders_in_the_name_of_a_shop(desk: MemoryDesk) -> None:
    staff = desk.admit("staff", Principal("mei", "staff", frozenset({"orders:write"})))
    assert (await ask(desk, "POST", "/orders", PLACE, staff)).status_code == 403


async def test_a_shop_sees_its_own_orders_only_and_staff_see_all(desk: MemoryDesk, shop: dict[str, str], staff: dict[str, str]) -> None:
    place(desk.bench, "K1")
    pay(desk.bench, "K1")
    desk.bench.tell(exhausted(number="K1"))
    desk.refresh_views()
    other = desk.admit("other", Principal("other", "shop", frozenset({"orders:read"})))
    for path, name in (("/orders", "orders"), ("/orders/manual", "units")):
        assert [each["order_number"] for each in (await ask(desk, "GET", path, None, shop)).json()[name]] == ["K1"]
        assert [each["order_number"] for each in (await ask(desk, "GET", path, None, staff)).json()[name]] == ["K1"]
        assert (await ask(desk, "GET", path, None, other)).json()[name] == []
        assert (await ask(desk, "GET", f"{path}?shop_id={SHOP}", None, other)).status_code == 404
    assert (await ask(desk, "GET", "/orders/K1", None, shop)).json()["units"][0]["state"] == "failed"
    assert (await ask(desk, "GET", "/orders/K1", None, staff)).status_code == 200
    assert (await ask(desk, "GET", "/orders/K1", None, other)).status_code == 404
    assert (await ask(desk, "GET", "/orders/K9", None, staff)).status_code == 404


async def test_a_list_of_something_that_is_no_shop_is_a_clear_problem(desk: MemoryDesk, staff: dict[str, str]) -> None:
    for query in ("shop_id=%00", "limit=0", "limit=501"):
        assert (await ask(desk, "GET", f"/orders?{query}", None, staff)).status_code == 422


async def test_no_list_shows_a_contact_or_its_fingerprint(desk: MemoryDesk, shop: dict[str, str]) -> None:
    place(desk.bench, lines=(a_line(quantity=2),))
    desk.refresh_views()
    for path in ("/orders", f"/orders/{NUMBER}"):
        text = (await ask(desk, "GET", path, None, shop)).text
        assert "contact" not in text
        assert "v1:" not in text


def test_every_route_is_in_one_of_the_tables_above(desk: MemoryDesk) -> None:
    routes = routes_of(order_service, desk)
    assert {route_asked(routes, method, path) for method, path, _, _ in ROUTES} | PROVEN_OTHERWISE == set(routes)
