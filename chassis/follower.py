"""Following a source: which of its records may go to the committer, and what must be read from its feed. Pure, one per source.

Kafka brings most records, in order, sometimes twice, sometimes not at all. For each slot the follower keeps two positions: *queued* (the
last record given to the committer) and *committed* (what the committer said). A record is judged against *queued*. A gap makes the
slot *filling*: its records from Kafka are dropped, and the feed is read from *queued* on until it has no more.

A lost last record has no successor to reveal it. So the heads of the source are compared every few seconds: a slot that was below the
head at the poll before, has not moved since, and has nothing queued, is filling too.

Where the committer did not take a record (the store was away, another writer was elected) *queued* falls back to *committed*, and the
slot fills from the feed: Kafka will not send it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.intake import ORIGIN, Verdict, judge
from chassis.store.rows import Fork, Position
from chassis.unit import AdoptUnit, Away, OutOfOrder, RecordUnit, Result
from contracts.envelope import SLOT_COUNT


@dataclass(slots=True)
class SlotState:
    queued: Position = ORIGIN
    committed: Position = ORIGIN
    in_flight: int = 0
    is_filling: bool = False
    passed_over: Position = ORIGIN
    """While filling, the last record that Kafka brought: the page of the feed on its way may lack it."""
    stopped: str | None = None
    """Why this slot takes nothing any more: phantoms, or a source that was put back. An operator decides."""
    seen_at_poll: tuple[Position, bool] | None = None
    """At the last heads poll: the position, and whether it was below the head."""


@dataclass(slots=True)
class Follower:
    """State of one consumer of one source."""

    source: str
    slots: list[SlotState] = field(default_factory=lambda: [SlotState() for _ in range(SLOT_COUNT)])
    epoch: int = 1
    """The newest epoch of the source that this consumer knows the forks of."""
    forks: dict[tuple[int, int], int] = field(default_factory=dict)
    """(epoch, slot) → the last sequence that the epoch kept of the one before."""

    def begin(self, positions: dict[tuple[str, int], Position]) -> None:
        """Start from the stored positions; what was in flight is forgotten."""
        for slot, state in enumerate(self.slots):
            state.queued = state.committed = positions.get((self.source, slot), ORIGIN)
            state.in_flight, state.is_filling, state.passed_over, state.seen_at_poll = 0, False, ORIGIN, None

    def offer(self, record: RecordUnit, *, from_feed: bool = False) -> list[RecordUnit | AdoptUnit]:
        """The units to queue for this record, in order: itself, perhaps behind the adoption of an epoch, or nothing."""
        state = self.slots[record.slot]
        if state.stopped is not None or self._is_lost(record):
            return []
        if state.is_filling and not from_feed:
            state.passed_over = max(state.passed_over, Position(record.epoch, record.sequence))
            return []
        units: list[RecordUnit | AdoptUnit] = []
        while True:
            next_fork = self.forks.get((state.queued.epoch + 1, record.slot))
            verdict = judge(state.queued, record.epoch, record.sequence, next_fork)
            if verdict is Verdict.ADOPT:
                assert next_fork is not None
                units.append(AdoptUnit(self.source, record.slot, state.queued.epoch + 1, next_fork))
                state.queued = Position(state.queued.epoch + 1, state.queued.sequence)
                continue
            break
        if verdict is Verdict.NEXT:
            state.queued = Position(record.epoch, record.sequence)
            units.append(record)
        elif verdict is Verdict.GAP:
            state.is_filling = True
        elif verdict is Verdict.PHANTOM:
            assert next_fork is not None
            state.stopped = _phantoms(state.queued, next_fork)
        elif verdict is Verdict.LOWER_EPOCH and not from_feed:
            state.is_filling = True  # the topic keeps what a restore has lost: only the source itself can tell
        elif verdict is Verdict.LOWER_EPOCH:
            state.stopped = (
                f"a record of epoch {record.epoch} after epoch {state.queued.epoch}: the source was put back without a new epoch"
            )
        state.in_flight += len(units)
        return units

    def _is_lost(self, record: RecordUnit) -> bool:
        """Whether the source has lost this record, as far as its forks are known; the topic may have it still."""
        forks = (self.forks.get((epoch, record.slot)) for epoch in range(record.epoch + 1, self.epoch + 1))
        return any(fork is not None and record.sequence > fork for fork in forks)

    def settle(self, unit: RecordUnit | AdoptUnit, result: Result) -> None:
        """What the committer made of a unit it was given."""
        state = self.slots[unit.slot]
        state.in_flight = max(0, state.in_flight - 1)
        if isinstance(result, OutOfOrder):
            # Either it had the record already (our idea was behind) or it misses one before: its word counts.
            state.queued = state.committed = result.position
            state.is_filling = True
            if isinstance(unit, AdoptUnit) and unit.is_forced and result.position.epoch >= unit.epoch:
                state.stopped = None  # released before, by a commit whose answer was lost
        elif isinstance(result, Away):
            state.queued = state.committed
            state.is_filling = True
        else:
            if isinstance(unit, AdoptUnit) and unit.is_forced:
                state.stopped, state.is_filling = None, True
                state.committed = Position(unit.epoch, unit.fork_sequence)
            else:
                sequence = unit.sequence if isinstance(unit, RecordUnit) else state.committed.sequence
                state.committed = max(state.committed, Position(unit.epoch, sequence))
            state.queued = max(state.queued, state.committed)
            fork_sequence = self.forks.get((state.committed.epoch + 1, unit.slot))
            if fork_sequence is not None and state.committed.sequence > fork_sequence:
                state.stopped = _phantoms(state.committed, fork_sequence)  # it was queued before the fork was known

    def wants(self) -> dict[int, int]:
        """Slots to read from the feed now, each with the sequence after which. Only those with nothing in flight."""
        return {
            slot: state.queued.sequence
            for slot, state in enumerate(self.slots)
            if state.is_filling and state.stopped is None and state.in_flight == 0
        }

    def level(self, slots: Iterable[int]) -> None:
        """The feed has no more of these slots: Kafka's records count again. A slot where one was passed over is read once more."""
        for slot in slots:
            state = self.slots[slot]
            state.is_filling, state.passed_over = state.passed_over > state.queued, ORIGIN

    def learn_forks(self, epoch: int, forks: Iterable[Fork]) -> None:
        """The source is in a newer epoch: remember its forks, and stop the slots that lie beyond theirs.

        Another restore may have forgotten the earlier one, and its forks: what stood still is judged anew.
        """
        self.epoch = epoch
        for fork in forks:
            self.forks[fork.epoch, fork.slot] = fork.sequence
        for slot, state in enumerate(self.slots):
            fork_sequence = self.forks.get((state.committed.epoch + 1, slot))
            if fork_sequence is None:
                continue
            if state.committed.sequence > fork_sequence:
                state.stopped = _phantoms(state.committed, fork_sequence)
            elif state.stopped is not None:
                state.stopped, state.is_filling = None, True

    def committed(self) -> list[Position]:
        """The position of each slot: to be taken down before the heads are asked for."""
        return [state.committed for state in self.slots]

    def compare_heads(self, epoch: int, sequences: list[int], asked_at: list[Position] | None = None) -> None:
        """One poll of the source's heads: find slots that lost their last record, and positions that cannot be.

        `asked_at`: the positions before the heads were asked for. What was committed while they were on their way may well be above
        them.
        """
        for slot, (state, head) in enumerate(zip(self.slots, sequences, strict=True)):
            if state.stopped is not None:
                continue
            position = state.committed
            before_asking = position if asked_at is None else asked_at[slot]
            if epoch < before_asking.epoch or (epoch == before_asking.epoch and before_asking.sequence > head):
                state.stopped = f"position {before_asking.epoch}/{before_asking.sequence} is above the head {epoch}/{head}"
                continue
            is_below = position.sequence < head
            before = state.seen_at_poll
            if is_below and before == (position, True) and state.in_flight == 0:
                state.is_filling = True
            state.seen_at_poll = (position, is_below)

    def releases(self) -> list[AdoptUnit]:
        """What lets the slots with phantoms go on behind the fork, once an operator says so."""
        units: list[AdoptUnit] = []
        for slot, state in enumerate(self.slots):
            fork = self.forks.get((state.committed.epoch + 1, slot))
            if state.stopped is not None and fork is not None and state.committed.sequence > fork:
                units.append(AdoptUnit(self.source, slot, state.committed.epoch + 1, fork, is_forced=True))
                state.in_flight += 1
        return units

    def behind(self, sequences: list[int]) -> int:
        """How many records this consumer has yet to commit, by the source's heads."""
        return sum(max(0, head - state.committed.sequence) for state, head in zip(self.slots, sequences, strict=True))

    def stopped(self) -> dict[int, str]:
        """Slots that wait for an operator, with the reason."""
        return {slot: state.stopped for slot, state in enumerate(self.slots) if state.stopped is not None}


def _phantoms(position: Position, fork_sequence: int) -> str:
    """Which records this consumer handled that its restored source no longer has."""
    first, last = fork_sequence + 1, position.sequence
    return f"phantoms {first} to {last} of epoch {position.epoch}: the source was restored to before them"
