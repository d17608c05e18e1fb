"""The naive flow's inventory service (`naive_flow.py` says how it is built): gives a card to each paid order.

The free cards of a product are a list in Redis; one is taken under the product's lock there, the way such shops do it.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from eventsourcing.domain import Aggregate, event
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from valkey.asyncio import Valkey

from bench.peers.naive_flow import Publisher, application, place_of_arguments, serve
from bench.shop import SHOP
from contracts.envelope import topic_of
from contracts.inventory import CardAllocated
from contracts.order import PaymentConfirmed

LOCK_SECONDS = 10.0
SUPPLIER = "own-stock"


class Need(Aggregate):
    """What an order needs, and the card it was given."""

    class Allocated(Aggregate.Created):
        order_number: str
        product_code: str
        card_id: str

    @event(Allocated)
    def __init__(self, order_number: str, product_code: str, card_id: str) -> None:
        self.order_number = order_number
        self.product_code = product_code
        self.card_id = card_id

    @staticmethod
    def create_id(order_number: str, product_code: str, card_id: str) -> UUID:
        return need_id(order_number)


def need_id(order_number: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"/needs/{order_number}")


place = place_of_arguments()
needs = application(place.dsn)
redis = Valkey.from_url(place.redis)
broker = KafkaBroker(place.bootstrap, logger=None, enable_idempotence=True)
publisher = Publisher(broker, "inventory")
app = FastAPI()


def stock_of(product_code: str) -> str:
    return f"naive-stock:{product_code}"


@app.get("/health")
async def health() -> Response:
    return JSONResponse({})


@app.put("/stock/{product_code}/{count}")
async def fill(product_code: str, count: int, request: Request) -> Response:
    await redis.delete(stock_of(product_code))
    await redis.rpush(stock_of(product_code), *(str(uuid5(NAMESPACE_URL, f"/{product_code}/{number}")) for number in range(count)))
    return JSONResponse({})


@broker.subscriber(topic_of("order"), group_id="inventory", ack_policy=AckPolicy.NACK_ON_ERROR, auto_offset_reset="earliest")
async def on_order(body: dict[str, Any], record: KafkaMessage) -> None:
    if record.headers["ce_type"] != PaymentConfirmed.TYPE:
        return
    paid = msgspec.convert(body, PaymentConfirmed)
    number, product_code = paid.order_number, paid.lines[0].product_code
    if need_id(number) in needs.repository:
        return
    async with redis.lock(f"naive-lock:{product_code}", timeout=LOCK_SECONDS):
        card = await redis.lpop(stock_of(product_code))
        assert card is not None, "out of stock"
        need = Need(number, product_code, card.decode())
        await asyncio.to_thread(needs.save, need)
    message = CardAllocated(
        shop_id=SHOP, order_number=number, line=1, unit=1, need_id=str(need.id), attempt=1, product_code=product_code,
        card_id=need.card_id, card_preview="CARD••••51", supplier_code=SUPPLIER,
    )  # fmt: skip
    await publisher.publish(
        message, need, slot_key=product_code,
        correlation_id=str(record.headers["ce_correlationid"]), causation_id=str(record.headers["ce_id"]),
    )  # fmt: skip


if __name__ == "__main__":
    serve(app, broker, place.port)
