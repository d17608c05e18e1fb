"""A process's consumer of one source: the real follower, fed by a topic that loses things and by the source's feed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from chassis.follower import Follower
from chassis.records import feed_unit, record_unit
from chassis.store.rows import Fork, Position, PublicRow
from chassis.unit import AdoptUnit, RecordUnit, Result
from contracts.envelope import UndecodableEnvelope
from redress.simulation.topic import Cursor, Record

if TYPE_CHECKING:
    from redress.simulation.node import Node
    from redress.simulation.process import Process

READ_LIMIT = 50
FEED_BYTES = 8_000
HEADS_SECONDS = 5.0
FIRST_HEADS_SECONDS = 0.5


class Consumer:
    def __init__(self, process: Process, source: Node) -> None:
        self._process = process
        self.source = source
        self.follower: Follower
        """Of the term that begins."""
        self._cursors: defaultdict[int, Cursor] = defaultdict(Cursor)
        self._is_reading: defaultdict[int, bool] = defaultdict(bool)
        self._is_filling = False
        self._has_compared = False
        self._heads_before: list[int] = []
        self._settled_count = 0
        self._level_at: tuple[int, int, int] | None = None
        """In which epoch, and how much the source had said and we had settled when heads and positions were last seen to be equal."""
        source.topic.listeners[process.name] = self._nudge

    def begin(self) -> None:
        """A term begins: from the stored positions, with offsets that are only a hint."""
        self.follower = Follower(self.source.name)
        self.follower.begin(self._process.node.store.positions())
        self._is_filling = False
        self._has_compared = False
        self._level_at = None
        for partition in range(len(self.source.topic.partitions)):
            self._place(partition)
            self._is_reading[partition] = False
            self._nudge(partition)
        self._poll_heads()

    def _place(self, partition: int) -> None:
        """Where to read on: at the end, as the real one does, or wherever: where it was, before that, or at a place long gone."""
        cursor, hint = self._cursors[partition], self._process.node.hints[self.source.name, partition]
        chance = self._process.scene.chance
        rewind = chance.stream("rewind").choice((None, None, 0, 2, 50)) if chance.is_hostile else 0
        if rewind is None:
            cursor.incarnation, cursor.offset = self.source.topic.incarnation, self.source.topic.partitions[partition].end
        else:
            cursor.incarnation, cursor.offset = hint.incarnation, max(0, hint.offset - rewind)

    # the topic

    def _nudge(self, partition: int) -> None:
        if self._is_reading[partition] or not self._process.is_writer:
            return
        self._is_reading[partition] = True
        scene = self._process.scene
        is_slow = scene.chance.strikes("record slow", scene.rates.record_slow)
        delay = scene.chance.between("delivery", 0.001, 6.0 if is_slow else 0.02)
        stall = self.source.stalled_until[partition] - scene.clock.seconds
        self._process.later(max(delay, stall), lambda: self._read(partition), in_term=True)

    def _read(self, partition: int) -> None:
        scene, cursor = self._process.scene, self._cursors[partition]
        self._is_reading[partition] = False
        if partition >= len(self.source.topic.partitions):
            return
        if scene.chance.strikes("reread", scene.rates.reread):
            cursor.offset = max(0, cursor.offset - 5)
        records = self.source.topic.read(partition, cursor, READ_LIMIT)
        hint = self._process.node.hints[self.source.name, partition]
        hint.incarnation, hint.offset = cursor.incarnation, cursor.offset
        for record in records:
            self._read_one(record)
        if len(records) == READ_LIMIT:
            self._nudge(partition)

    def _read_one(self, record: Record) -> None:
        try:
            unit = record_unit(record.headers, record.value)
        except UndecodableEnvelope:
            return  # tells nothing about its place: the heads poll finds what it stood for
        self._take(unit, is_from_feed=False)

    def _take(self, record: RecordUnit, *, is_from_feed: bool) -> None:
        for unit in self.follower.offer(record, from_feed=is_from_feed):
            self._process.submit(unit, lambda result, unit=unit: self._settled(unit, result))  # type: ignore[misc]
        if self.follower.slots[record.slot].is_filling:
            self._fill()

    def _settled(self, unit: RecordUnit | AdoptUnit, result: Result) -> None:
        self._settled_count += 1
        self.follower.settle(unit, result)
        if self.follower.slots[unit.slot].is_filling:
            self._fill()

    # the feed

    def _fill(self) -> None:
        if not self._is_filling and self._process.is_writer:
            self._is_filling = True
            self._process.later(self._latency(), self._ask_feed, in_term=True)

    def _latency(self) -> float:
        return self._process.scene.chance.between("feed", 0.005, 0.1)

    def _ask_feed(self) -> None:
        wants = self.follower.wants()
        if not wants or not self.source.is_feed_up():
            self._is_filling = False
            if wants:
                self._process.later(1.0, self._fill, in_term=True)
            return
        epoch = self.source.store.slot_heads()[0]
        if epoch != self.follower.epoch:
            # Asked in another epoch than the source's, its feed answers with the forks.
            forks = self.source.store.forks()
            self._process.later(self._latency(), lambda: self._hear_forks(epoch, forks), in_term=True)
            return
        rows = self.source.store.feed(wants, FEED_BYTES)
        self._process.later(self._latency(), lambda: self._filled(wants, rows), in_term=True)

    def _hear_forks(self, epoch: int, forks: list[Fork]) -> None:
        self._is_filling = False
        self.follower.learn_forks(epoch, forks)
        self._fill()

    def _filled(self, wants: dict[int, int], rows: list[PublicRow]) -> None:
        """Slots the page passed without a row are level; those behind its last row may have been cut off."""
        self._is_filling = False
        told = {row.slot for row in rows}
        last = max(told, default=256)
        self.follower.level([slot for slot in wants if slot not in told and slot < last])
        for row in rows:
            self._take(feed_unit(row), is_from_feed=True)
        self._fill()

    def _poll_heads(self) -> None:
        """Ask for the heads; question and answer take their time, in which this consumer goes on."""
        if not self.source.is_feed_up():
            self._poll_again()
        elif self._level_at == self._mark():
            self._poll_again()  # nothing was said and nothing settled since all was equal: it still is
        else:
            asked_at = self.follower.committed()
            self._process.later(self._latency(), lambda: self._read_heads(asked_at), is_background=True, in_term=True)

    def _poll_again(self) -> None:
        pause = HEADS_SECONDS if self._has_compared else FIRST_HEADS_SECONDS
        self._process.later(pause, self._poll_heads, is_background=True, in_term=True)

    def _mark(self) -> tuple[int, int, int]:
        return self.source.store.tables.epoch, len(self.source.store.tables.public), self._settled_count

    def _read_heads(self, asked_at: list[Position]) -> None:
        if not self.source.is_feed_up():
            self._poll_again()
            return
        epoch, sequences = self.source.store.slot_heads()
        self._process.later(self._latency(), lambda: self._hear_heads(epoch, sequences, asked_at), is_background=True, in_term=True)

    def _hear_heads(self, epoch: int, sequences: list[int], asked_at: list[Position]) -> None:
        if epoch == self.follower.epoch:
            self._compare_heads(epoch, sequences, asked_at)
        elif self.source.is_feed_up():
            # Whoever knows more than the new epoch keeps must stop now, not when its next record arrives.
            forks = self.source.store.forks()

            def hear_forks() -> None:
                self.follower.learn_forks(epoch, forks)
                self._compare_heads(epoch, sequences, asked_at)

            self._process.later(self._latency(), hear_forks, is_background=True, in_term=True)
        else:
            self._poll_again()

    def release(self) -> None:
        """An operator has looked at what was heard and is lost: the slots that stand still go on behind the fork."""
        for unit in self.follower.releases():
            self._process.submit(unit, lambda result, unit=unit: self._settled(unit, result))  # type: ignore[misc]

    def _compare_heads(self, epoch: int, sequences: list[int], asked_at: list[Position]) -> None:
        follower = self.follower
        if not self._has_compared:
            # At the start nothing is on its way to us: whatever is below the head comes from the feed, at once.
            self._has_compared = True
            self._heads_before = sequences
            for state, head in zip(follower.slots, sequences, strict=True):
                state.is_filling = state.is_filling or state.committed.sequence < head
        was_filling = [state.is_filling for state in follower.slots]
        follower.compare_heads(epoch, sequences, asked_at)
        self._judge_gaps(was_filling)
        self._heads_before = sequences
        is_level = not any(was_filling) and all(
            state.committed.sequence == head and state.stopped is None for state, head in zip(follower.slots, sequences, strict=True)
        )
        self._level_at = self._mark() if is_level and sequences == self.source.store.tables.slot_heads else None
        self._fill()
        self._poll_again()

    def _judge_gaps(self, was_filling: list[bool]) -> None:
        """A slot is missing something only where it was below the head at the last poll already."""
        for slot, state in enumerate(self.follower.slots):
            if state.is_filling and not was_filling[slot] and state.committed.sequence >= self._heads_before[slot]:
                name = f"{self._process.name} read slot {slot} of {self.source.name} from the feed"
                self._process.scene.needless.append(f"{name}, whose records were on their way")
