"""What every service offers over HTTP: who may, the feed's pages and refusals, parked messages by an operator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from chassis.runtime.app import service_app
from chassis.store.epochs import open_epoch
from chassis.tokens import Principal
from tests.integration.two_services import Pair, Running, eventually, installation

GUARDED = [
    ("GET", "/feed?epoch=1&wants=1:0", "feed:read"),
    ("GET", "/feed/heads", "feed:read"),
    ("POST", "/internal/commands", "commands:forward"),
    ("GET", "/ops/status", "ops"),
    ("GET", "/ops/parked", "ops"),
    ("GET", "/ops/parked/1", "ops"),
    ("POST", "/ops/parked/1/replay", "ops"),
    ("POST", "/ops/parked/1/discard", "ops"),
    ("GET", "/ops/restore", "ops"),
    ("POST", "/ops/restore/release", "ops"),
    ("POST", "/ops/slots/release", "ops"),
]
OPEN = {"/health/live", "/health/ready", "/metrics", "/openapi.json"}


class Caller:
    """Calls one running service, with a token of the wanted scopes."""

    def __init__(self, running: Running, client: httpx2.AsyncClient) -> None:
        self.running = running
        self.client = client

    async def call(self, method: str, path: str, *scopes: str, name: str | None = None) -> httpx2.Response:
        """With the service's own token, unless another name is given."""
        headers = {}
        if scopes:
            principal = Principal(name or self.running.node.service.name, "service", frozenset(scopes))
            token = self.running.node.tokens.issue(principal, datetime.now(UTC))
            headers = {"authorization": f"Bearer {token.reveal()}"}
        return await self.client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)


@pytest.fixture
async def caller(fresh_database: Callable[[], str], kafka_bootstrap: str) -> AsyncIterator[Caller]:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        running = await made.start(made.pair.well)

        async def is_writing() -> bool:
            return running.node.writer.is_writing

        await eventually(is_writing)
        transport = httpx2.ASGITransport(app=service_app(running.node))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Caller(running, client)


async def test_no_route_is_open_that_should_be_closed(caller: Caller) -> None:
    for method, path, scope in GUARDED:
        stranger = await caller.call(method, path)
        assert stranger.status_code == 401, path
        assert stranger.headers["content-type"] == "application/problem+json"
        assert (await caller.call(method, path, "something:else")).status_code == 403, path
        assert (await caller.call(method, path, scope)).status_code not in (401, 403), path
    app: Any = service_app(caller.running.node)
    paths = {route.path.split("{")[0] for route in app.router.routes if hasattr(route, "path")}
    listed = {path.partition("?")[0].replace("/1", "/") for _, path, _ in GUARDED} | OPEN
    assert {p for p in paths if not any(p.startswith(each.rstrip("/")) or each.startswith(p) for each in listed)} == set()


async def test_only_a_stand_by_of_this_very_service_passes_commands_on(caller: Caller) -> None:
    own = await caller.call("POST", "/internal/commands", "commands:forward")
    another = await caller.call("POST", "/internal/commands", "commands:forward", name="another")
    assert (own.status_code, another.status_code) == (422, 403)


async def test_health_and_metrics_are_open_and_tell_no_secret(caller: Caller) -> None:
    assert (await caller.call("GET", "/health/live")).json()["is_live"]
    text = (await caller.call("GET", "/metrics")).text
    assert "redress_group_units" in text
    assert "redress_relay_lag_records" in text


async def test_the_feed_gives_records_of_a_slot_after_a_sequence_and_says_when_it_was_cut(caller: Caller) -> None:
    await caller.running.pour("a", 5)
    heads = (await caller.call("GET", "/feed/heads", "feed:read")).json()
    slot = heads["sequences"].index(5)
    whole = (await caller.call("GET", f"/feed?epoch=1&wants={slot}:2", "feed:read")).json()
    assert [row["sequence"] for row in whole["rows"]] == [3, 4, 5]
    assert not whole["is_cut"]
    assert whole["rows"][0]["headers"]["ce_sequence"] == "3"
    cut = (await caller.call("GET", f"/feed?epoch=1&wants={slot}:0&max_bytes=1", "feed:read")).json()
    assert cut["is_cut"]
    assert len(cut["rows"]) >= 1


@pytest.mark.parametrize("query", ["", "?epoch=1", "?epoch=x&wants=1:0", "?epoch=1&wants=1", "?epoch=1&wants=256:0", "?epoch=1&wants=1:-1"])
async def test_a_malformed_question_to_the_feed_is_a_clear_error(caller: Caller, query: str) -> None:
    answer = await caller.call("GET", f"/feed{query}", "feed:read")
    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed-wants"


async def test_a_reader_of_another_epoch_is_told_the_forks(fresh_database: Callable[[], str], kafka_bootstrap: str) -> None:
    async with installation(Pair(), fresh_database, kafka_bootstrap) as made:
        running = await made.start(made.pair.well)

        async def is_writing() -> bool:
            return running.node.writer.is_writing

        await eventually(is_writing)
        await running.pour("a", 2)
        await running.stop()
        assert open_epoch(made.dsn_of(made.pair.well)) == 2
        running = await made.start(made.pair.well)
        transport = httpx2.ASGITransport(app=service_app(running.node))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await Caller(running, client).call("GET", "/feed?epoch=1&wants=1:0", "feed:read")
        assert answer.status_code == 409
        assert answer.json()["epoch"] == 2
        assert max(fork["sequence"] for fork in answer.json()["forks"]) == 2
