"""What the views' follower asks of the store while nothing happens, and that it misses nothing for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, cast

from chassis.runtime.view_follower import LOOKS_AT_THE_END, ViewFollower
from chassis.service import Service
from chassis.store.memory import MemoryStore
from chassis.store.rows import EventRow
from chassis.view import Row, View
from tests.chassis.store.builders import event


class Nothing(View):
    NAME = "nothing"
    events: ClassVar[tuple[type[Any], ...]] = ()

    @staticmethod
    def row_id(event: Any) -> str | None:
        return None

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        return None


class CountingLog:
    """A log of so many events, a view's position, and how often the pages were asked for."""

    def __init__(self) -> None:
        self.rows: list[EventRow] = []
        self.position = 0
        self.pages = 0

    def last_log_id(self) -> int:
        return len(self.rows)

    def events_after(self, log_id: int, limit: int) -> list[EventRow]:
        self.pages += 1
        return self.rows[log_id : log_id + limit]

    def view_position(self, view: str) -> int:
        return self.position

    def view_rows_of(self, view: str, row_ids: Collection[str]) -> dict[str, tuple[str, bytes]]:
        return {}

    def fold_view(self, view: str, seen: int, position: int, puts: object) -> bool:
        self.position = position
        return True


def follower(log: CountingLog) -> ViewFollower:
    return ViewFollower(Service(name="x", aggregates=[], views=[Nothing]), cast(MemoryStore, log))


def test_while_the_log_does_not_grow_no_page_is_asked_for() -> None:
    log = CountingLog()
    following = follower(log)
    assert [following.turn() for _ in range(LOOKS_AT_THE_END - 1)] == [0] * (LOOKS_AT_THE_END - 1)
    assert log.pages == 1


def test_whatever_the_log_has_got_is_folded_at_the_next_look() -> None:
    log = CountingLog()
    following = follower(log)
    for number in range(1, 4):
        following.turn()
        log.rows.append(event(number))
        assert (following.turn(), log.position) == (1, number)


def test_a_view_that_was_set_back_is_found_by_the_next_whole_look() -> None:
    log = CountingLog()
    log.rows.append(event(1))
    following = follower(log)
    following.turn()
    following.turn()
    log.position = 0
    assert 1 in [following.turn() for _ in range(LOOKS_AT_THE_END)]
