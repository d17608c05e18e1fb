"""A service declaration on the memory store, for tests: given messages, commands, due timers and outcomes, then what it said.

Everything runs through the real committer. Time moves only when a test says so.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from chassis.activity import Outcome
from chassis.aggregate import fold
from chassis.committer import Committer
from chassis.records import feed_unit
from chassis.recovering import Opening
from chassis.service import Service
from chassis.store.memory import MemoryStore
from chassis.store.rows import InboxKey, IntentRow, IntentStatus, VaultRow
from chassis.unit import (
    Answered,
    Cause,
    CommandUnit,
    OutcomeUnit,
    RecordUnit,
    ReleaseUnit,
    ReplayUnit,
    Result,
    Started,
    StartUnit,
    TimerUnit,
    Unit,
)
from contracts.envelope import slot_of

START = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """One service with its store. `said` holds the public messages so far, decoded to plain dicts with their type's name."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.store = MemoryStore()
        self.bugs: list[BaseException] = []
        self.committer = Committer(service, self.writer(), on_bug=lambda _unit, error: self.bugs.append(error))
        self.elect()
        self.now = START
        self._sequences: dict[tuple[str, int], int] = {}
        self._commands = 0

    def writer(self) -> Any:
        self._writer = self.store.writer("bench")
        return self._writer

    def elect(self) -> None:
        generation = self._writer.elect("bench")
        assert generation is not None
        self.committer.take_over(generation)

    def commit(self, *units: Unit) -> list[Result]:
        """Commit units as one group; a bug in pure code is raised, unless the test looks at `bugs` itself."""
        done = self.committer.commit(list(units), self.now)
        return [settlement.result for settlement in done.settlements]

    def record(self, message: Any, *, slot_key: str | None = None, shop_id: str = "shop", stream: str = "stream") -> RecordUnit:
        """The next record of a message on its slot."""
        source = message.TYPE.split(".")[1]
        key = str(slot_key or getattr(message, "order_number", None) or getattr(message, "product_code", ""))
        slot = slot_of(shop_id, key)
        sequence = self._sequences[source, slot] = self._sequences.get((source, slot), 0) + 1
        cause = Cause("correlation", f"{source}/{stream}/{sequence}")
        return RecordUnit(source, slot, 1, sequence, message.TYPE, stream, self.now, cause, msgspec.json.encode(message), shop_id)

    def tell(self, *messages: Any, **options: Any) -> list[Result]:
        """Public messages of other services arrive."""
        results = [result for message in messages for result in self.commit(self.record(message, **options))]
        self._raise_bug()
        return results

    def do(self, command: Any, *, key: str | None = None, sealed: tuple[VaultRow, ...] = ()) -> Answered:
        """A command arrives, under a key of its own unless one is given."""
        self._commands += 1
        inbox_key = InboxKey("tester", type(command).__name__, key or f"command-{self._commands}")
        request = msgspec.json.encode(command)
        result = self.commit(CommandUnit(command, Cause("correlation", "command"), inbox_key, request, sealed))[0]
        self._raise_bug()
        assert isinstance(result, Answered), result
        return result

    def advance(self, **duration: float) -> int:
        """Let time pass, and every timer that is due fire, in order; how many fired."""
        until, fired = self.now + timedelta(**duration), 0
        while due := self.store.due_timers(until, 1):
            self.now = max(self.now, due[0].due_at)
            self.commit(TimerUnit(due[0]))
            fired += 1
            self._raise_bug()
        self.now = until
        return fired

    def intents(self, *statuses: IntentStatus) -> list[IntentRow]:
        """Intents in the given states (all when none is given), oldest first."""
        return self.store.intents(statuses or tuple(IntentStatus), 1_000)

    def start(self, key: str) -> int:
        """An attempt at an intent is committed as started; its number. Moves time on where the intent is not due yet."""
        row = next(row for row in self.intents() if row.key == key)
        self.now = max(self.now, row.due_at)
        result = self.commit(StartUnit(key, "owner", self.now + timedelta(seconds=15)))[0]
        assert isinstance(result, Started), result
        return result.row.attempt

    def outcome(self, key: str, outcome: Outcome, *, sealed: tuple[VaultRow, ...] = (), attempt: int | None = None) -> Result:
        """What performing an intent came to; the attempt is started first unless its number is given."""
        result = self.commit(OutcomeUnit(key, attempt or self.start(key), outcome, sealed=sealed))[0]
        self._raise_bug()
        return result

    def answer(self, key: str, outcome: Outcome) -> Result:
        """What asking about an unknown intent came to, long after the attempt's deadline."""
        row = next(row for row in self.intents() if row.key == key)
        self.now = max(self.now, (row.deadline or self.now) + timedelta(seconds=60))
        result = self.commit(OutcomeUnit(key, row.attempt, outcome, asked_at=self.now))[0]
        self._raise_bug()
        return result

    def replay(self, parked_id: int) -> Result:
        return self.commit(ReplayUnit(parked_id))[0]

    def discard(self, parked_id: int) -> Result:
        return self.commit(ReplayUnit(parked_id, is_discard=True))[0]

    def restore(self, backup: MemoryStore) -> list[Result]:
        """Put the store back to `backup` (made by `store.copy()`), open an epoch, and handle what the topic still knows of the rest."""
        epoch, heads = backup.slot_heads()
        beyond = {slot: head for slot, head in enumerate(heads) if head < self.store.slot_heads()[1][slot]}
        lost = [feed_unit(row) for row in self.store.feed(beyond, 10_000_000) if row.epoch == epoch] if beyond else []
        self.store = backup.restored()
        self.store.open_epoch(Opening(self.now, attempt_seconds=15.0, lost=lost), self.service.name)
        self.committer = Committer(self.service, self.writer(), on_bug=lambda _unit, error: self.bugs.append(error))
        self.elect()
        results = self.commit(*(ReplayUnit(parked_id, is_recovery=True) for parked_id in self.committer.lost_ids(self.now)))
        self._raise_bug()
        return results

    def release(self) -> Result:
        """An operator lets the restored service go on."""
        return self.commit(ReleaseUnit())[0]

    @property
    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Public messages in log order: the type's short name (`OrderPlaced`) and the decoded value."""
        return [
            (str(row.type).split(".")[2], msgspec.json.decode(row.value or b""))
            for row in self.store.events_after(0, 1_000_000)
            if row.type is not None
        ]

    def said_names(self) -> list[str]:
        return [name for name, _ in self.said]

    def aggregate(self, stream_id: UUID) -> Any:
        """The aggregate folded from the store."""
        return fold(self.service.codec.decode_all(self.store.stream(stream_id)))

    def _raise_bug(self) -> None:
        if self.bugs:
            raise self.bugs.pop()
