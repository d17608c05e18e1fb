"""Views: rows and position move together, and only from where the folder saw them."""

from tests.chassis.store.backends import Backend


def test_a_view_moves_with_its_rows(backend: Backend) -> None:
    assert backend.store.view_position("queue") == 0
    assert backend.store.fold_view("queue", 0, 5, {"a": ("1", b"A"), "b": ("2", b"B")})
    assert backend.store.fold_view("queue", 5, 9, {"a": None, "b": ("3", b"BB"), "c": ("3", b"C"), "d": None})
    assert backend.store.view_position("queue") == 9
    assert backend.store.view_row("queue", "a") is None
    assert backend.store.view_row("queue", "b") == ("3", b"BB")
    assert backend.store.view_row("other", "b") is None
    assert backend.store.view_rows_of("queue", {"a", "b", "c"}) == {"b": ("3", b"BB"), "c": ("3", b"C")}
    assert backend.store.view_rows_of("other", {"b"}) == {}


def test_a_fold_from_a_position_that_moved_changes_nothing(backend: Backend) -> None:
    backend.store.fold_view("queue", 0, 5, {"a": ("1", b"A")})
    assert not backend.store.fold_view("queue", 0, 7, {"a": ("1", b"late")})
    assert backend.store.view_position("queue") == 5
    assert backend.store.view_row("queue", "a") == ("1", b"A")


def test_rows_come_highest_sort_key_first_and_by_prefix(backend: Backend) -> None:
    puts = {name: (sort, name.encode()) for name, sort in [("a", "x/1"), ("b", "x/3"), ("c", "x/2"), ("d", "y/1")]}
    backend.store.fold_view("queue", 0, 1, {**puts, "e": ("x/2", b"e"), "f": ("X", b"f")})
    assert [row_id for row_id, _ in backend.store.view_rows("queue")] == ["d", "b", "e", "c", "a", "f"]
    assert backend.store.view_rows("queue", "x/", 2) == [("b", b"b"), ("e", b"e")]
    assert backend.store.view_rows("queue", "x/9") == []
    assert [row_id for row_id, _ in backend.store.view_rows("queue", "x/", 2, "x/2")] == ["a"]
    assert [row_id for row_id, _ in backend.store.view_rows("queue", "x/", 1, "x/3")] == ["e"]
    assert backend.store.view_rows("other") == []


def test_a_dropped_view_starts_again(backend: Backend) -> None:
    backend.store.fold_view("queue", 0, 5, {"a": ("1", b"A")})
    backend.store.fold_view("other", 0, 5, {"a": ("1", b"A")})
    backend.store.drop_view("queue")
    assert backend.store.view_position("queue") == 0
    assert backend.store.view_rows("queue") == []
    assert backend.store.view_row("other", "a") == ("1", b"A")
    assert backend.store.fold_view("queue", 0, 1, {})
