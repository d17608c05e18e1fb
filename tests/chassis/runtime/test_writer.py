"""The writer's terms, of which nothing is carried into the next, and its groups."""

from __future__ import annotations

import asyncio

import pytest

from chassis.committer import Committer
from chassis.metrics import Metrics
from chassis.runtime.writer import MANY, Writer
from chassis.store.memory import MemoryStore
from chassis.store.port import StoreAway
from chassis.unit import Cause, CommandUnit, Result, Unit
from tests.chassis.core.toy import OpenJar, toy_service


def _ignore(_: object) -> None: ...


def _elected(store: MemoryStore) -> Writer:
    """A writer that has won its election, and whose thread was not started."""
    session = store.writer("one")
    metrics = Metrics("toy", sources=[], targets=())
    committer = Committer(toy_service(), session)
    writer = Writer(committer, session, "here", asyncio.get_running_loop(), metrics, on_commit=_ignore, on_term=_ignore)
    writer._stand_for_election()
    return writer


def _open_jars(writer: Writer, count: int) -> None:
    for _ in range(count):
        writer.submit(CommandUnit(OpenJar("red"), Cause("c", "c")), lambda unit, result: None)


async def test_how_far_the_relay_got_in_an_earlier_term_is_not_written_in_a_new_one() -> None:
    store = MemoryStore()
    writer = _elected(store)
    writer.mark_relayed(5_000)
    writer._lose_term()  # and the store is put back to where its log was shorter
    writer._stand_for_election()
    writer._write_relayed()
    assert store.relayed() == 0


async def test_while_the_store_takes_nothing_the_writer_does_not_spin_and_does_not_look_well() -> None:
    store = MemoryStore()
    writer = _elected(store)
    store.faults = _disk_full
    answers: list[Result] = []

    def again(unit: Unit, result: Result) -> None:
        answers.append(result)
        if not writer._is_stopping:
            writer.submit(unit, again)

    writer.submit(CommandUnit(OpenJar("red"), Cause("c", "c")), again)
    writer.advanced_at = None
    writer.start()
    await asyncio.sleep(0.8)
    writer.stop()
    await asyncio.to_thread(writer.join)
    assert 1 <= len(answers) <= 3
    assert writer.advanced_at is None


async def test_those_who_were_answered_by_a_large_group_are_waited_for_and_those_of_a_small_one_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer = _elected(MemoryStore())
    coming = [0]
    monkeypatch.setattr("chassis.runtime.writer.time.sleep", lambda _: _open_jars(writer, coming[0]))

    def group_of(waiting: int, come_meanwhile: int) -> int:
        coming[0] = come_meanwhile
        _open_jars(writer, waiting)
        writer._turn()
        return writer._last_size

    assert group_of(MANY, 5) == MANY, "a first group waits for nobody"
    assert group_of(1, 5) == 6
    assert group_of(1, 5) == 1


def _disk_full(point: str) -> None:
    if point == "before_commit":
        raise StoreAway("53100")
