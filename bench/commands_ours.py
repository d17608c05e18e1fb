"""Ours: the hop's aggregate behind a route, on a whole `Node` as the launcher starts it.

A request is authenticated, becomes a command, waits for the writer's next group, and is answered after the COMMIT that also stored its
answer. The two events are published to Kafka meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.types import ASGIApp

from bench.commands_serving import PATH, TOKEN, Job, OpenDelivery, run
from bench.hop_service import NAME, SHOP, Delivery, card_given, card_shown, delivery_closed, delivery_opened
from chassis.desk import Desk
from chassis.fingerprint import Fingerprints
from chassis.hot import hot
from chassis.keys import InstallationKeys
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.runtime.app import service_app
from chassis.runtime.node import Node, Surroundings
from chassis.secret import Secret
from chassis.service import Service, handles
from chassis.tokens import Principal
from chassis.unit import Answer
from chassis.work import Work

SCOPE = "deliveries:write"


def _own_stream(command: OpenDelivery) -> tuple[UUID]:
    return (Delivery.create_id(SHOP, command.order_number),)


@handles(OpenDelivery, loads=_own_stream)
def open_delivery(command: OpenDelivery, work: Work) -> Answer:
    """Open the delivery and give it a card; an open one is answered as it is."""
    delivery_id = Delivery.create_id(SHOP, command.order_number)
    if work.find(Delivery, delivery_id) is None:
        delivery: Any = Delivery(
            shop_id=SHOP,
            order_number=command.order_number,
            product_code=command.product_code,
            quantity=command.quantity,
            amount_minor=command.amount_minor,
            currency=command.currency,
        )
        delivery.give(card_reference=f"card-of-{command.order_number}", supplier_id="supplier-1")
    return Answer(201, {"delivery_id": delivery_id, "order_number": command.order_number})


def routes(desk: Desk) -> APIRouter:
    """The measured route."""
    router = APIRouter()

    @router.post(PATH, status_code=201)
    @hot
    async def open_one(request: Request) -> Response:
        desk.authenticate(request.headers.get("authorization")).require(SCOPE)
        body = await request.body()
        answered = await desk.do(
            decoded(body, OpenDelivery),
            principal=f"shop/{SHOP}",
            route=PATH,
            key=request.headers.get("idempotency-key"),
            request_body=body,
        )
        return response_of(answered)

    return router


service = Service(
    name=NAME,
    aggregates=[Delivery],
    commands=[open_delivery],
    publish=[delivery_opened, card_given, card_shown, delivery_closed],
    routes=routes,
)


@asynccontextmanager
async def running(job: Job) -> AsyncIterator[ASGIApp]:
    """The node's application, once it is the writer and its relay is up."""

    async def nowhere(_target: str, _request: object) -> object:
        raise AssertionError("the commands call nothing outside")

    node = Node(
        service,
        Surroundings(
            dsn=job.dsn, kafka_bootstrap=job.bootstrap, redis_url=None, address="http://127.0.0.1:1", addresses={},
            keys=InstallationKeys(master=bytes(32), token=bytes(32), fingerprints=Fingerprints({1: bytes(32)})), settings=None,
            http=nowhere, static_tokens=[(Secret(TOKEN), Principal(SHOP, "shop", frozenset({SCOPE})))], advice={},
        ),
    )  # fmt: skip
    await node.start()
    try:
        await _relaying(node)
        yield service_app(node)
    finally:
        await node.stop()


async def _relaying(node: Node) -> None:
    """Wait until the node is the writer and its relay is up."""
    for _ in range(600):
        if node.relay is not None and node.relay.advanced_at is not None:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the node did not get ready: {node.status()}")


if __name__ == "__main__":
    run(running)
