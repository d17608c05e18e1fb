"""What only the store in memory has: faults at named points, sessions that end, snapshots."""

from collections.abc import Callable

import pytest

from chassis.store.exchange import Batch, MarkNeeds, Needs
from chassis.store.memory import MemoryStore, MemoryWriter
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, StoreAway
from tests.chassis.store.builders import event, published

POINTS = ["begin", "marks", "fetch", "write", "before_commit", "after_commit"]


def elected(store: MemoryStore, name: str = "a") -> tuple[MemoryWriter, int]:
    writer = store.writer(name)
    generation = writer.elect(f"http://{name}")
    assert generation is not None
    return writer, generation


def run_group(writer: MemoryWriter, generation: int, batch: Batch) -> None:
    transaction = writer.begin(generation)
    transaction.marks(MarkNeeds())
    transaction.fetch(Needs())
    transaction.write_and_commit(batch)


def raising_once(at_point: str, failure: Exception) -> Callable[[str], None]:
    left = [failure]

    def fault(point: str) -> None:
        if point == at_point and left:
            raise left.pop()

    return fault


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("failure", [GroupAgain("deadlock"), StoreAway("away")], ids=lambda value: type(value).__name__)
def test_a_fault_ends_the_group_and_only_after_the_commit_is_anything_kept(point: str, failure: Exception) -> None:
    store = MemoryStore()
    writer, generation = elected(store)
    store.faults = raising_once(point, failure)
    with pytest.raises(type(failure)):
        run_group(writer, generation, Batch(events=[event(1)]))
    was_committed = point == "after_commit"
    assert store.last_log_id() == (1 if was_committed else 0)
    run_group(writer, generation, Batch(events=[event(2, version=2)]))


def test_every_point_is_passed_once_and_in_order() -> None:
    passed: list[str] = []
    store = MemoryStore(faults=passed.append)
    run_group(*elected(store), Batch())
    assert passed == POINTS


def test_a_refused_group_never_comes_near_its_commit() -> None:
    store = MemoryStore()
    writer, generation = elected(store)
    run_group(writer, generation, Batch(events=[event(1)]))
    passed: list[str] = []
    store.faults = passed.append
    with pytest.raises(ConstraintBroken):
        run_group(writer, generation, Batch(events=[event(1)]))
    assert "before_commit" not in passed


def test_a_group_waits_in_vain_for_the_one_that_is_open() -> None:
    store = MemoryStore()
    writer, generation = elected(store)
    first = writer.begin(generation)
    with pytest.raises(GroupAgain):
        writer.begin(generation)
    first.write_and_commit(Batch())
    writer.begin(generation).rollback()


def test_a_frozen_writer_whose_session_ended_writes_nothing_when_it_wakes() -> None:
    store = MemoryStore()
    frozen, generation = elected(store, "a")
    group = frozen.begin(generation)
    group.marks(MarkNeeds())
    store.end_session("a")
    successor, next_generation = elected(store, "b")
    run_group(successor, next_generation, Batch(events=[event(1)]))
    with pytest.raises(GroupAgain):
        group.write_and_commit(Batch(events=[event(1, "order-9")]))
    with pytest.raises(GenerationLost):
        frozen.begin(generation)
    assert store.events_after(0, 10) == [event(1)]


def test_the_planted_defect_lets_a_superseded_writer_open_groups() -> None:
    store = MemoryStore()
    store.is_generation_checked = False
    frozen, generation = elected(store, "a")
    store.end_session("a")
    elected(store, "b")
    run_group(frozen, generation, Batch(events=[event(1)]))
    assert store.last_log_id() == 1


def test_a_store_that_is_away_says_so_on_every_side() -> None:
    store = MemoryStore()
    writer, generation = elected(store)
    store.is_away = True
    for call in (store.last_log_id, writer.touch, lambda: writer.begin(generation), lambda: writer.elect("http://a")):
        with pytest.raises(StoreAway):
            call()
    store.is_away = False
    run_group(writer, generation, Batch())


def test_a_copy_goes_its_own_way() -> None:
    store = MemoryStore()
    writer, generation = elected(store)
    run_group(writer, generation, published(3))
    store.fold_view("queue", 0, 3, {"a": ("1", b"A")})
    twin = store.copy()
    assert twin.tables == store.tables
    run_group(writer, generation, Batch(events=[event(4, "order-4", slot=7, sequence=4)], slot_heads={7: 4}))
    twin.fold_view("queue", 3, 4, {"a": None})
    assert twin.last_log_id() == 3
    assert twin.slot_heads()[1][7] == 3
    assert store.view_row("queue", "a") == ("1", b"A")
    assert elected(twin, "b")[1] == generation + 1
