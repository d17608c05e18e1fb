"""Alerts in words: from the services' own events to what a person reads, each with a command that there is."""

from __future__ import annotations

import shlex
from typing import Any
from uuid import UUID

import pytest
import typer

from redress.alerts.alert import OpenAlert
from redress.alerts.reading import open_alerts
from redress.cli import app
from tests.redress.alarmed import SHOP, STREAM, Alarmed

SAMPLES = {
    "inventory.Need.Exhausted@2": (
        "procurement_failed",
        "Nobody had a card of GAME",
        "redress stuck --shop shop --product GAME --run-again",
    ),
    "inventory.Need.FailedOver@2": ("failed_over", "south was asked instead", None),
    "inventory.Need.AwaitsPerson@2": ("person_awaited", "waits for a person", None),
    "inventory.Supplier.Suspended@2": ("supplier_suspended", "south gets no new orders", "redress mend supplier south --shop shop"),
    "inventory.Supplier.RanLow": ("balance_low", "188.50 CNY, below 200.00 CNY", None),
    "inventory.Supplier.RanOut": ("balance_out", "Top it up there", "redress stuck --shop shop --reason no_balance --run-again"),
    "inventory.Deposit.Entered": ("deposit_low", "below its warning line: 1.50 CNY", None),
    "inventory.CardCheck.LeakSuspected": ("leak_suspected", "was used before a buyer could have seen it", None),
    "inventory.CardBatch.Stopped": ("batch_stopped", "3 of 10 cards asked about are bad", "redress mend batch b1 --release --shop shop"),
}


def told(house: Alarmed) -> list[OpenAlert]:
    return open_alerts(house.stores, [SHOP])


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_alert_is_told_in_words_with_the_command_that_mends_it(sample: str) -> None:
    house = Alarmed()
    house.happened(sample)
    (alert,) = told(house)
    kind, words, command = SAMPLES[sample]
    assert (alert.kind, alert.shop_id, alert.count) == (kind, SHOP, 1)
    assert words in alert.words
    assert command is None or command in alert.commands
    assert alert.commands


def test_every_command_that_an_alert_names_is_one_of_ours() -> None:
    house = Alarmed()
    for sample in SAMPLES:
        house.happened(sample)
    hide_a_channel(house)
    fail_at_a_webhook(house, "DeliveryQueue.GivenUp")
    house.happened("order.Forwarding.GivenUp", shop_id=SHOP)
    commands = [command for alert in told(house) for command in alert.commands]
    assert len(commands) > len(SAMPLES)
    for command in commands:
        is_known(shlex.split(command))


def is_known(words: list[str]) -> None:
    """Parses a command line as the program would, without running it; raises click's errors."""
    assert words[0] == "redress"
    group: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(group, "commands"):
        assert rest[0] in group.commands, words
        group, rest = group.commands[rest[0]], rest[1:]
    group.make_context(words[1], list(rest))


def test_what_happened_again_is_one_alert_with_a_count_and_one_that_was_seen_goes() -> None:
    house = Alarmed()
    house.happened("inventory.Supplier.RanLow")
    house.happened("inventory.Supplier.RanLow")
    (alert,) = told(house)
    assert alert.count == 2
    alert_id = next(words[3] for words in map(shlex.split, alert.commands) if words[:3] == ["redress", "mend", "seen"])
    house.happened("inventory.Alert.Acknowledged", stream=UUID(alert_id), seen_at=house.now.isoformat())
    assert told(house) == []


def test_a_supplier_that_gets_orders_again_is_said_to_and_needs_no_mending() -> None:
    house = Alarmed()
    house.happened("inventory.Supplier.Suspended@2")
    house.happened("inventory.Supplier.Resumed@2")
    (alert,) = told(house)
    assert "gets orders again" in alert.words
    assert not alert.is_pressing
    assert len(alert.commands) == 1


def hide_a_channel(house: Alarmed) -> None:
    house.happened("order.ChannelWatch.Begun", shop_id=SHOP)
    house.happened("order.ChannelWatch.Hidden")


def test_a_hidden_channel_is_told_until_it_is_offered_again() -> None:
    house = Alarmed()
    hide_a_channel(house)
    (alert,) = told(house)
    assert alert.commands == ("redress mend channel epay --shop shop",)
    assert "Buyers are not offered epay: 5 of the newest payments could not be created there." in alert.words
    house.happened("order.ChannelWatch.Offered")
    assert told(house) == []


