"""Planted defects in how groups are written, positions kept and records carried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from chassis.committer import Committer
from chassis.follower import Follower
from chassis.group import Group
from chassis.store.memory import MemoryTransaction
from chassis.store.memory_tables import Tables
from chassis.store.port import StoreAway
from redress.simulation.relay import Relay


@contextmanager
def lock_and_read_in_one_statement() -> Iterator[None]:
    """A new writer reads what stood there when it began to wait for the lock, without its predecessor's last commit, until it has written.

    Read so only once, it would be caught by the unique keys, and made good by the attempt that follows.
    """
    write = MemoryTransaction.write_and_commit
    marks = MemoryTransaction.marks
    before: dict[int, tuple[Tables, Any]] = {}

    def write_and_remember(self: MemoryTransaction, batch: Any) -> None:
        earlier = self.store.tables.copy()
        write(self, batch)
        before[id(self.store)] = (earlier, self.writer)

    def stale_marks(self: MemoryTransaction, needs: Any) -> Any:
        fresh = marks(self, needs)
        earlier, writer = before.get(id(self.store), (None, self.writer))
        return fresh if earlier is None or writer is self.writer else earlier.marks(needs)

    with ExitStack() as patches:
        patches.enter_context(patch.object(MemoryTransaction, "write_and_commit", write_and_remember))
        patches.enter_context(patch.object(MemoryTransaction, "marks", stale_marks))
        yield


@contextmanager
def numbers_kept_after_failed_commit() -> Iterator[None]:
    """Numbers that a failed group gave out are not given back."""
    begin, drop = Group.__init__, Committer._drop_all

    def begin_on_the_same(self: Group, service: Any, heads: Any, *rest: Any, **named: Any) -> None:
        begin(self, service, heads, *rest, **named)
        self.heads = heads

    def drop_all_but_numbers(self: Committer) -> None:
        kept = self._heads if self._generation is not None else None
        drop(self)
        self._heads = kept

    with ExitStack() as patches:
        patches.enter_context(patch.object(Group, "__init__", begin_on_the_same))
        patches.enter_context(patch.object(Committer, "_drop_all", drop_all_but_numbers))
        yield


@contextmanager
def failed_commit_believed() -> Iterator[None]:
    """A store that goes away before the COMMIT is taken for one that committed."""
    write = MemoryTransaction.write_and_commit

    def write_and_hope(self: MemoryTransaction, batch: Any) -> None:
        try:
            write(self, batch)
        except StoreAway:
            return

    with patch.object(MemoryTransaction, "write_and_commit", write_and_hope):
        yield


@contextmanager
def relayed_before_acknowledged() -> Iterator[None]:
    """The relay remembers how far it got before the broker has answered."""
    publish = Relay._publish

    def mark_then_publish(self: Relay) -> None:
        node = self._process.node
        rows = node.store.public_after(self._position, 40)
        if rows and not node.is_full:
            self._process.session.mark_relayed(rows[-1].log_id)
        publish(self)

    with patch.object(Relay, "_publish", mark_then_publish):
        yield


@contextmanager
def backlog_taken_for_a_gap() -> Iterator[None]:
    """Whatever is below the head is read from the feed, although its records are on their way."""
    compare = Follower.compare_heads

    def compare_hastily(self: Follower, epoch: int, sequences: list[int], asked_at: Any = None) -> None:
        compare(self, epoch, sequences, asked_at)
        for state, head in zip(self.slots, sequences, strict=True):
            state.is_filling = state.is_filling or state.committed.sequence < head

    with patch.object(Follower, "compare_heads", compare_hastily):
        yield


def feed_not_read() -> AbstractContextManager[Any]:
    """What Kafka lost is waited for, and never read from the feed."""
    return patch.object(Follower, "wants", lambda self: {})
