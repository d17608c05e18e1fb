"""One group: the memory of what its units have read and decided so far, in front of the transaction.

Later units of a group see what earlier ones did: instances are mutated in place, index rows that were taken are gone, rows that were put
are there, timers that were cancelled do not fire. An attempt's effects enter only through `accept`; an attempt that fails leaves
nothing but the instances it mutated, and those are dropped and folded again from their stored events and the group's own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from chassis.aggregate import Aggregate, fold
from chassis.index import Put
from chassis.service import Service
from chassis.store.exchange import Batch, Fetched, Heads, Marks, Needs
from chassis.store.rows import EventRow, IndexRow, IntentRow, IntentStatus, ParkedRow, Position, StoredEvent, TimerRow
from chassis.unit import Cause
from chassis.work import Effects, Held, Missing, Recorded
from contracts.envelope import Envelope, event_id, slot_of, texts_of

_NEVER = datetime.min.replace(tzinfo=UTC)
_UNANSWERED = (IntentStatus.STARTED, IntentStatus.UNKNOWN, IntentStatus.MANUAL)
_encode = msgspec.json.Encoder().encode


class Group:
    """State of one group attempt. `heads` is this group's own copy; the committer takes it over after the COMMIT."""

    def __init__(
        self,
        service: Service,
        heads: Heads,
        marks: Marks,
        positions: dict[tuple[str, int], Position],
        instances: OrderedDict[UUID, Aggregate],
        advice: Mapping[str, Any],
    ) -> None:
        self.service = service
        self.heads = Heads(
            heads.log_id,
            heads.epoch,
            list(heads.sequences),
            {stream: list(ids) for stream, ids in heads.parked_streams.items()},
            {stream: list(ids) for stream, ids in heads.early.items()},
            heads.last_parked_id,
            list(heads.lost),
            heads.recovery,
        )
        self.marks = marks
        self.positions = positions
        self.advice = advice
        self.batch = Batch()
        self.now: datetime = _NEVER
        """What the clock says. The time of a unit may lie ahead of it: it is never behind the streams that the unit touches."""
        self.held: set[UUID] = set()
        self.created: list[UUID] = []
        self.parked_rows: dict[int, ParkedRow | None] = {}
        """Parked rows looked at so far; None: there is no such row."""
        self._instances = instances
        self._fetched: dict[UUID, list[StoredEvent]] = {}
        self._pending: dict[UUID, list[Any]] = {}
        self._looks: dict[tuple[str, str], list[IndexRow]] = {}
        self._claims: dict[tuple[str, str], tuple[list[IndexRow], bool]] = {}
        self._put_by_key: dict[tuple[str, str], dict[str, IndexRow]] = {}
        self._gone: set[tuple[str, str]] = set()
        self._asked_intents: set[str] = set()

    # reading

    def instance(self, stream_id: UUID) -> Aggregate | None:
        """The aggregate as of the last accepted unit; None where there is none; raises Missing or Held."""
        if self.held and stream_id in self.held:
            raise Held
        found = self._instances.get(stream_id)
        if found is not None:
            self._instances.move_to_end(stream_id)  # what is in use all the time is never the one to go
            return found
        rows = self._fetched.get(stream_id)
        pending = self._pending.get(stream_id, [])
        if rows is None and not (pending and pending[0].originator_version == 1):
            raise Missing(Needs(streams={stream_id}))
        events = [*self.service.codec.decode_all(rows or ()), *pending]
        if not events:
            return None
        found = fold(events)
        assert isinstance(found, Aggregate)
        self._instances[stream_id] = found
        return found

    def claimable(self, index: str, key: str, count: int, effects: Effects) -> list[IndexRow]:
        """The first free rows of a key, with what the group and the unit took or put; raises Missing."""
        base, is_exhausted = self._claims.get((index, key), ((), False))
        put, gone = self._seen(index, key, effects)
        rows = [row for row in base if (index, row.row_id) not in gone and (index, row.row_id) not in effects.claimed]
        extra = [row for row in put.values() if (index, row.row_id) not in effects.claimed]
        if not is_exhausted:
            extra = [row for row in extra if base and _rank(row) <= _rank(base[-1])]
        free = sorted([*rows, *extra], key=_rank) if extra else rows
        if len(free) < count and not is_exhausted:
            raise Missing(Needs(claims={(index, key): count}))
        return free[:count]

    def looked(self, index: str, keys: list[str], effects: Effects) -> dict[str, list[IndexRow]]:
        """All rows of each key as they stand now; raises Missing."""
        missing = {(index, key) for key in keys if (index, key) not in self._looks}
        if missing:
            raise Missing(Needs(looks=missing))
        found: dict[str, list[IndexRow]] = {}
        for key in keys:
            put, gone = self._seen(index, key, effects)
            rows = [row for row in self._looks[index, key] if (index, row.row_id) not in gone]
            found[key] = sorted([*rows, *put.values()], key=_rank) if put else rows
        return found

    def _seen(self, index: str, key: str, effects: Effects) -> tuple[dict[str, IndexRow], set[tuple[str, str]]]:
        put, gone = self._put_by_key.get((index, key), {}), self._gone
        if effects.index:
            put, gone = dict(put), set(gone)
            for name, change, stream_id in effects.index:
                if name != index:
                    continue
                if isinstance(change, Put):
                    if change.key == key:
                        put[change.row_id] = IndexRow(index, change.row_id, key, change.rank, stream_id, change.data)
                elif put.pop(change.row_id, None) is None:
                    gone.add((index, change.row_id))
        return put, gone

    def claim_counts(self, needs: Needs) -> Needs:
        """Claims count from the first row of the key, so add what was fetched before."""
        return Needs(
            streams=needs.streams,
            parked=needs.parked,
            looks=needs.looks,
            claims={key: count + len(self._claims.get(key, ((), False))[0]) for key, count in needs.claims.items()},
        )

    def take_in(self, asked: Needs, fetched: Fetched) -> None:
        """Keep what was fetched for `asked` (as `claim_counts` gave it)."""
        self.take_in_streams(fetched.streams)
        self._looks.update(fetched.looks)
        self.parked_rows.update(dict.fromkeys(asked.parked) | fetched.parked)
        for key, count in asked.claims.items():
            claimable = fetched.claims.get(key, [])
            self._claims[key] = (claimable, len(claimable) < count)

    def take_in_streams(self, streams: Mapping[UUID, list[StoredEvent]]) -> None:
        """Keep the events of streams that are not in memory."""
        for stream_id, rows in streams.items():
            if stream_id not in self._instances:
                self._fetched[stream_id] = rows

    def take_in_intents(self, asked: set[str], rows: Mapping[str, IntentRow]) -> None:
        """Keep the marks of intents that a decision looked at."""
        self._asked_intents |= asked
        self.marks.intents.update(rows)

    # marks, as the group's own units change them

    def intent(self, key: str) -> IntentRow | None:
        """An intent as its last attempt left it; None where there is none, or where this group has just armed it."""
        if key in self.batch.intents_new:
            return None
        row = self.batch.intents_changed.get(key) or self.marks.intents.get(key)
        if row is not None and key in self.batch.intents_withdrawn:
            return row._replace(status=IntentStatus.WITHDRAWN)
        return row

    def earlier_intent(self, key: str) -> IntentRow | None:
        """The row of a key that is armed (again), as it stands before; raises Missing where it was not read yet."""
        row = self.batch.intents_new.get(key) or self.intent(key)
        if row is None and key not in self._asked_intents:
            raise Missing(Needs(intents={key}))
        return row

    def is_pending(self, key: str) -> bool:
        """Whether an intent waits for its next attempt; raises Missing where its row was not read yet."""
        armed = self.batch.intents_new.get(key)
        if armed is not None:
            return armed.status is IntentStatus.PENDING
        row = self.intent(key)
        if row is None and key not in self._asked_intents:
            raise Missing(Needs(intents={key}))
        return row is not None and row.status is IntentStatus.PENDING

    def has_timer(self, row: TimerRow) -> bool:
        """Whether this very timer is still there: one that fired may have been set anew under the same key.

        Told by its moment and by its cause: a clock that was put back sets several timers for one moment.
        """
        key = row.key
        is_over = key in self.batch.timers_done or (key.stream_id, key.name) in self.batch.timers_cancelled
        return self.marks.timers.get(key) == (row.due_at, row.causation_id) and not is_over

    # taking effects over, or giving them up

    def give_up(self, effects: Effects, *, is_whole: bool) -> None:
        """Drop the instances an attempt mutated; all it touched when `is_whole` (after a bug, nothing is believed)."""
        dropped: Iterable[UUID] = effects.touched if is_whole else {r.aggregate.id for r in effects.recorded}
        for stream_id in dropped:
            self._instances.pop(stream_id, None)

    def accept(self, effects: Effects, cause: Cause) -> None:
        """Merge a finished attempt into the group; raises, with nothing merged, where index changes clash or an event fits no envelope."""
        if effects.index:
            self._check_index(effects)
        self._merge_events(effects.recorded, cause)
        for name, change, stream_id in effects.index:
            self._merge_index(name, change, stream_id)
        for stream_id in effects.created:
            self._instances[stream_id] = effects.touched[stream_id]
        self.created += effects.created
        batch = self.batch
        for timer in effects.timers:
            if len(timer) == 2:
                batch.timers_cancelled.add(timer)
                for key in [k for k in batch.timers_set if (k.stream_id, k.name) == timer]:
                    del batch.timers_set[key]
            else:
                batch.timers_set[timer.key] = timer
        for intent in effects.intents:
            batch.intents_new[intent.key] = intent
        for withdrawn in effects.withdrawn:
            if batch.intents_new.pop(withdrawn, None) is None:
                batch.intents_withdrawn.add(withdrawn)
        for unasked in effects.unasked:
            row = self.intent(unasked)
            if row is not None and row.status in _UNANSWERED:
                batch.intents_changed[unasked] = row._replace(status=IntentStatus.ABSENT)
        batch.intents_hastened.update(dict.fromkeys(effects.hastened, self.now))
        batch.vault += effects.sealed

    def close_intent(self, row: IntentRow) -> None:
        """Set what an outcome made of its intent. A saga that armed the key again in its reaction counts the attempts on."""
        armed = self.batch.intents_new.pop(row.key, None)
        if armed is not None:
            row = armed._replace(attempt=row.attempt, created_at=row.created_at)
        self.batch.intents_changed[row.key] = row

    def _check_index(self, effects: Effects) -> None:
        put = set(self.batch.index_put)
        gone = set(self.batch.index_dropped)
        for name, change, _ in effects.index:
            key = (name, change.row_id)
            if isinstance(change, Put):
                assert key not in put, f"index {name}: a row is put twice"
                put.add(key)
            elif key in put:
                put.discard(key)
            else:
                assert key not in gone, f"index {name}: a row is dropped twice"
                gone.add(key)

    def _merge_index(self, name: str, change: Any, stream_id: UUID) -> None:
        row_key = (name, change.row_id)
        batch = self.batch
        if isinstance(change, Put):
            row = IndexRow(name, change.row_id, change.key, change.rank, stream_id, change.data)
            batch.index_put[row_key] = row
            self._put_by_key.setdefault((name, change.key), {})[change.row_id] = row
            return
        before = batch.index_put.pop(row_key, None)
        if before is not None:
            self._put_by_key[name, before.key].pop(change.row_id)
        else:
            batch.index_dropped.add(row_key)
            self._gone.add(row_key)

    def _merge_events(self, recorded: list[Recorded], cause: Cause) -> None:
        log_id, event_count = self.heads.log_id, len(self.batch.events)
        try:
            for each in recorded:
                self._merge_event(each, cause)
        except BaseException:
            # A number that was taken but stands on no record would stop its slot at every reader for ever.
            for row in self.batch.events[event_count:]:
                self._pending[row.stream_id].pop()
                if row.slot is not None:
                    self.heads.sequences[row.slot] -= 1
                    self.batch.slot_heads[row.slot] = self.heads.sequences[row.slot]
            del self.batch.events[event_count:]
            self.heads.log_id = log_id
            raise

    def _merge_event(self, recorded: Recorded, cause: Cause) -> None:
        heads, event, aggregate = self.heads, recorded.event, recorded.aggregate
        stream_id, version, at = event.originator_id, event.originator_version, event.timestamp
        slot = sequence = epoch = headers = None
        if recorded.type is not None:
            assert recorded.slot_key is not None
            epoch = heads.epoch
            slot = slot_of(aggregate.shop_id, recorded.slot_key)
            sequence = heads.sequences[slot] + 1
            headers = _header_bytes(self.service.name, recorded, cause, slot, sequence, epoch)
            heads.sequences[slot] = self.batch.slot_heads[slot] = sequence
        heads.log_id += 1
        self.batch.events.append(
            EventRow(
                heads.log_id, stream_id, version, recorded.kind, recorded.topic, aggregate.shop_id, at, recorded.state,
                recorded.subject, cause.correlation_id, cause.causation_id,
                slot, sequence, epoch, recorded.type, recorded.slot_key, headers, recorded.value,
            )
        )  # fmt: skip
        self._pending.setdefault(stream_id, []).append(event)


def _rank(row: IndexRow) -> tuple[int, str]:
    return row.rank, row.row_id


def _header_bytes(source: str, recorded: Recorded, cause: Cause, slot: int, sequence: int, epoch: int) -> bytes:
    event, aggregate = recorded.event, recorded.aggregate
    assert recorded.type is not None
    assert recorded.slot_key is not None
    envelope = Envelope(
        id=event_id(source, event.originator_id, event.originator_version, epoch),
        type=recorded.type,
        source=source,
        time=event.timestamp,
        subject=recorded.subject,
        shop_id=aggregate.shop_id,
        partition_key=recorded.slot_key,
        slot=slot,
        sequence=sequence,
        epoch=epoch,
        correlation_id=cause.correlation_id,
        causation_id=cause.causation_id,
        traceparent=cause.traceparent,
    )
    return _encode(texts_of(envelope))
