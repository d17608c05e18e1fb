"""The feed a service offers: its public log by slot and sequence, and its heads. The form is told in `feed_client`.

Plain Starlette routes: they copy bytes. They read through the reader's connections, outside the committer's, and a stand-by serves
them too. Only a service token may read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.errors import ContractError
from chassis.runtime.feed_client import FeedFork, FeedForks, FeedHeads, FeedPage, FeedRow
from chassis.store.port import ReaderStore
from chassis.tokens import ServiceTokens
from contracts.envelope import SLOT_COUNT

LARGEST_PAGE_BYTES = 4_000_000
LARGEST_SEQUENCE = 2**63 - 1

_encode = msgspec.json.Encoder().encode


class MalformedWants(ContractError):
    code = "malformed-wants"
    title = "`wants` is slot:sequence pairs with commas between, `epoch` and `max_bytes` are whole numbers"


def feed_routes(store: ReaderStore, tokens: ServiceTokens, now: Callable[[], datetime]) -> list[Route]:
    """`GET /feed` and `GET /feed/heads`; scope `feed:read`."""

    def allow(request: Request) -> None:
        tokens.principal_of(request.headers.get("authorization"), now()).require("feed:read")

    async def heads(request: Request) -> Response:
        allow(request)
        epoch, sequences = await asyncio.to_thread(store.slot_heads)
        return _json(200, FeedHeads(epoch, sequences))

    async def feed(request: Request) -> Response:
        allow(request)
        asked_epoch, wants, max_bytes = _asked(request)
        epoch, sequences = await asyncio.to_thread(store.slot_heads)
        if asked_epoch != epoch:
            forks = await asyncio.to_thread(store.forks)
            return _json(409, FeedForks(epoch, [FeedFork(f.epoch, f.slot, f.sequence) for f in forks]))
        rows = await asyncio.to_thread(store.feed, wants, max_bytes)
        reached = dict(wants)
        for row in rows:
            reached[row.slot] = max(reached[row.slot], row.sequence)
        is_cut = any(reached[slot] < sequences[slot] for slot in wants)
        body = FeedPage(
            epoch, is_cut, [FeedRow(r.slot, r.sequence, r.epoch, r.partition_key, msgspec.Raw(r.headers), r.value) for r in rows]
        )
        return _json(200, body)

    return [Route("/feed", feed, methods=["GET"]), Route("/feed/heads", heads, methods=["GET"])]


def _asked(request: Request) -> tuple[int, dict[int, int], int]:
    query = request.query_params
    try:
        epoch = int(query["epoch"])
        max_bytes = min(int(query.get("max_bytes", "1000000")), LARGEST_PAGE_BYTES)
        pairs = [pair.split(":") for pair in query["wants"].split(",")]
        wants = {int(slot): int(sequence) for slot, sequence in pairs}
    except (KeyError, ValueError) as error:
        raise MalformedWants() from error
    if not all(0 <= slot < SLOT_COUNT and 0 <= sequence <= LARGEST_SEQUENCE for slot, sequence in wants.items()):
        raise MalformedWants()
    return epoch, wants, max_bytes


def _json(status: int, body: msgspec.Struct) -> Response:
    return Response(_encode(body), status, media_type="application/json")
