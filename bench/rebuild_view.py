"""The view whose rebuild is measured: one document for each delivery, whatever events it comes from."""

from __future__ import annotations

from typing import Any

from bench.hop_service import NAME, SHOP, Delivery, card_given, card_shown, delivery_closed, delivery_opened
from chassis.service import Service
from chassis.view import Row, View


def after(kind: str, event: Any, order_number: str, document: dict[str, Any] | None) -> dict[str, Any]:
    """The fold, on events of either library: the document after an event of this kind (its class's name)."""
    if kind == "Opened":
        return {
            "order_number": order_number, "product_code": event.product_code, "quantity": event.quantity,
            "amount_minor": event.amount_minor, "currency": event.currency, "state": "opened", "opened_at": event.timestamp.isoformat(),
        }  # fmt: skip
    assert document is not None, "a delivery begins with its opening"
    match kind:
        case "Given":
            return document | {"state": "given", "card_reference": event.card_reference, "supplier_id": event.supplier_id}
        case "Shown":
            return document | {"state": "shown"}
        case _:
            return document | {"state": "closed", "reason": event.reason}


class Deliveries(View):
    """The document of each delivery, newest opened first."""

    NAME = "deliveries"
    events = (Delivery.Opened, Delivery.Given, Delivery.Shown, Delivery.Closed)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        order_number = event.order_number if row is None else row.document["order_number"]
        document = after(type(event).__name__, event, order_number, None if row is None else row.document)
        return Row(f"{SHOP}/{document['opened_at']}/{order_number}", document)


service = Service(
    name=NAME,
    aggregates=[Delivery],
    publish=[delivery_opened, card_given, card_shown, delivery_closed],
    views=[Deliveries],
)
