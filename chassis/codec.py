"""How private events are stored: a topic, and the event's own fields as JSON.

The library's mapper carries class paths, compression and ciphers through every event; this one encodes with msgspec and knows
only what the service declared. `topic` is the event class's pinned `TOPIC`, with `@<n>` behind it from `class_version` 2 on. A state
of an earlier version goes through the class's `upcast_v<n>_v<n+1>(state: dict) -> dict`, one step at a time, before it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, get_type_hints

import msgspec

from chassis.aggregate import field_names, new_event
from chassis.store.rows import EventRow, StoredEvent


class UnknownTopic(Exception):
    """The store holds an event that no declared class has the topic of: the code is older than its store."""


_typed_dict: Any = TypedDict  # made at run time from the event's annotations, which a type checker cannot follow


class _Form:
    """How one event class is written and read."""

    __slots__ = ("decode", "event_class", "names", "topic", "typed")

    def __init__(self, event_class: Any) -> None:
        self.event_class = event_class
        self.names = field_names(event_class)
        version = event_class.class_version
        self.topic = event_class.TOPIC if version == 1 else f"{event_class.TOPIC}@{version}"
        hints = get_type_hints(event_class)
        self.typed: Any = _typed_dict(event_class.__name__, {name: hints[name] for name in self.names})
        self.decode = msgspec.json.Decoder(self.typed).decode


class EventCodec:
    """Encodes and decodes the declared events of one service."""

    def __init__(self, events: Iterable[type[Any]]) -> None:
        self._forms = {event: _Form(event) for event in events}
        self._by_topic = {form.topic: form for form in self._forms.values()}
        self._encode = msgspec.json.Encoder().encode

    def stored(self, event: Any) -> tuple[str, bytes]:
        """The topic of an event and its own fields as JSON: what its row keeps of it."""
        form, values = self._forms[type(event)], event.__dict__
        return form.topic, self._encode({name: values[name] for name in form.names})

    def decode(self, row: EventRow | StoredEvent) -> Any:
        """The event of a stored row, as it was recorded; raises UnknownTopic."""
        form = self._by_topic.get(row.topic)
        state = form.decode(row.state) if form else None
        if form is None:
            form, state = self._upcast(row)
        return new_event(form.event_class, row.stream_id, row.version, row.at, state)  # type: ignore[arg-type]

    def decode_all(self, rows: Iterable[EventRow | StoredEvent]) -> list[Any]:
        return [self.decode(row) for row in rows]

    def _upcast(self, row: EventRow | StoredEvent) -> tuple[_Form, dict[str, Any]]:
        name, _, stored = row.topic.partition("@")
        form = next((f for f in self._forms.values() if name == f.event_class.TOPIC), None)
        version = int(stored or 1)
        if form is None or version > form.event_class.class_version:
            raise UnknownTopic(row.topic)
        state = msgspec.json.decode(row.state)
        for step in range(version, form.event_class.class_version):
            state = getattr(form.event_class, f"upcast_v{step}_v{step + 1}")(state)
        return form, msgspec.convert(state, form.typed)
