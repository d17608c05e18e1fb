"""One group as a transaction of the active writer on PostgreSQL (READ COMMITTED).

The first step carries, in one round trip: BEGIN; the shard's advisory lock in a statement of its own, so that every later
statement sees all that earlier holders committed; the generation; and the step's own questions. Nothing is believed
before the generation was compared. The table itself is never locked (that would meet autovacuum) and nothing is
notified (that would serialise the commits of the whole server).

The last step writes and commits, in one round trip where that can be. Where row counts must be met, they are compared before COMMIT
is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, Cursor, Error
from psycopg.pq import TransactionStatus

from chassis.store.asking import ask_marks, ask_needs
from chassis.store.connections import GROUP_LOCK
from chassis.store.exchange import Batch, Fetched, MarkNeeds, Marks, Needs
from chassis.store.failures import group_failure
from chassis.store.port import ConstraintBroken, GenerationLost, GroupAgain
from chassis.store.writing import Change, Insert, as_change, changes, inserts, last_changes

COPY_FROM_ROWS = 48
"""From this many rows on, a COPY with round trips of its own is faster than arrays in the shared one."""


class PostgresTransaction:
    """One open group. Made by `PostgresWriter.begin`; opens the transaction with its first step."""

    def __init__(self, connection: Connection, shard: int, generation: int, lose: Callable[[], None]) -> None:
        self._connection = connection
        self._shard = shard
        self._generation = generation
        self._lose = lose
        self._is_open = False
        self._is_over = False

    def marks(self, needs: MarkNeeds) -> Marks:
        with self._guarded(), self._step():
            read = ask_marks(self._connection, needs)
        return read()

    def fetch(self, needs: Needs) -> Fetched:
        with self._guarded(), self._step():
            read = ask_needs(self._connection, needs)
        return read()

    def write_and_commit(self, batch: Batch) -> None:
        with self._guarded():
            if not self._is_open:
                with self._step():
                    pass
            every = inserts(batch)
            long = [insert for insert in every if len(insert.rows) >= COPY_FROM_ROWS]
            first = [*changes(batch), *(as_change(each) for each in every if len(each.rows) < COPY_FROM_ROWS)]
            last = [*last_changes(batch)]
            if not long and not last and all(each.row_count is None for each in first):
                # Nothing is to be compared before COMMIT, so it travels along; behind a statement that fails it is not carried out.
                with self._connection.pipeline():
                    self._execute(first)
                    commit = self._connection.execute("COMMIT", prepare=False)
                self._ended(commit.statusmessage)
                return
            self._change(first)
            for insert in long:
                self._copy(insert)
            self._change(last)
            self._ended(self._connection.execute("COMMIT", prepare=False).statusmessage)

    def rollback(self) -> None:
        """End the transaction, if one is open; a connection on which that fails is given up."""
        self._is_open, self._is_over = False, True
        if self._connection.closed or self._connection.info.transaction_status is TransactionStatus.IDLE:
            return
        try:
            self._connection.execute("ROLLBACK", prepare=False)
        except Error:
            self._lose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Whatever goes wrong inside ends the transaction and is told in the port's words."""
        assert not self._is_over, "the group is over"
        try:
            yield
        except (Error, UnicodeEncodeError) as error:
            is_lost, was_open = self._connection.closed, self._is_open
            self.rollback()
            if is_lost:
                self._lose()
                if not was_open:
                    raise GenerationLost("the session that held the lock had ended") from error
            failure = group_failure(error, is_lost)
            if failure is None:
                raise
            raise failure from error
        except BaseException:
            self.rollback()
            raise

    @contextmanager
    def _step(self) -> Iterator[None]:
        """A round trip; the first one opens the transaction and compares the generation."""
        if self._is_open:
            with self._connection.pipeline():
                yield
            return
        with self._connection.pipeline():
            self._connection.execute("BEGIN", prepare=False)
            self._connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [GROUP_LOCK, self._shard])
            found = self._connection.execute("SELECT generation FROM generation WHERE shard = %s", [self._shard])
            yield
        if found.fetchone() != (self._generation,):
            self._lose()
            raise GenerationLost(f"generation {self._generation} was superseded")
        self._is_open = True

    def _change(self, every: list[Change]) -> None:
        if not every:
            return
        with self._connection.pipeline():
            cursors = self._execute(every)
        for change, cursor in zip(every, cursors, strict=True):
            if change.row_count is not None and cursor.rowcount != change.row_count:
                raise ConstraintBroken(change.constraint)

    def _execute(self, every: list[Change]) -> list[Cursor[Any]]:
        return [self._connection.execute(each.query, each.parameters) for each in every]

    def _copy(self, insert: Insert) -> None:
        with self._connection.cursor().copy(insert.table.copy) as copy:
            copy.set_types(insert.table.types)
            for row in insert.rows:
                copy.write_row(row)

    def _ended(self, answer: str | None) -> None:
        """What the server answered to COMMIT."""
        self._is_open, self._is_over = False, True
        if answer != "COMMIT":
            raise GroupAgain(f"the server answered {answer} to COMMIT")
