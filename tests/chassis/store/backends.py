"""The two backends behind one face, for the behaviour suite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import psycopg

from chassis.recovering import Opening
from chassis.store.columns import INBOX, VAULT, inbox_row
from chassis.store.epochs import open_epoch
from chassis.store.exchange import Batch, MarkNeeds
from chassis.store.memory import MemoryStore
from chassis.store.port import ReaderStore, ViewStore, WriterStore
from chassis.store.postgres import PostgresStore, PostgresWriter
from chassis.store.rows import InboxRow, IntentStatus, VaultRow
from chassis.store.schema import migrate

INDEXES = ("free-cards", "open-tickets")
FAR = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


class Store(ReaderStore, ViewStore, Protocol):
    """Reader and views of one store."""


class Backend:
    """A fresh store: its readers, and writers by name (the same name is the same session)."""

    store: Store

    def writer(self, name: str = "a") -> WriterStore:
        raise NotImplementedError

    def open_epoch(self, opening: Opening | None = None) -> int:
        raise NotImplementedError

    def lose_session(self, name: str) -> None:
        """End the writer's session from outside, as a network cut would."""
        raise NotImplementedError

    def move_server(self) -> None:
        """Make the store look as if restored on another server."""
        raise NotImplementedError

    def wipe(self) -> None:
        """Empty all tables."""
        raise NotImplementedError

    def inbox(self) -> list[InboxRow]:
        raise NotImplementedError

    def vault(self) -> list[VaultRow]:
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back."""

    def commit(self, batch: Batch, writer: WriterStore | None = None, generation: int | None = None) -> None:
        """One group of an elected writer; elects "a" when none is given."""
        if writer is None or generation is None:
            writer = self.writer()
            elected = writer.elect("http://a")
            assert elected is not None
            generation = elected
        transaction = writer.begin(generation)
        transaction.marks(MarkNeeds())
        transaction.write_and_commit(batch)

    def tables(self) -> dict[str, Any]:
        """The full content of every table, comparable between backends."""
        return {
            "event": self.store.events_after(0, 100_000),
            "heads": self.store.slot_heads(),
            "fork": self.store.forks(),
            "position": self.store.positions(),
            "inbox": sorted(self.inbox()),
            "timer": self.store.due_timers(FAR, 100_000),
            "intent": sorted(self.store.intents(list(IntentStatus), 100_000)),
            "index": {index: self.store.index_rows(index, limit=100_000) for index in INDEXES},
            "parked": self.store.parked(None, 100_000),
            "vault": sorted(self.vault()),
        }


class MemoryBackend(Backend):
    def __init__(self) -> None:
        self.memory = MemoryStore()
        self.store = self.memory

    def writer(self, name: str = "a") -> WriterStore:
        return self.memory.writer(name)

    def open_epoch(self, opening: Opening | None = None) -> int:
        return self.memory.open_epoch(opening, "order")

    def lose_session(self, name: str) -> None:
        self.memory.end_session(name)

    def move_server(self) -> None:
        self.memory = self.memory.restored()
        self.store = self.memory

    def wipe(self) -> None:
        self.memory = MemoryStore()
        self.store = self.memory

    def inbox(self) -> list[InboxRow]:
        return list(self.memory.tables.inbox.values())

    def vault(self) -> list[VaultRow]:
        return list(self.memory.tables.vault.values())


class PostgresBackend(Backend):
    def __init__(self, dsn: str, *, idle_seconds: float = 4.0, lock_seconds: float = 0.5) -> None:
        migrate(dsn, "order")
        self.dsn = dsn
        self.postgres = PostgresStore(dsn, "order")
        self.store = self.postgres
        self._idle_seconds = idle_seconds
        self._lock_seconds = lock_seconds
        self._writers: dict[str, PostgresWriter] = {}
        self.owner = psycopg.connect(dsn, autocommit=True)

    def writer(self, name: str = "a") -> PostgresWriter:
        if name not in self._writers:
            self._writers[name] = self.postgres.writer(idle_seconds=self._idle_seconds, lock_seconds=self._lock_seconds)
        return self._writers[name]

    def open_epoch(self, opening: Opening | None = None) -> int:
        return open_epoch(self.dsn, opening)

    def lose_session(self, name: str) -> None:
        self.owner.execute("SELECT pg_terminate_backend(backend_pid, 5000) FROM generation")

    def move_server(self) -> None:
        for writer in self._writers.values():
            writer.resign()
        self.owner.execute("UPDATE meta SET system_identifier = system_identifier + 1")

    def wipe(self) -> None:
        tables = "event, position, fork, inbox, timer, intent, index_row, parked, vault, relay, view_row"
        self.owner.execute(f"TRUNCATE {tables}")
        self.owner.execute("UPDATE slot_head SET sequence = 0")

    def inbox(self) -> list[InboxRow]:
        return [inbox_row(row) for row in self.owner.execute(f"SELECT {INBOX.listed} FROM inbox")]

    def vault(self) -> list[VaultRow]:
        return [VaultRow._make(row) for row in self.owner.execute(f"SELECT {VAULT.listed} FROM vault")]

    def close(self) -> None:
        for writer in self._writers.values():
            writer.resign()
        self.owner.close()
        self.postgres.close()
