"""The law behind the behaviour suite: the same groups leave the same rows in both stores, or are refused by both.

Keys come from small domains, so that groups collide with earlier ones and with themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.store.exchange import Batch, MarkNeeds, Needs
from chassis.store.port import ConstraintBroken
from chassis.store.rows import EventRow, IntentStatus, ParkedStatus, Position
from tests.chassis.store.backends import Backend, MemoryBackend, PostgresBackend
from tests.chassis.store.builders import (
    at,
    event,
    inbox,
    index,
    index_row,
    intent,
    intents,
    parked,
    sealed,
    stream,
    timer,
    timers,
)

STREAMS = ["order-1", "order-2", "order-3"]
few = st.integers(0, 3)
seconds = st.integers(-3, 3)
timer_rows = st.builds(
    lambda name, version, due: timer(name, version=version, due_seconds=due),
    st.sampled_from(STREAMS),
    st.integers(1, 3),
    seconds,
)
intent_rows = st.builds(
    lambda key, status, attempt, due: intent(f"pay-{key}", status, attempt=attempt, due_seconds=due),
    few,
    st.sampled_from(IntentStatus),
    few,
    seconds,
)
index_rows = st.builds(lambda row, key, rank: index_row(f"card-{row}", f"product-{key}", rank), few, few, few)
index_keys = st.builds(lambda row: ("free-cards", f"card-{row}"), few)


T = TypeVar("T")


def some(values: st.SearchStrategy[T]) -> st.SearchStrategy[list[T]]:
    """A few values, often none."""
    return st.just([]) | st.lists(values, max_size=3)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """One group. Its events get their log ids, versions and sequences from the store they are written to."""
    steps = draw(st.lists(st.tuples(st.sampled_from(STREAMS), st.none() | few), max_size=4))
    return Batch(
        events=[event(0, name, slot=slot) for name, slot in steps],
        positions={("inventory", slot): Position(1, draw(few)) for slot in draw(some(few))},
        inbox=[inbox(f"key-{key}") for key in draw(some(few))],
        timers_set=timers(*draw(some(timer_rows))),
        timers_done={row.key for row in draw(some(timer_rows))},
        timers_cancelled={(stream(name), "overdue") for name in draw(some(st.sampled_from(STREAMS)))},
        intents_new=intents(*draw(some(intent_rows))),
        intents_changed=intents(*draw(some(intent_rows))),
        intents_withdrawn={f"pay-{key}" for key in draw(some(few))},
        intents_hastened={f"pay-{key}": at(draw(seconds)) for key in draw(some(few))},
        index_put=index(*draw(some(index_rows))),
        index_dropped=set(draw(some(index_keys))),
        parked_new=[parked(number) for number in draw(some(few))],
        parked_done={number: draw(st.sampled_from(ParkedStatus)) for number in draw(some(few))},
        vault=[sealed(f"contact/{number}") for number in draw(some(few))],
    )


def numbered(backend: Backend, rows: list[EventRow]) -> Batch:
    """Those events as the committer would number them on this store."""
    log_id = backend.store.last_log_id()
    heads = backend.store.slot_heads()[1]
    versions: dict[str, int] = {}
    made = Batch()
    for row in rows:
        log_id += 1
        key = str(row.stream_id)
        version = versions.get(key, len(backend.store.stream(row.stream_id))) + 1
        versions[key] = version
        sequence = None
        if row.slot is not None:
            heads[row.slot] += 1
            sequence = made.slot_heads[row.slot] = heads[row.slot]
        made.events.append(row._replace(log_id=log_id, version=version, sequence=sequence))
    return made


def tame(memory: MemoryBackend, batch: Batch) -> None:
    """Leave out most of what would be refused, so that groups also get somewhere."""
    tables = memory.memory.tables
    batch.inbox = list({row.key: row for row in batch.inbox if row.key not in tables.inbox}.values())
    batch.timers_done &= tables.timers.keys()
    for timer_key in tables.timers.keys() - batch.timers_done:
        batch.timers_set.pop(timer_key, None)
    for key in batch.intents_changed.keys() - tables.intents.keys():
        del batch.intents_changed[key]
    for key in tables.intents:
        batch.intents_new.pop(key, None)
    batch.index_dropped &= tables.index.keys()
    for row in tables.index.keys() - batch.index_dropped:
        batch.index_put.pop(row, None)
    new = {row.parked_id: row for row in batch.parked_new if row.parked_id not in tables.parked}
    batch.parked_new = list(new.values())
    waiting = {key for key, parked_row in tables.parked.items() if parked_row.status is ParkedStatus.WAITING}
    for parked_id in batch.parked_done.keys() - waiting - new.keys():
        del batch.parked_done[parked_id]
    batch.vault = list({row.reference: row for row in batch.vault if row.reference not in tables.vault}.values())


def outcome(backend: Backend, batch: Batch, generation: int) -> str:
    try:
        backend.commit(batch, backend.writer(), generation)
    except ConstraintBroken:
        return "refused"
    return "committed"


@pytest.fixture
def patient(fresh_database: Callable[[], str]) -> Iterator[PostgresBackend]:
    """A store whose sessions outlast what is drawn meanwhile, on a busy machine too."""
    made = PostgresBackend(fresh_database(), idle_seconds=60.0)
    yield made
    made.close()


def elected(backend: Backend) -> int:
    """The generation of a new election, once the server has noticed that the session of the one before is over."""
    deadline = time.monotonic() + 10.0
    while (generation := backend.writer().elect("http://a")) is None:
        assert time.monotonic() < deadline, "the session before does not end"
        time.sleep(0.05)
    return generation


@given(groups=st.lists(st.tuples(batches(), st.integers(0, 3)), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_groups_leave_the_same_tables(patient: PostgresBackend, groups: list[tuple[Batch, int]]) -> None:
    patient.wipe()
    memory = MemoryBackend()
    both: list[tuple[Backend, int]] = []
    each: Backend
    for each in (memory, patient):
        both.append((each, elected(each)))
    for batch, dice in groups:
        if dice > 0:
            tame(memory, batch)
        made = numbered(memory, batch.events)
        batch.events, batch.slot_heads = made.events, made.slot_heads
        assert len({outcome(backend, batch, generation) for backend, generation in both}) == 1
        assert patient.tables() == memory.tables()
    needs = Needs(
        streams={stream(name) for name in STREAMS},
        parked={0, 1},
        looks={("free-cards", "product-0")},
        claims={("free-cards", "product-1"): 2},
    )
    marks = MarkNeeds(positions={("inventory", 1)}, inbox={inbox("key-1").key}, intents={"pay-1"}, has_heads=True)
    answers = []
    for backend, generation in both:
        transaction = backend.writer().begin(generation)
        answers.append((transaction.marks(marks), transaction.fetch(needs)))
        transaction.rollback()
    assert answers[0] == answers[1]
