"""What one group reads and writes, all or nothing."""

from collections.abc import Callable

import pytest

from chassis.store.exchange import Batch, MarkNeeds, Needs
from chassis.store.port import ConstraintBroken, WriterStore
from chassis.store.rows import IntentStatus, ParkedStatus, Position, StoredEvent
from tests.chassis.store.backends import Backend
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

Commit = Callable[[Batch], None]


@pytest.fixture
def elected(backend: Backend) -> tuple[WriterStore, int]:
    writer = backend.writer()
    generation = writer.elect("http://a")
    assert generation is not None
    return writer, generation


@pytest.fixture
def commit(backend: Backend, elected: tuple[WriterStore, int]) -> Commit:
    return lambda batch: backend.commit(batch, *elected)


def refused(commit: Commit, backend: Backend, batch: Batch) -> str:
    """The broken constraint's name, after seeing that nothing was written."""
    before = backend.tables()
    with pytest.raises(ConstraintBroken) as caught:
        commit(batch)
    assert backend.tables() == before
    return caught.value.detail


def everything() -> Batch:
    return Batch(
        events=[event(1, slot=3, sequence=1), event(2, version=2)],
        slot_heads={3: 1},
        positions={("inventory", 9): Position(1, 4)},
        inbox=[inbox()],
        timers_set=timers(timer()),
        intents_new=intents(intent()),
        index_put=index(index_row("card-1")),
        parked_new=[parked()],
        vault=[sealed()],
    )


def test_a_group_writes_all_its_parts(commit: Commit, backend: Backend) -> None:
    batch = everything()
    commit(batch)
    assert backend.tables() == {
        "event": batch.events,
        "heads": (1, [1 if slot == 3 else 0 for slot in range(256)]),
        "fork": [],
        "position": batch.positions,
        "inbox": batch.inbox,
        "timer": [timer()],
        "intent": [intent()],
        "index": {"free-cards": [index_row("card-1")], "open-tickets": []},
        "parked": [parked()],
        "vault": [sealed()],
    }


def test_an_empty_group_commits(commit: Commit, backend: Backend) -> None:
    before = backend.tables()
    commit(Batch())
    assert backend.tables() == before


def test_a_rolled_back_group_leaves_nothing_and_the_next_one_opens(
    elected: tuple[WriterStore, int], commit: Commit, backend: Backend
) -> None:
    writer, generation = elected
    transaction = writer.begin(generation)
    transaction.marks(MarkNeeds())
    transaction.rollback()
    transaction.rollback()
    writer.begin(generation).rollback()
    commit(Batch(events=[event(1)]))
    assert backend.store.last_log_id() == 1


def test_marks_tell_what_was_done_already(elected: tuple[WriterStore, int], commit: Commit) -> None:
    commit(everything())
    writer, generation = elected
    marks = writer.begin(generation).marks(
        MarkNeeds(
            positions={("inventory", 9), ("inventory", 10)},
            inbox={inbox().key, inbox("other").key},
            timers={timer().key, timer(name="other").key},
            intents={"pay-1", "other"},
        )
    )
    assert marks.positions == {("inventory", 9): Position(1, 4)}
    assert marks.inbox == {inbox().key: inbox()}
    assert marks.timers == {timer().key: (timer().due_at, timer().causation_id)}
    assert marks.intents == {"pay-1": intent()}
    assert marks.heads is None


def test_the_streams_that_are_surely_needed_come_with_the_marks(elected: tuple[WriterStore, int], commit: Commit) -> None:
    commit(Batch(events=[event(1), event(2, version=2)]))
    writer, generation = elected
    marks = writer.begin(generation).marks(MarkNeeds(streams={event(1).stream_id, stream("unknown")}))
    assert marks.streams == {event(1).stream_id: [*map(StoredEvent.of, (event(1), event(2, version=2)))], stream("unknown"): []}


def test_heads_tell_where_the_numbers_stand(elected: tuple[WriterStore, int], commit: Commit) -> None:
    commit(everything())
    waiting = [parked(2, awaits=stream("order-9")), parked(5, stream_name="NO-9")]
    commit(Batch(parked_new=waiting, parked_done={1: ParkedStatus.DISCARDED}))
    writer, generation = elected
    heads = writer.begin(generation).marks(MarkNeeds(has_heads=True)).heads
    assert heads is not None
    assert (heads.log_id, heads.epoch, heads.last_parked_id) == (2, 1, 5)
    assert heads.sequences == [1 if slot == 3 else 0 for slot in range(256)]
    assert heads.parked_streams == {("order", "NO-1"): [2], ("order", "NO-9"): [5]}
    assert heads.early == {stream("order-9"): [2]}


