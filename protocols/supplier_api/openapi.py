"""The OpenAPI 3.1 document of the supplier API, from the message classes and the table of calls.

python -m protocols.supplier_api.openapi > docs/supplier-api.yaml
"""

from typing import Any

import msgspec

from protocols.openapi import json_of, tidied
from protocols.supplier_api.messages import (
    Balance,
    CardAnswer,
    CardQuestion,
    Failure,
    Goods,
    GoodsPage,
    Order,
    OrderChanged,
    OrderRequest,
)
from protocols.supplier_api.replies import FAILURES
from protocols.supplier_api.requests import API_ROOT
from protocols.supplier_api.signing import KEY_HEADER, MAX_SKEW_SECONDS, SIGNATURE_HEADER, TIMESTAMP_HEADER
from protocols.yaml_text import yaml_text

MESSAGES = (OrderRequest, Order, Balance, Goods, GoodsPage, CardQuestion, CardAnswer, OrderChanged, Failure)

_SCHEMES = {"key": KEY_HEADER, "timestamp": TIMESTAMP_HEADER, "signature": SIGNATURE_HEADER}
_AUTHENTICATION = ("missing_signature", "malformed_timestamp", "stale_timestamp", "unknown_key", "invalid_signature", "account_suspended")
_ANY_CALL = (*_AUTHENTICATION, "too_many_requests", "unavailable")

Document = dict[str, Any]


def document() -> Document:
    """The whole document, the same for the same message classes."""
    _, schemas = msgspec.json.schema_components(MESSAGES, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Supplier API",
            "version": "1",
            "description": "What a supplier's server answers so that a shop with Redress can buy cards from it."
            f" Every call is signed; clocks may differ by {MAX_SKEW_SECONDS} seconds. The guide for suppliers tells how.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://supplier.example" + API_ROOT}],
        "security": [{name: [] for name in _SCHEMES}],
        "paths": {
            "/orders/{number}": {
                "parameters": [_path_parameter("number", Order)],
                "put": _call(
                    "createOrder",
                    "Order under the buying side's number. The same request again answers with the same order and sells nothing twice.",
                    Order,
                    ("bad_request", "insufficient_balance", "out_of_stock", "number_taken", "not_on_sale"),
                    body=OrderRequest,
                    made_status="201",
                ),
                "get": _call("getOrder", "Where an order stands; its cards once delivered.", Order, ("order_not_found",)),
            },
            "/orders/{number}/cancellation": {
                "parameters": [_path_parameter("number", Order)],
                "post": _call(
                    "cancelOrder",
                    "Cancel what is not delivered; the money comes back. Cancelled already: the same answer.",
                    Order,
                    ("order_not_found", "not_cancellable"),
                ),
            },
            "/balance": {"get": _call("getBalance", "What is left of the buying side's money.", Balance, ())},
            "/goods": {
                "get": {
                    **_call("listGoods", "What is sold, in order of sku_id.", GoodsPage, ("bad_request",)),
                    "parameters": [_page_parameter("after", 0, 2**53 - 1), _page_parameter("limit", 1, 100)],
                },
            },
            "/goods/{sku_id}": {
                "parameters": [_path_parameter("sku_id", Goods)],
                "get": _call("getGoods", "One of the goods: its price, and how many are left.", Goods, ("not_on_sale",)),
            },
            "/card-status": {
                "post": _call(
                    "askCardStatus",
                    "Whether a card that was sold still works.",
                    CardAnswer,
                    ("bad_request", "order_not_found"),
                    body=CardQuestion,
                ),
            },
        },
        "webhooks": {
            "orderChanged": {
                "post": {
                    "operationId": "orderChanged",
                    "summary": "Sent to an order's callback_url, signed like a call, repeated until a 2xx answers.",
                    "requestBody": _body(OrderChanged),
                    "responses": {"200": {"description": "Taken."}},
                },
            },
        },
        "components": {
            "schemas": {name: tidied(schema) for name, schema in schemas.items()},
            "securitySchemes": {name: {"type": "apiKey", "in": "header", "name": header} for name, header in _SCHEMES.items()},
        },
    }


def _call(
    operation_id: str, summary: str, answer: type[Any], failures: tuple[str, ...], *, body: type[Any] | None = None, made_status: str = ""
) -> Document:
    answers = {status: {"description": summary, "content": json_of(answer)} for status in ("200", made_status) if status}
    by_status: dict[str, list[str]] = {}
    for code in (*failures, *_ANY_CALL):
        by_status.setdefault(str(FAILURES[code][0]), []).append(code)
    refusals = {status: {"description": ", ".join(codes), "content": json_of(Failure)} for status, codes in sorted(by_status.items())}
    call: Document = {"operationId": operation_id, "summary": summary}
    if body is not None:
        call["requestBody"] = _body(body)
    return {**call, "responses": {**answers, **refusals}}


def _body(message: type[Any]) -> Document:
    return {"required": True, "content": json_of(message)}


def _path_parameter(name: str, message: type[Any]) -> Document:
    schema = {"$ref": f"#/components/schemas/{message.__name__}/properties/{name}"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _page_parameter(name: str, least: int, most: int) -> Document:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": least, "maximum": most}}


if __name__ == "__main__":
    print(yaml_text(document()), end="")
