"""The writer's terms: nothing of an earlier one is carried into the next."""

from __future__ import annotations

import asyncio

from chassis.committer import Committed, Committer
from chassis.metrics import Metrics
from chassis.runtime.writer import Writer
from chassis.store.memory import MemoryStore
from chassis.store.port import StoreAway
from chassis.unit import Cause, CommandUnit, Result, Unit
from tests.chassis.core.toy import OpenJar, toy_service


def _ignore(_: object) -> None: ...


async def test_how_far_the_relay_got_in_an_earlier_term_is_not_written_in_a_new_one() -> None:
    store = MemoryStore()
    session = store.writer("one")
    committer = Committer(toy_service(), session)
    ignored: list[Committed] = []
    metrics = Metrics("toy", sources=[], targets=())
    writer = Writer(
        committer, session, "here", asyncio.get_running_loop(), metrics, on_commit=ignored.append, on_term=_ignore
    )  # fmt: skip
    writer._stand_for_election()
    writer.mark_relayed(5_000)
    writer._lose_term()  # and the store is put back to where its log was shorter
    writer._stand_for_election()
    writer._write_relayed()
    assert store.relayed() == 0


async def test_while_the_store_takes_nothing_the_writer_does_not_spin_and_does_not_look_well() -> None:
    store = MemoryStore()
    session = store.writer("one")
    committer = Committer(toy_service(), session)
    ignored: list[Committed] = []
    metrics = Metrics("toy", sources=[], targets=())
    writer = Writer(
        committer, session, "here", asyncio.get_running_loop(), metrics, on_commit=ignored.append, on_term=_ignore
    )  # fmt: skip
    writer._stand_for_election()
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


def _disk_full(point: str) -> None:
    if point == "before_commit":
        raise StoreAway("53100")
