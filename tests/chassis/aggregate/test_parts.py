"""An aggregate in parts records and folds as if it were written in one piece."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, Part, at_work, event, fold, stream_id


class Lamp(Part):
    is_lit: bool

    class Lit(Event):
        TOPIC = "parts.House.Lit"
        by: str

    def light(self, *, by: str) -> None:
        if not self.is_lit:
            self._lit(by=by)

    @event(Lit)
    def _lit(self, by: str) -> None:
        self.is_lit = True
        self.lit_by = by


class Bell(Lamp):
    class Rung(Event):
        TOPIC = "parts.House.Rung"

    @event(Rung)
    def ring(self) -> None:
        self.rung_at = self.modified_on


class House(Bell, Aggregate):
    TOPIC = "parts.House"

    class Built(Created):
        TOPIC = "parts.House.Built"
        shop_id: str

    @event(Built)
    def __init__(self, shop_id: str) -> None:
        self.shop_id = shop_id
        self.is_lit = False

    @staticmethod
    def create_id(shop_id: str) -> UUID:
        return stream_id(shop_id, "house")


class Unit:
    now = datetime(2026, 1, 2, tzinfo=UTC)

    def __init__(self) -> None:
        self.recorded_events: list[Event] = []

    def recorded(self, new: Event, aggregate: Aggregate) -> None:
        self.recorded_events.append(new)


def test_events_of_parts_are_the_aggregates_own_and_fold_to_the_same_state() -> None:
    unit = Unit()
    with at_work(unit):
        house = House(shop_id="s")
        house.light(by="me")
        house.light(by="you")
        house.ring()
    assert [type(each).TOPIC for each in unit.recorded_events] == ["parts.House.Built", "parts.House.Lit", "parts.House.Rung"]
    assert isinstance(unit.recorded_events[1], House.Lit)
    assert house.lit_by == "me"
    assert fold(unit.recorded_events) == house
