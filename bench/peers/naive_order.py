"""The naive flow's order service (`naive_flow.py` says how it is built): takes orders and payment notices, delivers cards.

A notice is verified as ours is, by the same code of `protocols`; the order is loaded, paid, saved and told, then the provider is answered.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.peers.naive_flow import Publisher, application, place_of_arguments, serve
from bench.shop import APP_ID, NOTICES, SELLER_ID, SHOP
from contracts.envelope import topic_of
from contracts.inventory import CardAllocated
from contracts.order import CardDelivered, OrderLine, PaymentConfirmed
from contracts.values import Money, money_from_decimal_text
from protocols import alipay
from protocols.errors import ProtocolError
from protocols.form import decode_form


class Order(Aggregate):
    """An order of one card."""

    class Placed(Aggregate.Created):
        order_number: str
        product_code: str
        amount_minor: int

    class Paid(Aggregate.Event):
        trade_number: str
        amount_minor: int

    class Delivered(Aggregate.Event):
        card_id: str
        card_preview: str
        supplier_code: str

    @event(Placed)
    def __init__(self, order_number: str, product_code: str, amount_minor: int) -> None:
        self.order_number = order_number
        self.product_code = product_code
        self.amount_minor = amount_minor
        self.trade_number = ""
        self.card_id = ""

    @staticmethod
    def create_id(order_number: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/orders/{order_number}")

    @event(Paid)
    def pay(self, trade_number: str, amount_minor: int) -> None:
        self.trade_number = trade_number

    @event(Delivered)
    def deliver(self, card_id: str, card_preview: str, supplier_code: str) -> None:
        self.card_id = card_id


place = place_of_arguments()
orders = application(place.dsn)
broker = KafkaBroker(place.bootstrap, logger=None, enable_idempotence=True)
publisher = Publisher(broker, "order")
provider_key = alipay.load_public_key(place.public_key)
app = FastAPI()


def load(order_number: str) -> Order:
    found: Order = orders.repository.get(Order.create_id(order_number))
    return found


@app.get("/health")
async def health() -> Response:
    return JSONResponse({})


@app.post("/orders")
async def place_order(request: Request) -> Response:
    body = await request.json()
    line = body["lines"][0]
    order = Order(body["order_number"], line["product_code"], line["unit_price"]["amount_minor"])
    await asyncio.to_thread(orders.save, order)
    return JSONResponse({"order_id": str(order.id)}, 201)


@app.post(NOTICES)
async def take_notice(request: Request) -> Response:
    try:
        notice = alipay.parse_notice(decode_form(await request.body()), provider_key, app_id=APP_ID, seller_id=SELLER_ID)
    except ProtocolError:
        return PlainTextResponse("fail", 400)
    order = await asyncio.to_thread(load, notice.order_number)
    amount = money_from_decimal_text(notice.total, "CNY")
    if not notice.is_paid or notice.paid_at is None or amount.amount_minor != order.amount_minor:
        return PlainTextResponse("fail", 400)
    if not order.trade_number:
        order.pay(notice.trade_number, amount.amount_minor)
        await asyncio.to_thread(orders.save, order)
        line = OrderLine(line=1, product_code=order.product_code, quantity=1, unit_price=Money(order.amount_minor, "CNY"))
        message = PaymentConfirmed(
            order_number=order.order_number, shop_id=SHOP, order_id=str(order.id), provider="alipay",
            provider_trade_number=notice.trade_number, amount=amount, paid_at=notice.paid_at, is_late=False, lines=(line,),
        )  # fmt: skip
        correlation_id = str(uuid4())
        await publisher.publish(
            message, order, slot_key=order.order_number, correlation_id=correlation_id, causation_id=f"order/notice/{notice.notify_id}"
        )
    return PlainTextResponse(alipay.SUCCESS_WORD)


@broker.subscriber(topic_of("inventory"), group_id="order", ack_policy=AckPolicy.NACK_ON_ERROR, auto_offset_reset="earliest")
async def on_inventory(body: dict[str, Any], record: KafkaMessage) -> None:
    if record.headers["ce_type"] != CardAllocated.TYPE:
        return
    allocated = msgspec.convert(body, CardAllocated)
    order = await asyncio.to_thread(load, allocated.order_number)
    if order.card_id:
        return
    order.deliver(allocated.card_id, allocated.card_preview, allocated.supplier_code)
    await asyncio.to_thread(orders.save, order)
    paid_at = order.created_on
    message = CardDelivered(
        order_number=order.order_number, shop_id=SHOP, order_id=str(order.id), line=1, unit=1, need_id=allocated.need_id,
        product_code=order.product_code, card_id=order.card_id, card_preview=allocated.card_preview,
        supplier_code=allocated.supplier_code, delivery_milliseconds=int((order.modified_on - paid_at).total_seconds() * 1_000),
    )  # fmt: skip
    await publisher.publish(
        message, order, slot_key=order.order_number,
        correlation_id=str(record.headers["ce_correlationid"]), causation_id=str(record.headers["ce_id"]),
    )  # fmt: skip


if __name__ == "__main__":
    serve(app, broker, place.port)