def test_a_parked_row_can_wait_for_another_stream_and_one_without_a_stream_stands_in_no_queue(
    elected: tuple[WriterStore, int], commit: Commit
) -> None:
    commit(Batch(parked_new=[parked(1), parked(2, stream_name="")]))
    commit(Batch(parked_new=[parked(3)], parked_awaits={1: stream("order-7"), 3: stream("order-8")}))
    writer, generation = elected
    heads = writer.begin(generation).marks(MarkNeeds(has_heads=True)).heads
    assert heads is not None
    assert heads.parked_streams == {("order", "NO-1"): [1, 3]}
    assert heads.early == {stream("order-7"): [1], stream("order-8"): [3]}


def test_heads_of_a_fresh_store_are_zero(elected: tuple[WriterStore, int]) -> None:
    writer, generation = elected
    heads = writer.begin(generation).marks(MarkNeeds(has_heads=True)).heads
    assert heads is not None
    assert (heads.log_id, heads.last_parked_id, sum(heads.sequences)) == (0, 0, 0)


def test_fetch_gives_streams_in_version_order_and_empty_lists_for_unknown_ones(elected: tuple[WriterStore, int], commit: Commit) -> None:
    rows = [event(1), event(2, "order-2"), event(3, version=2)]
    commit(Batch(events=rows, parked_new=[parked()]))
    writer, generation = elected
    wanted = {stream("order-1"), stream("order-9")}
    fetched = writer.begin(generation).fetch(Needs(streams=wanted, parked={1, 2}))
    assert fetched.streams == {stream("order-1"): [StoredEvent.of(rows[0]), StoredEvent.of(rows[2])], stream("order-9"): []}
    assert fetched.parked == {1: parked()}


def test_claims_come_in_order_of_rank_and_row_id_with_their_streams(elected: tuple[WriterStore, int], commit: Commit) -> None:
    rows = [index_row("b", rank=1), index_row("a", rank=2), index_row("B", rank=1), index_row("z", "product-2")]
    commit(Batch(index_put=index(*rows), events=[event(1, "b"), event(2, "a")]))
    writer, generation = elected
    fetched = writer.begin(generation).fetch(
        Needs(
            streams={stream("b")},
            claims={("free-cards", "product-1"): 2, ("free-cards", "none"): 5},
            looks={("free-cards", "product-1"), ("open-tickets", "product-1")},
        )
    )
    assert fetched.claims == {("free-cards", "product-1"): [rows[2], rows[0]], ("free-cards", "none"): []}
    assert fetched.looks == {
        ("free-cards", "product-1"): [rows[2], rows[0], rows[1]],
        ("open-tickets", "product-1"): [],
    }
    assert fetched.streams == {stream("b"): [StoredEvent.of(event(1, "b"))], stream("B"): []}


def test_a_position_is_overwritten(commit: Commit, backend: Backend) -> None:
    commit(Batch(positions={("order", 1): Position(1, 4)}))
    commit(Batch(positions={("order", 1): Position(2, 3), ("order", 2): Position(1, 1)}))
    assert backend.store.positions() == {("order", 1): Position(2, 3), ("order", 2): Position(1, 1)}


