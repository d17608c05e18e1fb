"""Webhooks from a message to the receiver: signed, in order, tried again, replayed, and nobody held up by somebody else's endpoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chassis.activity import Unknown
from chassis.attempts import intent_of, perform
from chassis.errors import Fault
from protocols.http import AnswerLost
from services.notify.webhooks.activities import PostMessage
from services.notify.webhooks.domain.limits import DEFAULT_LIMITS
from services.notify.webhooks.vocabulary import VOCABULARY
from tests.notify.world import URL, World, closed, delivered, placed

OTHER = "http://127.0.0.1:10/hook"


async def test_what_happens_is_posted_in_the_words_of_the_vocabulary_and_without_secrets() -> None:
    world = World()
    await world.register()
    world.bench.tell(placed(), delivered())
    assert await world.work() == 2
    bodies = [msgspec.json.decode(request.body) for _, request in world.receiver.arrived]
    assert [body["type"] for body in bodies] == ["order.placed", "unit.delivered"]
    assert bodies[1]["data"]["card_preview"] == "AB••••9K"
    assert bodies[0]["timestamp"] == "2026-01-01T00:00:00Z"
    assert "fingerprint" not in str(bodies)
    assert len(set(world.receiver.ids())) == 2


async def test_a_message_that_nobody_wants_leaves_no_event() -> None:
    world = World()
    world.bench.tell(placed("K1"))
    before = world.desk.store.last_log_id()
    assert before == 0
    await world.register(URL, "unit.failed")
    before = world.desk.store.last_log_id()
    world.bench.tell(placed("K2"), delivered("K2"))
    assert world.desk.store.last_log_id() == before
    world.bench.tell(placed("K3", shop="other"))
    assert world.desk.store.last_log_id() == before


async def test_an_order_is_told_in_order_and_one_that_fails_holds_up_only_itself() -> None:
    world = World()
    await world.register()
    await world.register(OTHER)
    world.receiver.answers[URL] = 500
    world.bench.tell(placed("K1"), closed("K1"))
    await world.work(seconds=1)
    assert len(world.receiver.ids(OTHER)) == 2
    assert len(world.receiver.ids(URL)) == 1, "the second waits for the first"
    world.receiver.answers[URL] = 204
    world.bench.tell(placed("K2"))
    await world.work(seconds=10)
    told = world.receiver.ids(URL)
    assert len(told) == 4
    assert told[0] == told[2], "the same message, under the same id"
    assert told[2] != told[3]


async def test_tries_go_on_with_growing_pauses_for_over_a_day_and_then_it_is_given_up_and_told() -> None:
    world = World()
    webhook = (await world.register())["webhook"]
    world.receiver.answers[URL] = 503
    world.bench.tell(placed())
    began = world.bench.now
    tries = await world.work(days=3)
    assert tries == len(DEFAULT_LIMITS.pauses_seconds) + 1
    assert sum(DEFAULT_LIMITS.pauses_seconds) > 24 * 3_600
    assert list(DEFAULT_LIMITS.pauses_seconds) == sorted(DEFAULT_LIMITS.pauses_seconds)
    stamps = [int(request.header("webhook-timestamp") or "") for _, request in world.receiver.arrived]
    assert stamps[0] == int(began.timestamp())
    assert stamps == sorted(set(stamps)), "each try has its own time"
    assert world.bench.said_names() == ["WebhookFailing", "NotificationFailed"]
    (entry,) = await world.log(webhook["webhook_id"])
    assert (entry["state"], entry["tries"], entry["http_status"], entry["reason"]) == ("failed", tries, 503, "http_503")


async def test_an_endpoint_that_fails_for_days_is_disabled_and_whatever_waits_is_given_up() -> None:
    world = World()
    webhook = (await world.register())["webhook"]
    world.receiver.answers[URL] = AnswerLost
    for day in range(7):
        world.bench.tell(placed(f"K{day}"))
        await world.work(days=1)
    assert "WebhookDisabled" in world.bench.said_names()
    shown = (await world.call("GET", f"/webhooks/{webhook['webhook_id']}")).json()
    assert (shown["state"], shown["reason"]) == ("disabled", "failing")
    before = world.desk.store.last_log_id()
    world.bench.tell(placed("K9"))
    assert world.desk.store.last_log_id() == before
    world.receiver.answers.clear()
    await world.call("PATCH", f"/webhooks/{webhook['webhook_id']}", {"is_enabled": True})
    replayed = await world.call("POST", f"/webhooks/{webhook['webhook_id']}/replay", {"since": "2026-01-01T00:00:00Z"})
    assert replayed.status_code == 202, replayed.text
    assert replayed.json()["is_done"] is True
    assert await world.work() == replayed.json()["replayed"] > 0


async def test_a_success_ends_the_failing_and_the_endpoint_stays() -> None:
    world = World()
    webhook = (await world.register())["webhook"]
    world.receiver.answers[URL] = 500
    world.bench.tell(placed())
    await world.work(hours=1)
    assert (await world.call("GET", f"/webhooks/{webhook['webhook_id']}")).json()["state"] == "failing"
    world.receiver.answers.clear()
    await world.work(days=10)
    assert (await world.call("GET", f"/webhooks/{webhook['webhook_id']}")).json()["state"] == "active"
    assert world.bench.said_names() == ["WebhookFailing"]


async def test_gone_means_nothing_more_ever() -> None:
    world = World()
    webhook = (await world.register())["webhook"]
    world.receiver.answers[URL] = 410
    world.bench.tell(placed(), closed())
    assert await world.work(days=2) == 1
    shown = (await world.call("GET", f"/webhooks/{webhook['webhook_id']}")).json()
    assert (shown["state"], shown["reason"]) == ("disabled", "gone")


async def test_who_was_enabled_after_gone_may_fail_again_for_as_long_as_anybody() -> None:
    world = World()
    path = f"/webhooks/{(await world.register())['webhook']['webhook_id']}"
    world.receiver.answers[URL] = 500
    world.bench.tell(placed("K1"))
    await world.work(hours=1)
    world.receiver.answers[URL] = 410
    await world.work(hours=1)
    assert (await world.call("GET", path)).json()["reason"] == "gone"
    await world.call("PATCH", path, {"is_enabled": True})
    world.receiver.answers[URL] = 500
    await world.work(days=4, hours=20)
    world.bench.tell(placed("K2"))
    await world.work(hours=12)
    assert (await world.call("GET", path)).json()["state"] == "failing", "the five days of before are over, not those of now"


async def test_while_our_own_store_is_away_nothing_counts_against_the_endpoint() -> None:
    world = World()
    await world.register()
    world.bench.tell(placed())

    async def away(reference: str) -> bytes | None:
        raise Fault(reason="store-away")

    activity, (row,) = PostMessage(replace(world.activity.tools, open_kept=away)), world.bench.intents()
    started = row._replace(deadline=world.bench.now + timedelta(seconds=10))
    unit = await perform(activity, started, lambda: world.bench.now, lambda _, bug: pytest.fail(f"told as a bug: {bug!r}"))
    assert unit.outcome == Unknown("temporarily-unavailable", has_answered=True)
    assert world.receiver.ids() == []


async def test_one_delivery_is_posted_again_under_its_old_id_and_only_once() -> None:
    world = World()
    webhook_id = (await world.register())["webhook"]["webhook_id"]
    world.bench.tell(placed())
    await world.work()
    (entry,) = await world.log(webhook_id)
    path = f"/webhooks/{webhook_id}/deliveries/{entry['delivery_id']}/replay"
    assert (await world.call("POST", path)).json() == {"replayed": 1}
    assert (await world.call("POST", path)).json() == {"replayed": 0}, "it waits already"
    await world.work()
    assert len(world.receiver.ids()) == 2
    assert len(set(world.receiver.ids())) == 1
    assert (await world.call("POST", path, headers=world.others)).status_code == 404


async def test_an_attempt_that_was_cut_off_is_made_again() -> None:
    world = World()
    await world.register()
    world.bench.tell(placed())
    (row,) = world.bench.intents()
    world.bench.outcome(row.key, Unknown("crashed"))
    assert world.bench.said_names() == []
    world.bench.answer(row.key, await world.activity.ask(_post(world)))
    assert len(world.receiver.ids()) == 1
    assert world.bench.intents()[0].status == "confirmed"


async def test_a_message_that_comes_twice_is_posted_once() -> None:
    world = World()
    await world.register()
    record = world.bench.record(placed())
    world.bench.commit(record)
    world.bench.commit(record)
    await world.work(days=1)
    assert len(world.receiver.ids()) == 1


@pytest.mark.parametrize("message_class", VOCABULARY, ids=lambda each: each.__name__)
def test_every_word_of_the_vocabulary_names_fields_that_its_message_has(message_class: type[msgspec.Struct]) -> None:
    word = VOCABULARY[message_class]  # type: ignore[index]
    names = {field.name for field in msgspec.structs.fields(message_class)}
    assert set(word.fields) <= names
    assert not [name for name in word.fields if "fingerprint" in name or "contact" in name]
    assert {"order_number", "product_code"} & set(word.fields)


def test_the_pauses_are_the_ones_that_the_guide_promises() -> None:
    assert timedelta(seconds=sum(DEFAULT_LIMITS.pauses_seconds)) > timedelta(hours=27)


def _post(world: World) -> Any:
    (row,) = world.bench.intents()
    return intent_of(row, world.activity)
