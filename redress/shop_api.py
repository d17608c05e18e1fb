"""The OpenAPI document of what a shop's own scripts may call, over all services, from the very structs that the routes read and write.

    python -m redress.shop_api > docs/shop-api.yaml

Paths are those behind the one port of `redress up`: `/order/…`, `/inventory/…`, `/notify/…`. Where an answer comes from a view, its
schema stands here by hand; `tests/e2e/test_shop_guide.py` holds the answers of a running installation against all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from protocols.openapi import json_of, tidied
from protocols.yaml_text import yaml_text
from services.notify.webhooks.api import Changes as WebhookChanges
from services.notify.webhooks.api import Registration, ReplaySince, SecretShown
from services.notify.webhooks.commands import EndpointShown
from services.order.lookup.shown import OrderShown
from services.order.paying.api import PaymentBody
from services.order.paying.commands import CheckoutShown, PaymentsShown
from services.order.placing.api import OrderBody
from services.order.placing.cancelling import CancellationTaken
from services.order.placing.commands import OrderTaken

Document = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One call. `answer`: a struct or the name of a schema in `VIEWED`; `refusals`: further statuses than those of any call."""

    method: str
    path: str
    name: str
    summary: str
    status: int
    answer: type[Any] | str
    body: type[Any] | None = None
    refusals: tuple[int, ...] = ()
    query: tuple[str, ...] = ()
    has_key: bool = False


_ORDER = "/order/orders/{order_number}"
_WEBHOOK = "/notify/webhooks/{webhook_id}"

OPERATIONS = (
    Operation("post", "/order/orders", "placeOrder", "Place an order; the same order again is the same answer.", 201, OrderTaken, OrderBody,
              (409,), has_key=True),
    Operation("post", "/order/orders/taken-over", "takeOverOrder", "Hand over an order that the shop beside us sold.", 201, OrderTaken,
              OrderBody, (409,), has_key=True),
    Operation("get", "/order/orders", "listOrders", "The shop's orders, those placed last first.", 200, "OrderList", query=("limit",)),
    Operation("get", "/order/orders/changes", "listChanges", "Orders that changed after a cursor; without one, the cursor to begin with.",
              200, "OrderChanges", refusals=(409,), query=("after",)),
    Operation("get", _ORDER, "showOrder", "An order as it is right now.", 200, OrderShown, refusals=(404,)),
    Operation("post", f"{_ORDER}/cancellation", "cancelOrder", "End an unpaid order's time to pay.", 202, CancellationTaken,
              refusals=(404, 409)),
    Operation("post", f"{_ORDER}/payments", "createPayment", "Have a payment created; look again until it is open.", 202, CheckoutShown,
              PaymentBody, (404, 409)),
    Operation("get", f"{_ORDER}/payments", "listPayments", "The channels that the buyer can be offered now, and the payments begun.", 200,
              PaymentsShown, refusals=(404,)),
    Operation("get", f"{_ORDER}/payments/{{channel}}", "showPayment", "How a payment stands.", 200, CheckoutShown, refusals=(404,)),
    Operation("get", "/inventory/products/{product_code}", "showProduct", "A product as it is listed.", 200, "Product", refusals=(404,)),
    Operation("get", "/inventory/stock", "showStock", "How many cards each product has, by status.", 200, "Stock"),
    Operation("post", "/notify/webhooks", "registerWebhook", "Have messages posted to an address; the secret is in the answer, this once.",
              201, SecretShown, Registration, (409,), has_key=True),
    Operation("get", "/notify/webhooks", "listWebhooks", "The shop's webhooks, the newest first.", 200, "WebhookList"),
    Operation("get", _WEBHOOK, "showWebhook", "A webhook as it is right now.", 200, EndpointShown, refusals=(404,)),
    Operation("patch", _WEBHOOK, "changeWebhook", "Change address or types, disable, enable again.", 200, EndpointShown, WebhookChanges,
              (404, 409)),
    Operation("delete", _WEBHOOK, "removeWebhook", "Post nothing there any more and forget it.", 200, "Removed", refusals=(404,)),
    Operation("post", f"{_WEBHOOK}/secret", "replaceSecret", "A new secret; for a day messages are signed with both.", 200, SecretShown,
              refusals=(404,)),
    Operation("post", f"{_WEBHOOK}/test", "testWebhook", "Have a message of the type webhook.test posted.", 202, "TestTaken",
              refusals=(404, 409)),
    Operation("post", f"{_WEBHOOK}/acknowledgement", "acknowledgeFailures", "What was given up so far is known: no alert any more.", 200,
              EndpointShown, refusals=(404,)),
    Operation("get", f"{_WEBHOOK}/deliveries", "listDeliveries", "What was posted or is to be, the newest first.", 200, "DeliveryList",
              refusals=(404,), query=("limit",)),
    Operation("post", f"{_WEBHOOK}/deliveries/{{delivery_id}}/replay", "replayDelivery", "Post one message again.", 202, "ReplayTaken",
              refusals=(404, 409)),
    Operation("post", f"{_WEBHOOK}/replay", "replaySince", "Post messages since a moment again, the oldest first.", 202, "ReplayTaken",
              ReplaySince, (404, 409)),
)  # fmt: skip


