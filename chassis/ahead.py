"""What a group will surely need, told by its units before any of them is decided: their marks, and the streams of their declarations.

All of it is asked for in the first round trip of the group. A miss that is found while deciding costs a round trip of its own and a
second run of the unit, so a reaction or handler that knows its streams from the message or command alone names them (`loads=`).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from uuid import UUID

from chassis.service import Service
from chassis.store.exchange import MarkNeeds
from chassis.unit import (
    AdoptUnit,
    BeginUnit,
    CommandUnit,
    OutcomeUnit,
    RecordUnit,
    ReleaseUnit,
    ReplayUnit,
    StartUnit,
    TimerUnit,
    Unit,
)


class Ahead:
    """The needs of a group, and the messages that were read to find them."""

    def __init__(
        self,
        service: Service,
        units: list[Unit],
        positions: Container[tuple[str, int]],
        instances: Container[UUID],
        has_heads: bool,
    ) -> None:
        self.needs = MarkNeeds(has_heads=has_heads)
        self._messages: dict[int, Any] = {}
        self._service = service
        for unit in units:
            self._look(unit, positions)
        self.needs.streams = {stream_id for stream_id in self.needs.streams if stream_id not in instances}

    def message_of(self, unit: RecordUnit) -> Any | None:
        """The message of a unit if it was read here; given once, so that no run of a unit sees what another made of it."""
        return self._messages.pop(id(unit), None)

    def _look(self, unit: Unit, positions: Container[tuple[str, int]]) -> None:
        needs = self.needs
        match unit:
            case RecordUnit():
                if (unit.source, unit.slot) not in positions:
                    needs.positions.add((unit.source, unit.slot))
                self._look_into(unit)
            case CommandUnit():
                if unit.inbox_key is not None:
                    needs.inbox.add(unit.inbox_key)
                loads = self._service.loads_of.get(type(unit.command))
                if loads is not None:
                    self._add(loads, unit.command)
            case AdoptUnit() | BeginUnit():
                if (unit.source, unit.slot) not in positions:
                    needs.positions.add((unit.source, unit.slot))
            case TimerUnit():
                needs.timers.add(unit.row.key)
                needs.streams.add(unit.row.key.stream_id)
            case StartUnit() | OutcomeUnit():
                needs.intents.add(unit.intent_key)
            case ReplayUnit() | ReleaseUnit():
                pass

    def _look_into(self, unit: RecordUnit) -> None:
        subscription = self._service.subscriptions.get(unit.type)
        if subscription is None or subscription.loads is None:
            return
        try:
            message = subscription.decode(unit.value)
        except Exception:  # noqa: BLE001 - whatever it is shows again, and is dealt with, when the unit's turn comes
            return
        self._messages[id(unit)] = message
        self._add(subscription.loads, message)

    def _add(self, loads: Any, said: Any) -> None:
        try:
            self.needs.streams.update(loads(said))
        except Exception:  # noqa: BLE001 - as above: then nothing is loaded ahead
            return
