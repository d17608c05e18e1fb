"""Every route of the real services over real HTTP: closed to strangers, closed without its scope, and every error a problem."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest
from starlette.routing import Route

from chassis.runtime.app import service_app
from chassis.tokens import Principal
from redress.hosting import joined
from redress.status import status_app
from tests.integration.the_house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBLEM = "application/problem+json"
OPEN = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}
"""What anybody may see."""
PROVEN_BY_CONTENT = {
    "/orders/lookup",
    "/notices/{provider}/{shop_id}",
    "/suppliers/{supplier_code}/callback",
    "/suppliers/{shop_id}/{supplier_code}/callback",
}
"""By contact or by signature: their own tests show it."""
PUBLIC = {("GET", "/products/{product_code}/after-sales-policy")}
BY_CASE_TOKEN = {"/orders/{order_number}/units/{line}/{unit}/reveal"}
FILLED = {"parked_id": "1", "currency": "CNY", "line": "1", "unit": "1", "chunk_number": "1"}
BODY_OF = {"/vault/open": {"references": [str(UUID(int=7))], "purpose": "reveal", "order_number": "A1"}}
SERVICES = ("order", "inventory", "notify")


def filled_in(path: str) -> str:
    """A path with something of the right shape for each name in it."""
    return re.sub(r"{(\w+)}", lambda match: FILLED.get(match[1], str(UUID(int=7)) if match[1].endswith("_id") else "x"), path)


def routes_of(app: Any) -> set[tuple[str, str]]:
    """Method and path of every route, those of the document and the plain ones."""
    found = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    for route in app.router.routes:
        if isinstance(route, Route):
            path = re.sub(r":\w+}", "}", route.path)
            found |= {(method, path) for method in route.methods or () if method != "HEAD"}
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_is_closed_to_strangers_and_to_those_without_its_scope(home: House, name: str) -> None:
    node = home.nodes[name]
    token = node.tokens.issue(Principal("eve", "staff", frozenset({"something:else"})), datetime.now(UTC)).reveal()
    guarded = {(method, path) for method, path in routes_of(service_app(node)) if path not in OPEN | PROVEN_BY_CONTENT} - PUBLIC
    assert len(guarded) >= 12
    async with httpx2.AsyncClient(base_url=home.addresses[name], trust_env=False) as client:
        for method, path in sorted(guarded):
            filled = filled_in(path) + "?shop_id=shop"
            for headers, status in (({}, 401), ({"authorization": "Bearer guess"}, 401), ({"authorization": f"Bearer {token}"}, 403)):
                answer = await client.request(method, filled, headers=headers, json=BODY_OF.get(path, {}))
                expected = 401 if path in BY_CASE_TOKEN else status
                assert (answer.status_code, answer.headers["content-type"]) == (expected, PROBLEM), (method, path, answer.text)
                assert expected != 401 or answer.headers["www-authenticate"] == "Bearer", path


@pytest.mark.parametrize("name", SERVICES)
async def test_an_unknown_route_and_a_wrong_method_are_problems_too(home: House, name: str) -> None:
    app = service_app(home.nodes[name])
    async with httpx2.AsyncClient(base_url=home.addresses[name], trust_env=False) as client:
        for path in ("/", "/nothing", "/%00", "/%ff", "//feed", "/../etc/passwd", "/ops/parked/x"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"], answer.headers["content-type"]) == (404, "unknown-route", PROBLEM), path
        for path in sorted({path for _, path in routes_of(app)}):
            filled = filled_in(path)
            answer = await client.request("LINK", filled)
            assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM), path
            assert answer.headers["x-correlation-id"]


async def test_behind_the_one_port_of_redress_up_it_is_the_same(home: House) -> None:
    nodes = home.nodes
    app = joined({name: service_app(node) for name, node in nodes.items()}, {"notices": "order"}, status_app(list(nodes.values()), []))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        for method, path, status in (
            ("GET", "/nothing", 404),
            ("PATCH", "/", 405),
            ("POST", "/status.json", 405),
            ("GET", "/order/nothing", 404),
            ("GET", "/order/orders", 401),
            ("GET", "/inventory", 404),
            ("POST", "/notices/alipay/nobody", 404),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), path