@pytest.mark.parametrize(
    ("again", "constraint"),
    [
        (Batch(events=[event(1, "order-9")]), "event_pkey"),
        (Batch(events=[event(3)]), "event_stream_version"),
        (Batch(events=[event(3, "order-9", slot=3, sequence=1)]), "event_slot_sequence"),
        (Batch(inbox=[inbox()]), "inbox_pkey"),
        (Batch(timers_set=timers(timer(due_seconds=9))), "timer_pkey"),
        (Batch(intents_new=intents(intent())), "intent_pkey"),
        (Batch(index_put=index(index_row("card-1", "product-9"))), "index_row_pkey"),
        (Batch(parked_new=[parked()]), "parked_pkey"),
        (Batch(vault=[sealed()]), "vault_pkey"),
        (Batch(timers_done={timer(name="other").key}), "timer_done"),
        (Batch(intents_changed=intents(intent("other"))), "intent_changed"),
        (Batch(index_dropped={("free-cards", "other")}), "index_dropped"),
        (Batch(parked_done={9: ParkedStatus.REPLAYED}), "parked_done"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_rule_refuses_the_whole_group_by_its_name(commit: Commit, backend: Backend, again: Batch, constraint: str) -> None:
    commit(everything())
    again.positions["order", 1] = Position(1, 1)
    assert refused(commit, backend, again) == constraint


def test_after_a_refused_group_the_writer_goes_on(commit: Commit, backend: Backend) -> None:
    commit(everything())
    refused(commit, backend, Batch(events=[event(1)]))
    commit(Batch(events=[event(3, version=3)]))
    assert backend.store.last_log_id() == 3


def test_a_long_group_is_refused_as_a_whole_too(commit: Commit, backend: Backend) -> None:
    rows = [event(n, f"order-{n}") for n in range(1, 301)]
    refused(commit, backend, Batch(events=[*rows, event(301, "order-300")]))
    commit(Batch(events=rows, index_put=index(*(index_row(f"card-{n}") for n in range(300)))))
    assert backend.store.events_after(0, 1_000) == rows


def test_a_fired_timer_goes_and_may_be_set_again(commit: Commit, backend: Backend) -> None:
    commit(Batch(timers_set=timers(timer())))
    commit(Batch(timers_done={timer().key}, timers_set=timers(timer(version=2), timer(due_seconds=60))))
    assert backend.store.due_timers(at(90), 10) == [timer(version=2), timer(due_seconds=60)]


def test_cancelling_takes_every_version_of_the_name_and_spares_what_the_group_sets(commit: Commit, backend: Backend) -> None:
    commit(Batch(timers_set=timers(timer(), timer(version=2), timer(name="other"))))
    commit(Batch(timers_cancelled={(stream("order-1"), "overdue")}, timers_set=timers(timer(version=3))))
    assert {row.key for row in backend.store.due_timers(at(1), 10)} == {
        timer(version=3).key,
        timer(name="other").key,
    }


@pytest.mark.parametrize("status", [IntentStatus.REFUSED, IntentStatus.ABSENT])
def test_a_refused_or_absent_intent_is_armed_again_with_its_attempts(commit: Commit, backend: Backend, status: IntentStatus) -> None:
    commit(Batch(intents_new=intents(intent())))
    commit(Batch(intents_changed=intents(intent(status=status, attempt=2)._replace(asked=3))))
    commit(Batch(intents_new=intents(intent(due_seconds=5))))
    assert backend.store.intents([IntentStatus.PENDING], 10) == [intent(attempt=2, due_seconds=5)]


def test_an_outcome_and_the_new_try_it_caused_fit_one_group(commit: Commit, backend: Backend) -> None:
    commit(Batch(intents_new=intents(intent())))
    refusal = intent(status=IntentStatus.REFUSED, attempt=1)
    commit(Batch(intents_changed=intents(refusal), intents_new=intents(intent(due_seconds=5))))
    assert backend.store.intents([IntentStatus.PENDING], 10) == [intent(attempt=1, due_seconds=5)]


def test_only_a_pending_intent_is_withdrawn(commit: Commit, backend: Backend) -> None:
    started = intent("pay-2", IntentStatus.STARTED, attempt=1)
    commit(Batch(intents_new=intents(intent(), started)))
    commit(Batch(intents_withdrawn={"pay-1", "pay-2", "pay-3"}))
    assert backend.store.intents(list(IntentStatus), 10) == [intent(status=IntentStatus.WITHDRAWN), started]


def test_only_a_later_pending_or_unknown_intent_is_hastened(commit: Commit, backend: Backend) -> None:
    rows = [
        intent("sooner", due_seconds=1),
        intent("later", due_seconds=60),
        intent("unknown", IntentStatus.UNKNOWN, due_seconds=60),
        intent("started", IntentStatus.STARTED, due_seconds=60),
    ]
    commit(Batch(intents_new=intents(*rows)))
    commit(Batch(intents_hastened={row.key: at(5) for row in rows} | {"none": at(5)}))
    due = {row.key: row.due_at for row in backend.store.intents(list(IntentStatus), 10)}
    assert due == {"sooner": at(1), "later": at(5), "unknown": at(5), "started": at(60)}


def test_an_index_row_moves_in_one_group(commit: Commit, backend: Backend) -> None:
    commit(Batch(index_put=index(index_row("card-1"))))
    moved = index_row("card-1", "product-2", 4)
    commit(Batch(index_dropped={("free-cards", "card-1")}, index_put=index(moved)))
    assert backend.store.index_rows("free-cards") == [moved]


def test_a_row_parked_and_done_in_one_group_is_done(commit: Commit, backend: Backend) -> None:
    commit(Batch(parked_new=[parked()], parked_done={1: ParkedStatus.REPLAYED}))
    assert backend.store.parked_row(1) == parked()._replace(status=ParkedStatus.REPLAYED)
    assert "parked_done" in refused(commit, backend, Batch(parked_done={1: ParkedStatus.DISCARDED}))


def test_a_group_is_over_after_its_commit(elected: tuple[WriterStore, int], backend: Backend) -> None:
    writer, generation = elected
    transaction = writer.begin(generation)
    transaction.write_and_commit(Batch(events=[event(1)]))
    with pytest.raises(AssertionError):
        transaction.write_and_commit(Batch(events=[event(2, version=2)]))
    transaction.rollback()
    assert backend.store.last_log_id() == 1
