"""The store in memory: one `MemoryStore` is one service's database; deterministic, for tests and the
simulation.

Several writers may compete for it (`store.writer("a")`, `store.writer("b")`): each is a session as PostgreSQL
would see it. The one that is elected holds the session lock until it resigns, is ended (`end_session`: what
an idle time-out, a kill or a network cut does) or is superseded. An open group holds the shard's lock; a
group opened meanwhile by another session raises GroupAgain, as a lock time-out would. A session that ended
loses its open group, and everything it does next raises GenerationLost.

`faults` is called at named points of every group and may raise GroupAgain, StoreAway, GenerationLost or
ConstraintBroken; the group is over then. Raised at `after_commit`, everything was committed and only the
answer was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from threading import RLock
from typing import Literal

from chassis.recovering import Opening
from chassis.store.exchange import Batch, Fetched, MarkNeeds, Marks, Needs
from chassis.store.memory_reading import MemoryReading
from chassis.store.memory_tables import Tables
from chassis.store.port import EpochNotOpen, GenerationLost, GroupAgain, StoreAway

FaultPoint = Literal["begin", "marks", "fetch", "write", "before_commit", "after_commit"]
Faults = Callable[[str], None]


class MemoryStore(MemoryReading):
    """One service's database in memory: reader, views, and any number of competing writers."""

    def __init__(self, faults: Faults | None = None, tables: Tables | None = None) -> None:
        self.faults = faults
        self.tables = tables or Tables()
        self.is_away = False
        """True while the database cannot be reached: every method of every side raises StoreAway."""
        self.is_generation_checked = True
        """False plants a defect: a superseded writer may open groups."""
        self.is_epoch_open = True
        """False for a restored store until `open_epoch`."""
        self.generation = 0
        self.address: str | None = None
        self._lock_holder: MemoryWriter | None = None
        self._group: MemoryTransaction | None = None
        self._writers: dict[str, MemoryWriter] = {}
        self._guard = RLock()
        self._opened = _Opened(self)

    def writer(self, backend_id: str = "writer") -> MemoryWriter:
        """The session of this name; always the same object for the same name."""
        return self._writers.setdefault(backend_id, MemoryWriter(self, backend_id))

    def writer_address(self) -> str | None:
        with self._open():
            return self.address

    def end_session(self, backend_id: str) -> None:
        """Let the session die as by an idle time-out: its lock is free and its open group is rolled back."""
        with self._guard:
            self._end(self.writer(backend_id))

    def copy(self) -> MemoryStore:
        """A snapshot that shares nothing with this store; nobody is elected on it and it has no faults."""
        with self._guard:
            twin = MemoryStore(tables=self.tables.copy())
            twin.generation, twin.address, twin.is_epoch_open = (
                self.generation,
                self.address,
                self.is_epoch_open,
            )
            return twin

    def restored(self) -> MemoryStore:
        """A snapshot on another server, as a restore leaves it: no election before `open_epoch`."""
        twin = self.copy()
        twin.is_epoch_open = False
        return twin

    def open_epoch(self, opening: Opening | None = None, service: str = "") -> int:
        """Start the next epoch here, with its fork point per slot; the new epoch."""
        with self._open() as tables:
            self.is_epoch_open = True
            return tables.open_epoch(opening or Opening(datetime.now(UTC)), service)

    def _open(self) -> AbstractContextManager[Tables]:
        return self._opened

    def _end(self, writer: MemoryWriter) -> None:
        writer.is_elected = False
        if self._lock_holder is writer:
            self._lock_holder = None
        if self._group is not None and self._group.writer is writer:
            self._group = None

    def _fault(self, point: FaultPoint) -> None:
        if self.faults is not None:
            self.faults(point)


class _Opened(AbstractContextManager[Tables]):
    """The store held still for a read or a write: `with` gives its tables, or raises StoreAway. One for all, since it holds nothing."""

    __slots__ = ("_store",)

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __enter__(self) -> Tables:
        self._store._guard.acquire()
        if self._store.is_away:
            self._store._guard.release()
            raise StoreAway("the store in memory was switched off")
        return self._store.tables

    def __exit__(self, *_: object) -> None:
        self._store._guard.release()


class MemoryWriter:
    """One session that may be elected. Made by `MemoryStore.writer`."""

    def __init__(self, store: MemoryStore, backend_id: str) -> None:
        self.store = store
        self.backend_id = backend_id
        self.is_elected = False

    def elect(self, address: str) -> int | None:
        store = self.store
        with store._open():
            if not store.is_epoch_open:
                raise EpochNotOpen("restored: its epoch is not open")
            if store._lock_holder is not None and store._lock_holder is not self:
                return None
            for other in store._writers.values():
                store._end(other)
            store._lock_holder = self
            self.is_elected = True
            store.generation += 1
            store.address = address
            return store.generation

    def touch(self) -> None:
        with self.store._open():
            self._require_session()

    def mark_relayed(self, log_id: int) -> None:
        with self.store._open() as tables:
            self._require_session()
            tables.relayed = log_id

    def begin(self, generation: int) -> MemoryTransaction:
        store = self.store
        with store._open():
            if store.is_generation_checked and (not self.is_elected or generation != store.generation):
                raise GenerationLost(f"generation {generation} was superseded or its session ended")
            if store._group is not None:
                raise GroupAgain("another group holds the shard's lock")
            store._fault("begin")
            store._group = MemoryTransaction(self)
            return store._group

    def resign(self) -> None:
        with self.store._guard:
            self.store._end(self)

    def _require_session(self) -> None:
        if self.store.is_generation_checked and not self.is_elected:
            raise GenerationLost("the session that held the lock has ended")


class MemoryTransaction:
    """One open group. Reads see the committed tables: nobody else can write while it is open."""

    def __init__(self, writer: MemoryWriter) -> None:
        self.writer = writer
        self.store = writer.store
        self._is_over = False

    def marks(self, needs: MarkNeeds) -> Marks:
        with self._step("marks") as tables:
            return tables.marks(needs)

    def fetch(self, needs: Needs) -> Fetched:
        with self._step("fetch") as tables:
            return tables.fetch(needs)

    def write_and_commit(self, batch: Batch) -> None:
        with self._step("write") as tables:
            tables.check(batch)
            self.store._fault("before_commit")
            tables.apply(batch)
            self._end()
            self.store._fault("after_commit")

    def rollback(self) -> None:
        with self.store._guard:
            self._end()

    @contextmanager
    def _step(self, point: FaultPoint) -> Iterator[Tables]:
        """The tables, if this group is still open; whatever is raised inside ends it."""
        assert not self._is_over, "the group is over"
        try:
            with self.store._open() as tables:
                if self.store._group is not self:
                    raise GroupAgain("the session that opened this group has ended")
                self.store._fault(point)
                yield tables
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._is_over = True
        if self.store._group is self:
            self.store._group = None
