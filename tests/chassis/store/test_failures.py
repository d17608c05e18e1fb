"""What a group is told when PostgreSQL or the way to it fails, and that it may go on from its marks."""

from __future__ import annotations

import random
import string
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from chassis.store.connections import GROUP_LOCK
from chassis.store.exchange import Batch, MarkNeeds
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain, StoreAway
from chassis.store.postgres import PostgresStore, PostgresWriter
from chassis.store.rows import EventRow, Position
from tests.chassis.store.backends import PostgresBackend
from tests.chassis.store.builders import event, inbox, published
from tests.chassis.store.lossy_proxy import Cut, LossyProxy

NEEDS = MarkNeeds(positions={("inventory", 1)}, has_heads=True)
DEADLINE_SECONDS = 20.0


def elected(writer: PostgresWriter) -> int:
    generation = writer.elect("http://a")
    assert generation is not None
    return generation


def batch(count: int = 3) -> Batch:
    made = published(count)
    made.positions["inventory", 1] = Position(1, count)
    return made


@pytest.fixture
def proxy(postgres: PostgresBackend) -> Iterator[LossyProxy]:
    made = LossyProxy(postgres.dsn)
    yield made
    made.close()


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize("count", [3, 500])
def test_a_lost_commit_answer_is_settled_by_the_marks(postgres: PostgresBackend, proxy: LossyProxy, cut: Cut, count: int) -> None:
    writer = PostgresWriter(proxy.dsn, "order")
    generation = elected(writer)
    transaction = writer.begin(generation)
    transaction.marks(NEEDS)
    proxy.arm(cut)
    with pytest.raises(GroupAgain):
        transaction.write_and_commit(batch(count))
    with pytest.raises(GenerationLost):
        writer.begin(generation)
    transaction = writer.begin(elected(writer))
    marks = transaction.marks(NEEDS)
    assert marks.heads is not None
    if cut == "after":
        assert marks.positions == {("inventory", 1): Position(1, count)}
        assert (marks.heads.log_id, marks.heads.sequences[7]) == (count, count)
        transaction.rollback()
    else:
        assert (marks.positions, marks.heads.log_id) == ({}, 0)
        transaction.write_and_commit(batch(count))
    assert postgres.store.last_log_id() == count
    writer.resign()


class EndingRows(list[EventRow]):
    """Rows that have the writer's backend killed half-way through the COPY."""

    def __init__(self, rows: list[EventRow], owner: psycopg.Connection) -> None:
        super().__init__(rows)
        self._owner = owner

    def __iter__(self) -> Iterator[EventRow]:
        for number, row in enumerate(super().__iter__()):
            if number == len(self) // 2:
                self._owner.execute("SELECT pg_terminate_backend(backend_pid, 5000) FROM generation")
            yield row


