"""An endpoint that asks to be left alone is; one that was disabled or removed is tried no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.store.rows import IntentStatus
from protocols.http import HttpReply
from services.notify.webhooks.domain.limits import DEFAULT_LIMITS
from services.notify.webhooks.reactions import STOPPED_AT_ONCE
from tests.notify.world import URL, World, closed, placed


def times(world: World) -> list[datetime]:
    stamps = [int(request.header("webhook-timestamp") or "") for _, request in world.receiver.arrived]
    return [datetime.fromtimestamp(each, tz=world.bench.now.tzinfo) for each in stamps]


@pytest.mark.parametrize("status", [429, 503])
async def test_an_endpoint_that_asks_for_quiet_hears_nothing_until_then(status: int) -> None:
    world = World()
    await world.register()
    began = world.bench.now
    world.receiver.answers[URL] = HttpReply(status, (("Retry-After", "600"),))
    world.bench.tell(placed("K1"))
    await world.work(seconds=1)
    world.receiver.answers.clear()
    world.bench.tell(placed("K2"))  # what comes meanwhile waits as well
    await world.work(seconds=590)
    assert len(times(world)) == 1
    await world.work(seconds=20)
    assert [(each - began).total_seconds() for each in times(world)] == [0, 600, 600]


async def test_quiet_has_a_bound_and_never_makes_a_try_come_sooner() -> None:
    world = World()
    await world.register()
    began = world.bench.now
    world.receiver.answers[URL] = HttpReply(429, (("Retry-After", "99999999999"),))
    world.bench.tell(placed("K1"))
    await world.work(seconds=1)
    world.receiver.answers[URL] = HttpReply(429, (("Retry-After", "0"),))
    await world.work(days=1)
    first, second, third = times(world)[:3]
    assert first == began
    assert (second - first).total_seconds() == DEFAULT_LIMITS.pauses_seconds[-1]
    assert (third - second).total_seconds() == DEFAULT_LIMITS.pauses_seconds[1]


async def test_enabling_a_webhook_ends_its_quiet() -> None:
    world = World()
    path = f"/webhooks/{(await world.register())['webhook']['webhook_id']}"
    world.receiver.answers[URL] = HttpReply(429, (("Retry-After", "3600"),))
    world.bench.tell(placed("K1"))
    await world.work(seconds=1)
    world.receiver.answers.clear()
    for is_enabled in (False, True):
        await world.call("PATCH", path, {"is_enabled": is_enabled})
        await world.work()
    world.bench.tell(placed("K2"))
    assert await world.work() == 1


async def disable(world: World, path: str) -> None:
    assert (await world.call("PATCH", path, {"is_enabled": False})).status_code == 200


async def remove(world: World, path: str) -> None:
    assert (await world.call("DELETE", path)).status_code == 200


@pytest.mark.parametrize("end", [disable, remove])
async def test_after_a_webhook_is_disabled_or_removed_no_further_try_is_made(end: Any) -> None:
    world = World()
    webhook_id = (await world.register())["webhook"]["webhook_id"]
    world.receiver.answers[URL] = 500
    order_count = STOPPED_AT_ONCE + 5  # more than one step takes
    for number in range(order_count):
        world.bench.tell(placed(f"K{number}"))
    world.bench.tell(closed("K1"))
    assert await world.work(seconds=1) == order_count
    await end(world, f"/webhooks/{webhook_id}")
    assert await world.work(days=3) == 0
    assert world.bench.intents(IntentStatus.PENDING) == []
    given_up = [facts for name, facts in world.bench.said if name == "NotificationFailed"]
    assert len(given_up) == order_count + 1
    assert {facts["reason"] for facts in given_up} == {"disabled"}


async def test_gone_at_one_message_stops_the_others() -> None:
    world = World()
    await world.register()
    world.receiver.answers[URL] = 500
    world.bench.tell(placed("K1"), placed("K2"))
    await world.work(seconds=1)
    world.bench.tell(placed("K3"))
    world.receiver.answers[URL] = 410
    assert await world.work(days=3) == 1


async def test_a_webhook_that_is_enabled_at_once_goes_on_as_if_nothing_had_been() -> None:
    world = World()
    path = f"/webhooks/{(await world.register())['webhook']['webhook_id']}"
    world.receiver.answers[URL] = 500
    world.bench.tell(placed("K1"))
    await world.work(seconds=1)
    world.receiver.answers.clear()
    await disable(world, path)
    await world.call("PATCH", path, {"is_enabled": True})
    assert await world.work(hours=1) == 1
    assert world.bench.said_names() == ["WebhookDisabled"]


async def test_an_acknowledgement_notes_when_the_failures_were_seen() -> None:
    world = World()
    path = f"/webhooks/{(await world.register())['webhook']['webhook_id']}"
    world.bench.advance(seconds=timedelta(minutes=5).total_seconds())
    assert (await world.call("POST", f"{path}/acknowledgement")).status_code == 200
    assert (await world.call("POST", f"{path}/acknowledgement", headers=world.others)).status_code == 404
    world.desk.refresh_views()
    (shown,) = (await world.call("GET", "/webhooks")).json()["webhooks"]
    assert datetime.fromisoformat(shown["failures_seen_at"]) == world.bench.now