def _object(**properties: Document) -> Document:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT, _WHOLE, _MOMENT = {"type": "string"}, {"type": "integer"}, {"type": "string", "format": "date-time"}
_MAYBE_TEXT, _MAYBE_WHOLE = {"type": ["string", "null"]}, {"type": ["integer", "null"]}


def _list_of(name: str) -> Document:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


VIEWED: Mapping[str, Document] = {
    "Problem": {"description": "RFC 9457; `code` is stable, further members are facts.",
                **_object(type=_TEXT, title=_TEXT, status=_WHOLE, code=_TEXT)},
    "OrderListed": _object(order_id=_TEXT, shop_id=_TEXT, order_number=_TEXT, state=_TEXT, placed_at=_MOMENT, updated_at=_MOMENT,
                           outcome=_MAYBE_TEXT, units={"type": "array", "items": _object(line=_WHOLE, unit=_WHOLE, state=_TEXT)}),
    "OrderList": _object(orders=_list_of("OrderListed")),
    "OrderChanges": _object(orders=_list_of("OrderListed"), cursor=_TEXT, is_last={"type": "boolean"}),
    "Product": _object(product_code=_TEXT, name=_TEXT, kind=_TEXT),
    "Stock": _object(products={"type": "array", "items": _object(product_code=_TEXT, imported=_WHOLE, free=_WHOLE, allocated=_WHOLE)}),
    "WebhookListed": _object(webhook_id=_TEXT, url=_TEXT, types={"type": "array", "items": _TEXT}, state=_TEXT, registered_at=_MOMENT),
    "WebhookList": _object(webhooks=_list_of("WebhookListed")),
    "Removed": _object(webhook_id=_TEXT),
    "TestTaken": _object(message_id=_TEXT),
    "Delivery": _object(delivery_id=_TEXT, message_id=_TEXT, type=_TEXT, about=_TEXT, state={"enum": ["waiting", "delivered", "failed"]},
                        tries=_WHOLE, http_status=_MAYBE_WHOLE, reason=_MAYBE_TEXT, queued_at=_MOMENT, next_try_at=_MAYBE_TEXT),
    "DeliveryList": _object(deliveries=_list_of("Delivery")),
    "ReplayTaken": _object(replayed=_WHOLE),
}  # fmt: skip

_ANY_CALL = {
    401: "Nobody we know asks.",
    403: "The token may not do this.",
    422: "The request does not fit.",
    503: "The same again, later.",
}
_REFUSALS = {404: "There is no such thing in this shop.", 409: "A rule does not allow this; `code` says which."}
_QUERIES: Mapping[str, Document] = {
    "limit": {"type": "integer", "minimum": 1},
    "after": {"type": "string", "maxLength": 200},
}


def document() -> Document:
    """The whole document."""
    structs = {each for operation in OPERATIONS for each in (operation.answer, operation.body) if isinstance(each, type)}
    _, schemas = msgspec.json.schema_components(sorted(structs, key=lambda each: each.__name__), ref_template="#/components/schemas/{name}")
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _call(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Redress for shops",
            "version": "1",
            "description": "Orders in, states out. Amounts are minor units with a currency, times UTC. Answers may gain fields.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://localhost:8000"}],
        "security": [{"shop": []}],
        "paths": paths,
        "components": {
            "schemas": {name: tidied(schema) for name, schema in sorted((schemas | dict(VIEWED)).items())},
            "securitySchemes": {"shop": {"type": "http", "scheme": "bearer"}},
        },
    }


def _call(operation: Operation) -> Document:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters: list[Document] = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    parameters += [{"name": name, "in": "query", "schema": _QUERIES[name]} for name in operation.query]
    if operation.has_key:
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "minLength": 1, "maxLength": 255}})
    refusals = _ANY_CALL | {status: _REFUSALS[status] for status in operation.refusals}
    responses: Document = {str(operation.status): {"description": operation.summary, "content": json_of(operation.answer)}}
    responses |= {
        str(status): {"description": words, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        for status, words in sorted(refusals.items())
    }
    call: Document = {"operationId": operation.name, "summary": operation.summary}
    if parameters:
        call["parameters"] = parameters
    if operation.body is not None:
        call["requestBody"] = {"required": True, "content": json_of(operation.body)}
    return {**call, "responses": responses}


if __name__ == "__main__":
    print(yaml_text(document()), end="")