def test_what_happened_last_comes_first_and_another_shop_has_its_own() -> None:
    house = Alarmed()
    house.happened("inventory.Supplier.RanLow")
    house.happened("inventory.CardBatch.Stopped")
    assert [alert.kind for alert in told(house)] == ["batch_stopped", "balance_low"]
    assert open_alerts(house.stores, ["another"]) == []


ENDPOINT = "66666666-7777-5888-8999-aaaaaaaaaaaa"


def fail_at_a_webhook(house: Alarmed, *samples: str) -> None:
    house.happened("notify.Endpoint.Registered", stream=UUID(ENDPOINT), shop_id=SHOP, url="https://shop.example/hook?key=k-4711")
    for sample in samples:
        house.happened(f"notify.{sample}", stream=UUID(ENDPOINT) if sample.startswith("Endpoint") else STREAM)


def test_messages_that_were_given_up_are_told_until_they_are_posted_again_or_seen() -> None:
    house = Alarmed()
    fail_at_a_webhook(house, "Endpoint.Failing", "DeliveryQueue.GivenUp", "Endpoint.Recovered")
    (alert,) = told(house)
    assert (alert.kind, alert.count, alert.is_pressing) == ("webhook_given_up", 1, True)
    assert alert.commands[0] == f"redress mend webhook {ENDPOINT} --shop shop"
    assert "shop.example" in alert.words
    assert "k-4711" not in alert.words
    house.happened("notify.DeliveryQueue.QueuedAgain")
    assert told(house) == []
    house.happened("notify.DeliveryQueue.GivenUp")
    assert len(told(house)) == 1
    house.happened("notify.Endpoint.FailuresSeen", stream=UUID(ENDPOINT))
    assert told(house) == []


def test_a_webhook_that_fails_or_was_disabled_is_told_but_not_one_that_its_shop_turned_off() -> None:
    house = Alarmed()
    fail_at_a_webhook(house, "Endpoint.Failing")
    assert [(each.kind, each.is_pressing) for each in told(house)] == [("webhook_failing", False)]
    house.happened("notify.Endpoint.Disabled", stream=UUID(ENDPOINT))
    assert [(each.kind, each.is_pressing) for each in told(house)] == [("webhook_disabled", True)]
    house.happened("notify.Endpoint.FailuresSeen", stream=UUID(ENDPOINT))
    assert told(house) == []
    house.happened("notify.Endpoint.Enabled", stream=UUID(ENDPOINT))
    house.happened("notify.DeliveryQueue.GivenUp")
    house.happened("notify.Endpoint.Disabled", stream=UUID(ENDPOINT), reason="by_shop")
    assert told(house) == []


def test_notices_that_the_shop_has_not_got_are_one_alert_until_passed_on_again_or_left() -> None:
    house = Alarmed()
    one, two = UUID(int=11), UUID(int=12)
    house.happened("order.Forwarding.GivenUp", stream=one, shop_id=SHOP, order_number="K1")
    house.happened("order.Forwarding.GivenUp", stream=two, shop_id=SHOP, order_number="K2")
    (alert,) = told(house)
    assert (alert.kind, alert.count) == ("notice_given_up", 2)
    assert "2 notices of wechat, the newest about the order K2: 82 tries, not sent at the last" in alert.words
    assert alert.commands[0] == "redress mend notices wechat --shop shop"
    house.happened("order.Forwarding.Acknowledged", stream=two)
    (alert,) = told(house)
    assert "the notice of wechat about the order K1" in alert.words
    house.happened("order.Forwarding.Replayed", stream=one)
    assert told(house) == []


def test_where_shop_and_provider_contradict_each_other_it_is_told_until_they_agree() -> None:
    house = Alarmed()
    house.happened("order.Order.ProofDenied", shop_id=SHOP)
    (alert,) = told(house)
    assert (alert.kind, alert.commands) == ("payment_unproven", ("redress events --shop shop --order K1",))
    house.happened("order.Order.Proven", shop_id=SHOP, shop_state="paid")
    assert told(house) == []
    house.happened("order.Order.Proven", shop_id=SHOP, shop_state="unpaid")
    assert [each.kind for each in told(house)] == ["payment_unbooked"]
    house.happened("order.Order.ToldByShop", before="unpaid", shop_state="paid")
    assert told(house) == []
