"""The relay of a process: copies public records from the log to the topic, and remembers how far it got afterwards.

A crash in between publishes again; an unlucky record is lost although the broker said yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.records import kafka_headers, partition_for
from chassis.store.port import StoreAway
from chassis.store.rows import PublicRow
from redress.simulation.scene import Crash
from redress.simulation.topic import Record

if TYPE_CHECKING:
    from redress.simulation.process import Process

PAGE = 40


class Relay:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._position = 0
        self._is_armed = False

    def begin(self) -> None:
        self._is_armed = False
        self._position = self._process.node.store.relayed()
        self.arm()

    def arm(self) -> None:
        """Publish soon, if there is something."""
        if not self._is_armed and self._process.node.store.last_log_id() > self._position:
            self._is_armed = True
            self._process.later(self._process.scene.chance.between("relay", 0.001, 0.01), self._publish, in_term=True)

    def _publish(self) -> None:
        process, node = self._process, self._process.node
        pause = node.relay_behind_until - process.scene.clock.seconds
        if pause > 0:
            process.later(pause, self._publish, in_term=True)
            return
        rows = node.store.public_after(self._position, PAGE)
        for row in self._mixed(rows):
            self._publish_one(row)
        self._position = max(rows[-1].log_id, self._position) if len(rows) == PAGE else node.store.last_log_id()
        self._is_armed = False
        if process.scene.chance.strikes("publish crash", process.scene.rates.crash_at_publish):
            raise Crash
        if node.is_full:
            raise StoreAway("no space left")
        process.session.mark_relayed(self._position)
        self.arm()

    def _publish_one(self, row: PublicRow) -> None:
        scene, topic = self._process.scene, self._process.node.topic
        if scene.chance.strikes("publish crash", scene.rates.crash_at_publish):
            raise Crash
        partition = partition_for(row, len(topic.partitions))
        topic.acknowledged.add((row.epoch, row.slot, row.sequence))
        record = Record(kafka_headers(row), row.value)
        if scene.chance.strikes("record lost", scene.rates.record_lost):
            scene.trace.note(topic.name, f"loses {row.slot}/{row.sequence}")
            return
        if scene.chance.strikes("envelope broken", scene.rates.envelope_broken):
            record = Record([header for header in record.headers if header[0] != "ce_slot"], record.value)
        topic.append(partition, record)
        if scene.chance.strikes("record twice", scene.rates.record_twice):
            topic.append(partition, record)

    def _mixed(self, rows: list[PublicRow]) -> list[PublicRow]:
        """The rows with their slots mixed up: only within a slot does an order hold."""
        if not self._process.scene.chance.is_hostile:
            return rows
        slots: dict[int, list[PublicRow]] = {}
        for row in rows:
            slots.setdefault(row.slot, []).append(row)
        order = [row.slot for row in rows]
        self._process.scene.chance.stream("mix").shuffle(order)
        return [slots[slot].pop(0) for slot in order]
