"""The pieces of a world that could lie to it: the clock, the topic, the network."""

from __future__ import annotations

from datetime import timedelta

import pytest

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from protocols.standard_webhooks import secret_text, signed_headers
from redress.simulation.changes import Changes, PriceChanged
from redress.simulation.clock import START, Clock
from redress.simulation.network import CLIENT_TIMEOUT_SECONDS, Answering, Caller, Network
from redress.simulation.plan import plan_of
from redress.simulation.receivers import Receiver, WebhookBooks
from redress.simulation.topic import Cursor, Record, Topic
from redress.simulation.webhook_plans import EndpointMood, EndpointPlan
from sandbox.behaviour.reaction import Reaction


def record(text: str) -> Record:
    return Record([], text.encode())


def read_all(topic: Topic, cursor: Cursor) -> list[bytes]:
    return [each.value for each in topic.read(0, cursor, 100)]


def test_things_happen_in_order_of_time_and_then_of_asking() -> None:
    clock, happened = Clock(), []
    clock.after(2.0, lambda: happened.append(("late", clock.now)))
    clock.after(1.0, lambda: happened.append(("first", clock.now)))
    clock.after(1.0, lambda: happened.append(("second", clock.now)))
    assert clock.run(10.0, lambda: True)
    assert happened == [
        ("first", START + timedelta(seconds=1)),
        ("second", START + timedelta(seconds=1)),
        ("late", START + timedelta(seconds=2)),
    ]


def test_a_world_that_is_never_over_ends_at_the_limit() -> None:
    clock = Clock()

    def again() -> None:
        clock.after(1.0, again, is_background=True)

    again()
    assert not clock.run(10.0, lambda: False)


def test_background_polls_do_not_keep_a_world_alive() -> None:
    clock = Clock()

    def again() -> None:
        clock.after(1.0, again, is_background=True)

    again()
    clock.after(3.5, lambda: None)
    assert clock.run(10.0, lambda: True)
    assert clock.seconds == pytest.approx(3.5)


def test_a_reader_behind_the_retention_jumps_forward() -> None:
    topic, cursor = Topic("t"), Cursor()
    topic.retain(2)
    for text in ("a", "b", "c"):
        topic.append(0, record(text))
    assert read_all(topic, cursor) == [b"b", b"c"]


def test_a_reader_of_a_wiped_partition_goes_on_behind_it() -> None:
    topic, cursor = Topic("t"), Cursor()
    topic.append(0, record("a"))
    topic.wipe_partition(0)
    topic.append(0, record("b"))
    assert read_all(topic, cursor) == [b"b"]


def test_a_reader_of_a_recreated_topic_begins_anew() -> None:
    topic, cursor = Topic("t"), Cursor()
    for text in ("a", "b"):
        topic.append(0, record(text))
    assert read_all(topic, cursor) == [b"a", b"b"]
    topic.recreate()
    topic.append(0, record("c"))
    assert read_all(topic, cursor) == [b"c"]


@pytest.mark.parametrize(
    ("reaction", "expected", "call_count"),
    [
        (Reaction(HttpReply(200)), HttpReply(200), 1),
        (Reaction(HttpReply(200), CLIENT_TIMEOUT_SECONDS), AnswerLost, 1),
        (Reaction(AnswerLost("x")), AnswerLost, 1),
        (Reaction(NotSent("x")), NotSent, 0),
    ],
)
def test_a_call_brings_home_what_its_caller_can_know(reaction: Reaction, expected: object, call_count: int) -> None:
    network = Network(Clock())
    network.attach("http://party", lambda request, now: reaction)
    asked = network.http("http://party", HttpRequest("GET", "/")).send(None)
    assert isinstance(asked, Answering)
    assert asked.result == expected or type(asked.result) is expected
    assert len(network.calls) == call_count


def test_a_plan_depends_on_its_seed_alone() -> None:
    assert plan_of(12) == plan_of(12)
    assert plan_of(12) != plan_of(13)


def test_an_order_costs_what_its_products_cost_when_it_is_placed() -> None:
    changes = Changes(prices=(PriceChanged(10.0, "a", "9.90"), PriceChanged(20.0, "a", "31.00"), PriceChanged(15.0, "b", "5.00")))
    assert [changes.price_at(seconds, "a", "45.00") for seconds in (0.0, 10.0, 19.9, 20.0)] == ["45.00", "9.90", "9.90", "31.00"]


def test_a_call_is_logged_with_the_time_its_sender_believed_in_and_the_true_one() -> None:
    network = Network(Clock())
    network.attach("http://party", lambda request, now: Reaction(HttpReply(200)))
    network.caller = Caller("inventory", "k", 1, START, START, timedelta(hours=-1))
    network.http("http://party", HttpRequest("GET", "/")).send(None)
    assert (network.calls[0].sent_at, network.calls[0].truly_sent_at) == (START - timedelta(hours=1), START)
    assert network.wall() == START - timedelta(hours=1)


def test_an_endpoint_takes_what_its_shops_secret_signed_and_nothing_else() -> None:
    books, plan = WebhookBooks(), EndpointPlan("hooks", "93.184.215.11", spells=((5.0, 9.0, EndpointMood.FAILING),))
    receiver, ours, others = Receiver("shop", plan, books), secret_text(b"a" * 32), secret_text(b"b" * 32)
    books.secrets["hooks"].append(ours)

    def post(secret: str, seconds: float) -> object:
        headers = signed_headers([secret], message_id="order_1_1", timestamp=1, body=b"{}")
        reply = receiver.handle(HttpRequest("POST", plan.path, headers=headers, body=b"{}"), START + timedelta(seconds=seconds)).result
        assert isinstance(reply, HttpReply)
        return reply.status

    assert [post(ours, 1.0), post(others, 1.0), post(ours, 6.0), post(ours, 9.0)] == [204, 401, 500, 204]
    assert [each.is_taken for each in books.posted] == [True, False, False, True]
