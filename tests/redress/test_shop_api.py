"""The OpenAPI document of shops: well-formed by another library's judgement, the same as the code, and about routes that there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import redress
from protocols.yaml_text import yaml_text
from redress.composition import SERVICES
from redress.shop_api import OPERATIONS, Operation, document
from tests.routes import routes_of
from tests.shops.house import ALPHA, House

FILE = Path(redress.__file__).parent.parent / "docs" / "shop-api.yaml"
FOR_OTHERS = {
    "/order/orders/manual", "/order/orders/doubts", "/order/orders/lookup", "/order/orders/{order_number}/payment-decision",
    "/order/orders/{order_number}/units/{line}/{unit}/reveal",
}  # fmt: skip
"""For staff, operators and buyers, though a shop may read some of them."""


def routes() -> set[tuple[str, str]]:
    house, found = House(), set()
    for name, service in SERVICES.items():
        found |= {(method.lower(), f"/{name}{path}") for method, path in routes_of(service, house.desks[name])}
    return found


def test_the_document_is_openapi_and_the_file_is_the_code() -> None:
    OpenAPIV31SpecValidator(document()).validate()
    assert FILE.read_text(encoding="utf-8") == yaml_text(document()), "python -m redress.shop_api > docs/shop-api.yaml"


def test_every_operation_is_a_route_and_every_route_of_orders_and_webhooks_is_told() -> None:
    told = {(operation.method, operation.path) for operation in OPERATIONS}
    assert told <= routes()
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    about = {(method, path) for method, path in routes() if path.startswith(("/order/orders", "/notify/webhooks"))}
    assert {path for method, path in about - told} == FOR_OTHERS


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_a_shops_own_token_may_make_the_call_and_nobody_else_without_one(operation: Operation) -> None:
    house = House()
    _, service, *rest = operation.path.replace("{webhook_id}", "00000000-0000-0000-0000-000000000007").split("/")
    path = "/" + "/".join(rest)
    asked = await house.call(service, f"shop-{ALPHA}", operation.method.upper(), path, {})
    assert asked.status_code in (operation.status, 404, 409, 422), asked.text
    assert (await house.call(service, "nobody", operation.method.upper(), path, {})).status_code == 401
