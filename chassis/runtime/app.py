"""The HTTP of a running service: its own routes, and what every service offers.

/feed, /feed/heads              the public log, for services            scope feed:read
/internal/commands              commands that a stand-by passes on      scope commands:forward
/ops/parked …                   list, show, replay, discard             scope ops
/ops/restore …                  what a restore lost, and its release    scope ops
/ops/slots/release              let stopped slots of a source go on     scope ops
/ops/status                     figures of the status page              scope ops
/health/live, /health/ready     from progress, open
/metrics                        Prometheus, open (carries no secret)
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.errors import Fault, Forbidden, NotFound
from chassis.hot import HotApp
from chassis.metrics import metrics_route
from chassis.problem import Edge, decoded, install, problem_of, problem_response
from chassis.runtime.desk import FORWARD_PATH, ForwardedCommand, WriterAway
from chassis.runtime.feed import feed_routes
from chassis.runtime.node import Node
from chassis.runtime.passing_on import answer_of_writer
from chassis.store.port import StoreAway
from chassis.store.rows import ParkedRow, ParkedStatus
from chassis.unit import Away, ReleaseUnit, ReplayUnit, Unit

BULK_BODY_BYTES = 8 * 1024 * 1024
LARGEST_PARKED_ID = 2**63 - 1
LONGEST_LIST = 10_000


class SlotsRelease(msgspec.Struct, frozen=True):
    """`POST /ops/slots/release`: an operator has looked at the phantoms of a source."""

    source: str


class StoreUnreachable(Fault):
    code = "store-away"
    title = "The store cannot be read now"


def service_app(node: Node) -> FastAPI:
    """The application of one node."""
    larger_bodies = {FORWARD_PATH: BULK_BODY_BYTES, "/batches": BULK_BODY_BYTES}
    app = HotApp(
        Edge(larger_bodies=larger_bodies),
        title=f"Redress {node.service.name}", docs_url=None, redoc_url=None, openapi_url="/openapi.json",
    )  # fmt: skip
    app.add_exception_handler(StoreAway, _answer_away)
    install(app, larger_bodies=larger_bodies)
    if node.service.routes is not None:
        own = node.service.routes(node.desk).routes
        app.router.routes.extend(own)
        app.serve_hot(own)
    app.router.routes.extend(feed_routes(node.store, node.tokens, lambda: datetime.now(UTC)))
    app.router.routes.extend([metrics_route([node.metrics]), *_health_routes(node), *_ops_routes(node)])
    app.router.routes.extend([*_restore_routes(node), _forward_route(node)])
    return app


def _health_routes(node: Node) -> list[Route]:
    async def live(_: Request) -> Response:
        health = node.health()
        return JSONResponse({"is_live": health.is_live, "reasons": list(health.reasons)}, 200 if health.is_live else 503)

    async def ready(_: Request) -> Response:
        health = node.health()
        return JSONResponse({"is_ready": health.is_ready, "reasons": list(health.reasons)}, 200 if health.is_ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


def _forward_route(node: Node) -> Route:
    async def forward(request: Request) -> Response:
        principal = node.desk.authenticate(request.headers.get("authorization"))
        principal.require("commands:forward")
        if (principal.kind, principal.name) != ("service", node.service.name):
            raise Forbidden(scope="commands:forward")  # it names whom it speaks for: only a stand-by of this very service may
        answered = await node.desk.commit_forwarded(decoded(await request.body(), ForwardedCommand))
        headers = {"x-redress-committed": "yes", "x-redress-repeat": "yes" if answered.is_repeat else "no"}
        return Response(answered.body, answered.status, headers, media_type="application/json")

    return Route(FORWARD_PATH, forward, methods=["POST"])


def _ops_routes(node: Node) -> list[Route]:
    async def status(request: Request) -> Response:
        _require(node, request, "ops")
        return JSONResponse(node.status())

    async def parked(request: Request) -> Response:
        _require(node, request, "ops")
        rows = await asyncio.to_thread(node.store.parked, ParkedStatus.WAITING, 1_000)
        return JSONResponse([_parked(row) for row in rows])

    async def row_of(request: Request) -> ParkedRow:
        parked_id = int(request.path_params["parked_id"])
        row = await asyncio.to_thread(node.store.parked_row, parked_id) if parked_id <= LARGEST_PARKED_ID else None
        if row is None:
            raise NotFound(parked_id=parked_id)
        return row

    async def show(request: Request) -> Response:
        _require(node, request, "ops")
        row = await row_of(request)
        return JSONResponse({**_parked(row), "body": msgspec.json.decode(row.body)})

    async def settle(request: Request) -> Response:
        _require(node, request, "ops")
        await row_of(request)
        unit = ReplayUnit(int(request.path_params["parked_id"]), is_discard=request.url.path.endswith("/discard"))
        return await _settled(node, request, unit)

    return [
        Route("/ops/status", status),
        Route("/ops/parked", parked),
        Route("/ops/parked/{parked_id:int}", show),
        Route("/ops/parked/{parked_id:int}/replay", settle, methods=["POST"]),
        Route("/ops/parked/{parked_id:int}/discard", settle, methods=["POST"]),
    ]


def _restore_routes(node: Node) -> list[Route]:
    async def show(request: Request) -> Response:
        _require(node, request, "ops")
        with suppress(WriterAway):  # what is in the store is shown by whoever is there; stopped slots are known to the writer alone
            if (answer := await answer_of_writer(node, request)) is not None:
                return answer
        recovery = await asyncio.to_thread(node.store.recovery)
        lost = await asyncio.to_thread(node.store.lost, LONGEST_LIST)
        epoch, _ = await asyncio.to_thread(node.store.slot_heads)
        return JSONResponse(
            {
                "epoch": epoch,
                "is_released": recovery is None or recovery.is_released,
                "opened_at": recovery.opened_at.isoformat() if recovery is not None else None,
                "lost": [_parked(row) for row in lost],
                "stopped_slots": [
                    {"source": consumer.source, "slot": slot, "reason": reason}
                    for consumer in node.consumers
                    for slot, reason in consumer.follower.stopped().items()
                ],
            }
        )

    async def release(request: Request) -> Response:
        _require(node, request, "ops")
        return await _settled(node, request, ReleaseUnit())

    async def release_slots(request: Request) -> Response:
        _require(node, request, "ops")
        asked = decoded(await request.body(), SlotsRelease)
        if (answer := await answer_of_writer(node, request)) is not None:
            return answer
        consumer = next((each for each in node.consumers if each.source == asked.source), None)
        if consumer is None:
            raise NotFound(source=asked.source)
        released = await consumer.release()
        return JSONResponse({"released": released, "still_stopped": len(consumer.follower.stopped())})

    return [
        Route("/ops/restore", show),
        Route("/ops/restore/release", release, methods=["POST"]),
        Route("/ops/slots/release", release_slots, methods=["POST"]),
    ]


async def _settled(node: Node, request: Request, unit: Unit) -> Response:
    """What became of an operator's word; only the writer hears it."""
    if (passed_on := await answer_of_writer(node, request)) is not None:
        return passed_on
    result = await node.writer.result_of(unit)
    is_done = not isinstance(result, Away)
    answer = {"result": type(result).__name__.lower(), "detail": result.reason if isinstance(result, Away) else None}
    return JSONResponse(answer, 200 if is_done else 409)


async def _answer_away(request: Request, _: Exception) -> Response:
    """What a route reads before or after its command; the command itself is answered by the writer."""
    return problem_response(problem_of(StoreUnreachable(), request.url.path))


def _require(node: Node, request: Request, scope: str) -> None:
    node.desk.authenticate(request.headers.get("authorization")).require(scope)


def _parked(row: ParkedRow) -> dict[str, Any]:
    return {
        "parked_id": row.parked_id,
        "what": row.what,
        "source": row.source,
        "stream": row.stream,
        "type": row.type,
        "slot": row.slot,
        "sequence": row.sequence,
        "reason": row.reason.value,
        "detail": row.detail,
        "at": row.at.isoformat(),
        "status": row.status.value,
    }
