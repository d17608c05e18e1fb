"""Following a view from several processes at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any, cast

from chassis.folding import fold_page
from chassis.view import Row


class OpenNeeds:
    """Holds a row from `opened` until `closed`; as a fold may, it relies on a need being there while it changes."""

    NAME = "open-needs"
    events = (SimpleNamespace(TOPIC="need"),)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.need)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if event.what == "opened":
            return Row("a", {"changes": 0})
        assert row is not None, "a need changes that is not there"
        return None if event.what == "closed" else Row("a", {"changes": row.document["changes"] + 1})


class SharedStore:
    """A log and one view; `overtake` is what another process does while a row is being read."""

    def __init__(self, *whats: str) -> None:
        self.log = [SimpleNamespace(log_id=number, topic="need", need="n1", what=what) for number, what in enumerate(whats, start=1)]
        self.position, self.rows = 0, dict[str, Any]()
        self.overtake: Callable[[], object] = lambda: None

    def view_position(self, _view: str) -> int:
        return self.position

    def events_after(self, log_id: int, limit: int) -> list[Any]:
        return self.log[log_id : log_id + limit]

    def view_rows_of(self, _view: str, row_ids: Collection[str]) -> dict[str, Any]:
        self.overtake()
        return {row_id: self.rows[row_id] for row_id in row_ids if row_id in self.rows}

    def fold_view(self, _view: str, seen: int, position: int, puts: dict[str, Any]) -> bool:
        if self.position != seen:
            return False
        self.position = position
        for row_id, put in puts.items():
            self.rows.pop(row_id, None)
            if put is not None:
                self.rows[row_id] = put
        return True


SERVICE = cast(Any, SimpleNamespace(codec=SimpleNamespace(decode=lambda stored: stored)))
VIEW = cast(Any, OpenNeeds)


def test_a_page_that_another_process_folded_meanwhile_is_left_to_it() -> None:
    store = SharedStore("opened")
    fold_page(SERVICE, cast(Any, store), VIEW)
    store.log += SharedStore("opened", "changed", "closed").log[1:]

    def overtake() -> None:
        store.position, store.rows = 3, {}

    store.overtake = overtake
    assert fold_page(SERVICE, cast(Any, store), VIEW) == 2
    assert (store.position, store.rows) == (3, {})
    assert fold_page(SERVICE, cast(Any, store), VIEW) == 0
