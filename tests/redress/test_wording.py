"""Every published message is told in words of its own."""

from __future__ import annotations

import msgspec
import pytest

from chassis.service import events_of
from contracts.examples import EXAMPLES
from contracts.message import Message
from redress import wording
from redress.composition import SERVICES
from redress.wording import event_in_words, message_in_words


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: type(each).__name__)
def test_every_message_about_an_order_is_a_sentence(example: Message) -> None:
    name = example.TYPE.split(".")[2]
    told = message_in_words(name, msgspec.json.decode(msgspec.json.encode(example)))
    assert told
    assert "{" not in told
    spelt = "".join(told.split())
    assert not hasattr(example, "order_number") or spelt != name.lower(), f"{name} has no words"


def test_a_message_nobody_has_words_for_is_still_told() -> None:
    assert message_in_words("MoonRisen", {}) == "moon risen"
    assert event_in_words("moon.Moon.HasRisen", {}) == "has risen"


def test_every_topic_that_has_words_is_an_event_of_a_service() -> None:
    topics = {event.TOPIC for service in SERVICES.values() for aggregate in service.aggregates for event in events_of(aggregate)}
    assert set(wording._EVENTS) <= topics


def test_amounts_have_the_decimals_of_their_currency() -> None:
    facts = {"provider": "epusdt", "amount": {"amount_minor": 3_482_100, "currency": "USDT"}}
    assert message_in_words("PaymentDuplicated", facts) == "paid once more, by epusdt: 3.482100 USDT must go back"
