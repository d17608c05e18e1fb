"""The connection to a shop beside us: who delivers its orders, switched by its operator.

    watch ◀──▶ fill_in        the shop delivers; filling in, we deliver what it was paid for and did not deliver in time
      │           │           the shop's own delivery is off (the operator says so) ──▼
      └───────────┴──────▶ taking_over ──its cards were read anew──▶ take_over        we deliver, from its cards too
    watch, fill_in ◀──its rows of our cards are gone── giving_back ◀──┴────────────── (at any time)

While it is being taken over or given back nobody of ours delivers, so nothing is ever issued in two places.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal


class Mode(StrEnum):
    WATCH = "watch"
    FILL_IN = "fill_in"
    TAKING_OVER = "taking_over"
    TAKE_OVER = "take_over"
    GIVING_BACK = "giving_back"


_OURS = (Mode.TAKING_OVER, Mode.TAKE_OVER)
_NEXT: dict[Mode, tuple[Mode, ...]] = {
    Mode.WATCH: (Mode.FILL_IN, Mode.TAKING_OVER),
    Mode.FILL_IN: (Mode.WATCH, Mode.TAKING_OVER),
    Mode.TAKING_OVER: (Mode.TAKE_OVER, Mode.GIVING_BACK),
    Mode.TAKE_OVER: (Mode.GIVING_BACK,),
    Mode.GIVING_BACK: (Mode.WATCH, Mode.FILL_IN, Mode.TAKING_OVER),
}


class ConnectedAsAnother(Refusal):
    code = "connected-as-another"
    title = "The shop is connected as another kind of shop"


class ModeOutOfTurn(Refusal):
    code = "mode-out-of-turn"
    title = "The shop cannot go from its present mode to that one"


class NotConfirmed(Refusal):
    code = "not-confirmed"
    title = "A person must say first that the shop does not deliver (to take over), or that the named rows are gone (to give back)"


class Connection(Aggregate):
    """One for each shop beside us."""

    TOPIC = "order.Connection"

    class Connected(Created):
        TOPIC = "order.Connection.Connected"
        shop_id: str
        kind: str
        fill_in_after_seconds: float

    class ModeChanged(Event):
        TOPIC = "order.Connection.ModeChanged"
        mode: Mode
        fill_in_after_seconds: float
        change_count: int
        changed_by: str

    @event(Connected)
    def __init__(self, shop_id: str, kind: str, fill_in_after_seconds: float) -> None:
        self.shop_id = shop_id
        self.kind = kind
        self.fill_in_after_seconds = fill_in_after_seconds
        self.mode = Mode.WATCH
        self.change_count = 1

    @staticmethod
    def create_id(shop_id: str) -> UUID:
        return stream_id(shop_id, "connection")

    @property
    def slot_key(self) -> str:
        return self.shop_id

    @property
    def is_taken_over(self) -> bool:
        """Whether the shop's unsold cards are stock of ours."""
        return self.mode in _OURS

    @property
    def patience_seconds(self) -> float | None:
        """How long the shop has for delivering what it was paid for; None where we deliver nothing."""
        return {Mode.FILL_IN: self.fill_in_after_seconds, Mode.TAKE_OVER: 0.0}.get(self.mode)

    def expect_same(self, kind: str) -> None:
        """Raises ConnectedAsAnother."""
        if kind != self.kind:
            raise ConnectedAsAnother(shop_id=self.shop_id, kind=self.kind)

    def change_mode(self, mode: Mode, *, is_confirmed: bool, fill_in_after_seconds: float | None, changed_by: str) -> None:
        """Switch; the same mode again is nothing. Raises ModeOutOfTurn, NotConfirmed."""
        seconds = self.fill_in_after_seconds if fill_in_after_seconds is None else fill_in_after_seconds
        if (mode, seconds) == (self.mode, self.fill_in_after_seconds):
            return
        if mode is not self.mode and mode not in _NEXT[self.mode]:
            raise ModeOutOfTurn(mode=self.mode, asked=mode)
        is_weighty = mode is Mode.TAKING_OVER or (self.mode is Mode.GIVING_BACK and mode is not self.mode)
        if is_weighty and not is_confirmed:
            raise NotConfirmed(mode=self.mode, asked=mode)
        self._mode_changed(mode=mode, fill_in_after_seconds=seconds, change_count=self.change_count + 1, changed_by=changed_by)

    @event(ModeChanged)
    def _mode_changed(self, mode: Mode, fill_in_after_seconds: float, change_count: int, changed_by: str) -> None:
        self.mode = mode
        self.fill_in_after_seconds = fill_in_after_seconds
        self.change_count = change_count
