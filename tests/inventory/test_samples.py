"""One golden sample for each stored event, for ever: what the store holds today must be read by every later version.

A sample is never edited. A new event gets a new file; a new shape of one gets an upcaster and a file beside the old one's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.service import events_of
from chassis.store.rows import EventRow
from services.inventory.service import inventory

SAMPLES = Path(__file__).with_name("samples")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def row_of(topic: str, state: bytes) -> EventRow:
    nothing = (None, None, None, None, None, None, None)
    return EventRow(1, UUID(int=1), 1, "", topic, "shop", AT, state, None, "", "", *nothing)


def holds(newer: Any, older: Any) -> bool:
    """Whether everything that the older shape said stands in the newer one."""
    if isinstance(older, dict):
        return all(name in newer and holds(newer[name], value) for name, value in older.items())
    if isinstance(older, list):
        return len(newer) == len(older) and all(map(holds, newer, older))
    return bool(newer == older)


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_a_sample_is_read_and_written_again_alike(file: Path) -> None:
    state = file.read_bytes().strip()
    event = inventory.codec.decode(row_of(file.stem, state))
    topic, written = inventory.codec.stored(event)
    if topic == file.stem:
        assert msgspec.json.decode(written) == msgspec.json.decode(state)
    else:  # an earlier shape: read as the newest one, with everything it said
        assert topic.partition("@")[0] == file.stem.partition("@")[0]
        assert holds(msgspec.json.decode(written), msgspec.json.decode(state))


def test_every_event_has_its_sample() -> None:
    events = [event for aggregate in inventory.aggregates for event in events_of(aggregate)]
    topics = {event.TOPIC + (f"@{event.class_version}" if event.class_version > 1 else "") for event in events}
    assert topics <= {file.stem for file in SAMPLES.glob("*.json")}