def test_a_backend_killed_in_the_middle_of_a_copy_leaves_nothing(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    whole = batch(2_000)
    broken = batch(2_000)
    broken.events = EndingRows(whole.events, postgres.owner)
    with pytest.raises(GroupAgain):
        postgres.commit(broken, writer, generation)
    assert postgres.store.last_log_id() == 0
    with pytest.raises(GenerationLost):
        writer.begin(generation)
    postgres.commit(whole, writer, elected(writer))
    assert postgres.store.last_log_id() == 2_000


def test_a_group_that_waits_too_long_for_the_lock_is_told_to_run_again(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    with postgres.owner.transaction():
        postgres.owner.execute("SELECT pg_advisory_xact_lock(%s, 0)", [GROUP_LOCK])
        with pytest.raises(GroupAgain):
            writer.begin(generation).marks(MarkNeeds())
    postgres.commit(batch(), writer, generation)
    assert postgres.store.last_log_id() == 3


def test_a_deadlock_ends_the_group_but_not_the_election(postgres: PostgresBackend) -> None:
    """A stranger's session takes two rows in the other order; the writer began to wait first, so it is the victim."""
    writer = PostgresWriter(postgres.dsn, "order", lock_seconds=15)
    generation = elected(writer)
    postgres.commit(Batch(positions={("inventory", 1): Position(1, 0)}), writer, generation)

    def cross() -> None:
        with psycopg.connect(postgres.dsn) as stranger:
            stranger.execute("UPDATE position SET epoch = epoch")
            is_holding.set()
            wait_for_a_blocked_session(postgres)
            stranger.execute("UPDATE slot_head SET sequence = sequence")
            stranger.rollback()

    is_holding = threading.Event()
    other = threading.Thread(target=cross)
    other.start()
    assert is_holding.wait(DEADLINE_SECONDS)
    try:
        with pytest.raises(GroupAgain):
            postgres.commit(batch(), writer, generation)
    finally:
        other.join()
    postgres.commit(batch(), writer, generation)
    assert postgres.store.last_log_id() == 3
    writer.resign()


def wait_for_a_blocked_session(postgres: PostgresBackend) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while postgres.owner.execute(blocked).fetchone() == (0,):
        assert time.monotonic() < deadline, "nobody was blocked"
        time.sleep(0.01)


def test_a_cancelled_statement_ends_the_group_but_not_the_election(postgres: PostgresBackend) -> None:
    writer = PostgresWriter(postgres.dsn, "order", lock_seconds=15, statement_seconds=0.3)
    generation = elected(writer)
    with postgres.owner.transaction():
        postgres.owner.execute("LOCK TABLE event")
        with pytest.raises(GroupAgain):
            postgres.commit(batch(), writer, generation)
    postgres.commit(batch(), writer, generation)
    writer.resign()


def test_a_generation_raised_behind_the_writers_back_is_noticed_before_anything_is_read_or_written(
    postgres: PostgresBackend,
) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    postgres.owner.execute("UPDATE generation SET generation = generation + 1")
    with pytest.raises(GenerationLost):
        writer.begin(generation).marks(NEEDS)
    with pytest.raises(GenerationLost):
        writer.touch()
    assert elected(writer) == generation + 2
    postgres.owner.execute("UPDATE generation SET generation = generation + 1")
    with pytest.raises(GenerationLost):
        writer.begin(generation + 2).write_and_commit(batch())
    assert postgres.store.last_log_id() == 0


def test_a_successor_ends_the_backend_that_the_generation_row_names(postgres: PostgresBackend) -> None:
    """Even where the predecessor's lock was lost and its connection was not."""
    writer = postgres.writer("a")
    generation = elected(writer)
    transaction = writer.begin(generation)
    transaction.marks(NEEDS)
    assert writer._connection is not None
    writer._connection.execute("SELECT pg_advisory_unlock_all()")
    assert elected(postgres.writer("b")) == generation + 1
    with pytest.raises(GroupAgain):
        transaction.write_and_commit(batch())
    assert postgres.store.last_log_id() == 0


def test_a_value_that_cannot_be_stored_is_the_units_own_fault(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    for text in ("nul \x00", "half \ud800"):
        bad = inbox()._replace(key=inbox(text).key)
        for made in (Batch(inbox=[bad]), Batch(events=[event(n, f"o-{n}", subject=text) for n in range(1, 99)])):
            with pytest.raises(ConstraintBroken) as caught:
                postgres.commit(made, writer, generation)
            assert text not in caught.value.detail
    postgres.commit(batch(), writer, generation)


def test_a_key_too_long_for_its_index_is_the_units_own_fault(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    endless = "".join(random.Random(7).choices(string.ascii_letters, k=9_000))
    bad = inbox()._replace(key=inbox(endless).key)
    with pytest.raises(ConstraintBroken):
        postgres.commit(Batch(inbox=[bad]), writer, generation)
    postgres.commit(batch(), writer, generation)


def test_an_answer_never_repeats_a_value(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    row = inbox("secret-4711")
    postgres.commit(Batch(inbox=[row]), writer, generation)
    with pytest.raises(ConstraintBroken) as caught:
        postgres.commit(Batch(inbox=[row]), writer, generation)
    assert str(caught.value) == "inbox_pkey"


def test_a_read_only_server_is_away(postgres: PostgresBackend) -> None:
    writer = postgres.writer()
    generation = elected(writer)
    assert writer._connection is not None
    writer._connection.execute("SET default_transaction_read_only = on")
    with pytest.raises(StoreAway):
        postgres.commit(batch(), writer, generation)
    with pytest.raises(StoreAway):
        writer.mark_relayed(1)
    writer._connection.execute("SET default_transaction_read_only = off")
    postgres.commit(batch(), writer, generation)


def test_a_store_that_was_read_only_for_a_while_takes_views_again(postgres: PostgresBackend) -> None:
    postgres.commit(batch())
    name = psycopg.conninfo.conninfo_to_dict(postgres.dsn)["dbname"]
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        store = PostgresStore(postgres.dsn, "order", pool_size=1)
        with pytest.raises(StoreAway):
            store.fold_view("orders", 0, 3, {})
        connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
    # The pool may have opened the next session in the meantime too: each that cannot write is dropped after its first refusal.
    deadline = time.monotonic() + 10
    while True:
        try:
            assert store.fold_view("orders", 0, 3, {})
            break
        except StoreAway:
            assert time.monotonic() < deadline, "no session takes writes again"
    store.close()


def test_a_server_that_cannot_be_reached_is_away() -> None:
    writer = PostgresWriter("postgresql://nobody@127.0.0.1:1/none", "order")
    with pytest.raises(StoreAway):
        writer.elect("http://a")
    store = PostgresStore("postgresql://nobody@127.0.0.1:1/none", "order", wait_seconds=0.2)
    with pytest.raises(StoreAway):
        store.last_log_id()
    store.close()


def test_readers_go_on_after_their_connections_were_cut(postgres: PostgresBackend) -> None:
    postgres.commit(batch())
    assert postgres.store.last_log_id() == 3
    postgres.owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'redress order reader' AND datname = current_database()"
    )
    assert postgres.store.last_log_id() == 3
