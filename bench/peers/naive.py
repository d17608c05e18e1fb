"""The obvious program: one message at a time, each library as its own pages show it.

A FastStream handler in a consumer group, an `eventsourcing` application with its PostgreSQL recorder, two publishes, and the offset
committed after each message. It loses nothing (`NACK_ON_ERROR`: a message that fails comes again), repeats after a crash, and blocks
on poison.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from psycopg.conninfo import conninfo_to_dict

from bench.hop_service import NAME, CardGiven, CardShown, DeliveryClosed, DeliveryOpened, OrderPaid, OrderShown
from bench.job import Job, run, say_began, until_told_to_begin, until_told_to_stop
from contracts.envelope import slot_of

_NAMESPACE = UUID("0d5c8a1e-3f5b-4c6e-8a57-7a4f4f1f8a22")


class Delivery(Aggregate):
    """The same delivery on the library's own base."""

    class Opened(Aggregate.Created):
        order_number: str
        product_code: str
        quantity: int
        amount_minor: int
        currency: str

    class Given(Aggregate.Event):
        card_reference: str
        supplier_id: str

    class Shown(Aggregate.Event):
        card_reference: str

    class Closed(Aggregate.Event):
        reason: str
        amount_minor: int

    @event(Opened)
    def __init__(self, order_number: str, product_code: str, quantity: int, amount_minor: int, currency: str) -> None:
        self.order_number = order_number
        self.product_code = product_code
        self.quantity = quantity
        self.amount_minor = amount_minor
        self.currency = currency
        self.card_reference = ""
        self.supplier_id = ""
        self.is_shown = False
        self.is_closed = False

    @staticmethod
    def create_id(order_number: str) -> UUID:
        return uuid5(_NAMESPACE, order_number)

    @event(Given)
    def give(self, card_reference: str, supplier_id: str) -> None:
        self.card_reference = card_reference
        self.supplier_id = supplier_id

    @event(Shown)
    def show(self, card_reference: str) -> None:
        self.is_shown = True

    @event(Closed)
    def close(self, reason: str, amount_minor: int) -> None:
        self.is_closed = True


def application(dsn: str) -> Application[UUID]:
    """The library's application on its own PostgreSQL recorder."""
    found = conninfo_to_dict(dsn)
    return Application(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(found["dbname"]),
            "POSTGRES_HOST": str(found["host"]),
            "POSTGRES_PORT": str(found["port"]),
            "POSTGRES_USER": str(found["user"]),
            "POSTGRES_PASSWORD": str(found["password"]),
        }
    )


class Handler:
    """Handles one message: load or open, decide, save, publish twice."""

    def __init__(self, job: Job, broker: KafkaBroker) -> None:
        self._app = application(job.dsn)
        self._job = job
        self._broker = broker
        self._sequences = [0] * 256
        self._has_begun = False

    async def handle(self, body: dict[str, Any], message: KafkaMessage) -> None:
        if not self._has_begun:
            self._has_begun = True
            say_began()
        if self._job.half == "fresh":
            paid = msgspec.convert(body, OrderPaid)
            delivery = Delivery(paid.order_number, paid.product_code, paid.quantity, paid.amount_minor, paid.currency)
            delivery.give(f"card-of-{paid.order_number}", "supplier-1")
            self._app.save(delivery)
            await self._publish(message, delivery, 1, opened(delivery))
            await self._publish(message, delivery, 2, given(delivery))
        else:
            shown = msgspec.convert(body, OrderShown)
            delivery = self._app.repository.get(Delivery.create_id(shown.order_number))
            delivery.show(delivery.card_reference)
            delivery.close("seen by the buyer", delivery.amount_minor)
            self._app.save(delivery)
            await self._publish(message, delivery, 3, card_shown(delivery))
            await self._publish(message, delivery, 4, closed(delivery))

    async def _publish(self, cause: KafkaMessage, delivery: Delivery, version: int, public: Any) -> None:
        shop = str(cause.headers["ce_shopid"])
        slot = slot_of(shop, delivery.order_number)
        self._sequences[slot] += 1
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{NAME}/{delivery.id}/{version}",
            "ce_type": public.TYPE,
            "ce_source": NAME,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_shopid": shop,
            "ce_partitionkey": delivery.order_number,
            "ce_slot": str(slot),
            "ce_sequence": str(self._sequences[slot]),
            "ce_epoch": "1",
            "ce_correlationid": str(cause.headers["ce_correlationid"]),
            "ce_causationid": str(cause.headers["ce_id"]),
            "ce_subject": delivery.order_number,
            "traceparent": str(cause.headers["traceparent"]),
            "content-type": "application/json",
        }
        value = msgspec.json.encode(public)
        await self._broker.publish(value, self._job.topic, key=delivery.order_number.encode(), partition=slot % 4, headers=headers)

    def close(self) -> None:
        self._app.close()


def opened(delivery: Delivery) -> DeliveryOpened:
    return DeliveryOpened(
        order_id=delivery.id, order_number=delivery.order_number, product_code=delivery.product_code, quantity=delivery.quantity,
        amount_minor=delivery.amount_minor, currency=delivery.currency,
    )  # fmt: skip


def given(delivery: Delivery) -> CardGiven:
    return CardGiven(
        order_id=delivery.id, order_number=delivery.order_number, product_code=delivery.product_code,
        card_reference=delivery.card_reference, supplier_id=delivery.supplier_id,
    )  # fmt: skip


def card_shown(delivery: Delivery) -> CardShown:
    return CardShown(
        order_id=delivery.id, order_number=delivery.order_number, product_code=delivery.product_code,
        card_reference=delivery.card_reference, supplier_id=delivery.supplier_id,
    )  # fmt: skip


def closed(delivery: Delivery) -> DeliveryClosed:
    return DeliveryClosed(
        order_id=delivery.id, order_number=delivery.order_number, product_code=delivery.product_code, quantity=delivery.quantity,
        amount_minor=delivery.amount_minor, currency=delivery.currency,
    )  # fmt: skip


async def main(job: Job) -> None:
    broker = KafkaBroker(job.bootstrap, logger=None, enable_idempotence=True)
    handler = Handler(job, broker)
    subscriber = broker.subscriber(
        job.source_topic, group_id=f"{NAME}-{os.getpid()}", ack_policy=AckPolicy.NACK_ON_ERROR, auto_offset_reset="earliest"
    )
    subscriber(handler.handle)
    await broker.connect()
    await until_told_to_begin()
    await broker.start()
    await until_told_to_stop()
    await broker.stop()
    handler.close()


if __name__ == "__main__":
    run(main)
