"""One golden sample for each stored event, for ever: what the store holds today must be read by every later version.

A missing sample is written by `python -m tests.notify.test_samples`; one that is there is never changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.aggregate import new_event
from chassis.service import events_of
from chassis.store.rows import EventRow
from services.notify.service import notify
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.limits import DEFAULT_LIMITS
from services.notify.webhooks.domain.queue import DeliveryQueue
from tests.harness import START

SAMPLES = Path(__file__).with_name("samples")
STREAM, ENDPOINT = UUID("11111111-2222-5333-8444-555555555555"), UUID("66666666-7777-5888-8999-aaaaaaaaaaaa")
EVENTS = [event for aggregate in notify.aggregates for event in events_of(aggregate)]
MESSAGE = {"message_id": "order_11111111-2222-5333-8444-555555555555_2"}
EXAMPLES: dict[type[Any], dict[str, Any]] = {
    Endpoint.Registered: {
        "shop_id": "shop-1",
        "endpoint_id": ENDPOINT,
        "url": "https://shop.example/hook",
        "types": ("order.paid",),
        "secret_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11",
    },
    Endpoint.Changed: {"url": "https://shop.example/other", "types": ()},
    Endpoint.SecretReplaced: {"secret_reference": "3b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c22", "earlier_until": START},
    Endpoint.Failing: {"reason": "http_500"},
    Endpoint.Recovered: {},
    Endpoint.QuietAsked: {"until": START},
    Endpoint.FailuresSeen: {"staff": "mei"},
    Endpoint.Disabled: {"reason": "failing"},
    Endpoint.Enabled: {},
    Endpoint.Removed: {"was_disabled": True},
    DeliveryQueue.Opened: {"shop_id": "shop-1", "endpoint_id": ENDPOINT, "topic": "order/K1", "limits": DEFAULT_LIMITS},
    DeliveryQueue.Queued: {"endpoint_id": ENDPOINT, **MESSAGE, "type": "order.paid", "body": '{"type":"order.paid"}', "about": "K1"},
    DeliveryQueue.QueuedAgain: MESSAGE,
    DeliveryQueue.NotTaken: {**MESSAGE, "http_status": None, "reason": "no_answer", "next_at": START},
    DeliveryQueue.Delivered: {**MESSAGE, "http_status": 204},
    DeliveryQueue.GivenUp: {"endpoint_id": ENDPOINT, **MESSAGE, "reason": "http_500", "tries": 11},
}


def written(event: type[Any]) -> bytes:
    return notify.codec.stored(new_event(event, STREAM, 1, START, EXAMPLES[event]))[1]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_a_sample_is_read_and_written_again_alike(event: type[Any]) -> None:
    state = (SAMPLES / f"{event.TOPIC}.json").read_bytes().strip()
    nothing = (None, None, None, None, None, None, None)
    read = notify.codec.decode(EventRow(1, STREAM, 1, "", event.TOPIC, "shop-1", START, state, None, "", "", *nothing))
    assert msgspec.json.decode(notify.codec.stored(read)[1]) == msgspec.json.decode(state)
    assert msgspec.json.decode(written(event)) == msgspec.json.decode(state)


if __name__ == "__main__":
    SAMPLES.mkdir(exist_ok=True)
    for each in EVENTS:
        file = SAMPLES / f"{each.TOPIC}.json"
        if not file.exists():
            file.write_bytes(written(each) + b"\n")
