"""One service in a world: its database, its topic, and the two processes of which one writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.activity import Activity
from chassis.folding import fold_page
from chassis.intake import ORIGIN
from chassis.recovering import Opening
from chassis.service import Service
from chassis.store.memory import MemoryStore
from chassis.store.port import GenerationLost, GroupAgain, StoreAway
from chassis.store.rows import ParkedStatus
from redress.simulation.operators import waiting_for_people
from redress.simulation.poison import Steps
from redress.simulation.process import Process
from redress.simulation.reading import is_level
from redress.simulation.scene import Crash, Scene
from redress.simulation.topic import Cursor, Topic

EVERYTHING = 1_000_000


class Node:
    """A service with everything around it. `start(peers)` brings its processes up."""

    def __init__(
        self,
        scene: Scene,
        service: Service,
        activities: Mapping[str, Activity[Any]],
        advice: Mapping[str, Any],
        steps: Steps,
    ) -> None:
        self.scene = scene
        self.service = service
        self.name = service.name
        self.activities = activities
        self.steps = steps
        self.is_poisoned = False
        """Whether planted bugs strike in this world."""
        self.store = MemoryStore(faults=self._fault)
        self.topic = Topic(f"{service.name}.events.v1")
        self.peers: Mapping[str, Node] = {}
        self.committing: Process | None = None
        self.relay_behind_until = 0.0
        self.feed_away_until = 0.0
        self.full_until = 0.0
        self.stalled_until: defaultdict[int, float] = defaultdict(float)
        self.unending: frozenset[str] = frozenset()
        """Names of timers that are always set again, so that nobody waits for their end."""
        self.hints: defaultdict[tuple[str, int], Cursor] = defaultdict(Cursor)
        self.processes: list[Process] = []
        self._advice = advice

    def start(self, peers: Mapping[str, Node]) -> None:
        self.peers = peers
        self.processes = [Process(self, f"{self.name}-{letter}", self._advice) for letter in "ab"]

    @property
    def machine_now(self) -> datetime:
        """The machine's wall clock."""
        return self.processes[1].now

    def put_back(self, backup: MemoryStore, opening: Opening) -> int:
        """Both processes are stopped, the database is restored to a backup, and a new epoch is opened: its number."""
        for process in self.processes:
            process.stop()
        self.store = backup.restored()
        self.store.faults = self._fault
        return self.store.open_epoch(opening, self.name)

    def come_up(self, store: MemoryStore) -> None:
        """The processes are started after the restore that left this store, if it was the last."""
        if self.store is store:
            for process in self.processes:
                if not process.is_up:
                    process.start()

    def release(self, source: str) -> None:
        """An operator lets the slots of a restored source go on here."""
        process = self.writer()
        if process is not None and process.is_writer and not process.is_frozen and not self.store.is_away:
            for consumer in process.consumers:
                if consumer.source.name == source:
                    consumer.release()

    def standing_still(self) -> list[str]:
        """What waits for an operator because of a restore: one that is not released, and slots of restored sources."""
        recovery = self.store.tables.recovery
        told = [] if recovery is None or recovery.is_released else [f"{self.name}: the restore is not released"]
        process = self.writer()
        for consumer in process.consumers if process is not None and process.is_writer else []:
            told += [f"{self.name}: slot {slot} of {consumer.source.name}: {why}" for slot, why in consumer.follower.stopped().items()]
        return told

    def end_session(self, name: str) -> None:
        """The database ends a session; whoever stands by stands for election."""
        self.store.end_session(name)
        for process in self.processes:
            process.stand()

    def is_led_beside(self, process: Process) -> bool:
        """Whether another process holds the lock."""
        return any(self.store.writer(each.name).is_elected for each in self.processes if each is not process)

    def advice(self) -> Mapping[str, Any]:
        """What the edge of this service reads off views that are level with the log; sometimes of the wrong supplier or product."""
        for view in self.service.views:
            while fold_page(self.service, self.store, view):
                pass
        read = {name: reading(self.store) for name, reading in self.service.advice.items()}
        chance = self.scene.chance
        if chance.strikes("advice scrambled", self.scene.rates.advice_scrambled):
            for name, values in read.items():
                mixed = list(values.values())
                chance.stream("advice scrambled").shuffle(mixed)
                read[name] = dict(zip(values, mixed, strict=True))
        return read

    def change_settings(self, advice: Mapping[str, Any], lag_seconds: float) -> None:
        """Settings changed: one process reads them now, the other later."""
        self._advice = advice
        self.processes[0].settings_advice = advice

        def follow() -> None:
            self.processes[1].settings_advice = self._advice

        self.scene.clock.after(lag_seconds, follow)

    def writer(self) -> Process | None:
        """The process that the generation row names, if it is up (it may be frozen, or wrong about itself)."""
        return next((p for p in self.processes if p.is_up and p.name == self.store.address), None)

    @property
    def is_full(self) -> bool:
        """Nothing can be written now."""
        return self.scene.clock.seconds < self.full_until

    def jump(self, seconds: float) -> None:
        """The machine's clock, and so that of both processes, is put forward or back, also while one stands still.

        But one that stands still while it is put forward wakes before it is put back: what happened in between, by a clock that was
        ahead, it could not know by any clock.
        """
        if not self.scene.chance.is_hostile:
            return
        if seconds < 0 and any(process.has_slept_forward for process in self.processes):
            self.scene.clock.after(1.0, lambda: self.jump(seconds))
            return
        self.scene.trace.note(self.name, f"the clock is put {seconds:+.1f} s")
        for process in self.processes:
            process.jump(seconds)

    def right_clocks(self) -> None:
        """Both clocks show the true time again, as soon as nobody stands still who would be misled by it."""
        if any(process.has_slept_forward for process in self.processes):
            self.scene.clock.after(1.0, self.right_clocks)
            return
        for process in self.processes:
            process.jump(-process.clock_offset.total_seconds())

    def has_only_unending_timers(self) -> bool:
        return all(key.name in self.unending for key in self.store.tables.timers)

    def is_feed_up(self) -> bool:
        """Anybody of this service can serve its feed."""
        if self.store.is_away or self.scene.clock.seconds < self.feed_away_until:
            return False
        return any(process.is_up and not process.is_frozen for process in self.processes)

    def is_quiet(self) -> bool:
        """Somebody leads, everything public is published, no timer or open intent is left, and all sources are read."""
        if self.store.is_away or not any(process.is_writer for process in self.processes):
            return False
        tables = self.store.tables
        if not self.has_only_unending_timers() or tables.open_intents or tables.relayed < tables.last_log_id() or waiting_for_people(self):
            return False
        if tables.recovery is not None and (
            not tables.recovery.is_released or any(row.status is ParkedStatus.WAITING for row in self.store.lost(EVERYTHING))
        ):
            return False
        return all(self._has_read(self.peers[source].store, source) for source in self.service.sources)

    def _has_read(self, store: MemoryStore, source: str) -> bool:
        positions, is_restored = self.store.tables.positions, store.tables.epoch > 1
        return all(
            is_level(positions.get((source, slot), ORIGIN), slot, store)
            if is_restored
            else head == 0 or positions.get((source, slot), ORIGIN).sequence == head
            for slot, head in enumerate(store.tables.slot_heads)
        )

    def _fault(self, point: str) -> None:
        """Called by the store at every step of a group; the evils of a database happen here."""
        process, scene = self.committing, self.scene
        self.steps.step()
        if point == "write" and self.is_full:
            raise StoreAway("no space left")
        if process is None or not scene.chance.is_hostile:
            return
        rates, chance = scene.rates, scene.chance
        if chance.strikes("store crash", rates.crash_in_commit):
            raise Crash
        if chance.strikes("store again", rates.store_again):
            raise GroupAgain("deadlock")
        if point == "after_commit":
            if chance.strikes("answer lost", rates.answer_lost):
                lost: type[Exception] = chance.stream("answer lost").choice((GroupAgain, GroupAgain, GenerationLost))
                scene.trace.note(process.name, f"committed, and the answer was lost ({lost.__name__})")
                raise lost("the COMMIT answer was lost")
        elif chance.strikes("store away", rates.store_away):
            raise StoreAway("no connection")
        elif point in ("marks", "fetch") and chance.strikes("commit freeze", rates.freeze_in_commit):
            self._freeze_inside(process)

    def _freeze_inside(self, process: Process) -> None:
        """The writer stands still in the middle of a group, and the other process leads when it goes on with it."""
        other = next((p for p in self.processes if p is not process and p.is_up and not p.is_frozen), None)
        if self.store.tables.heads().lost:
            return  # who leads next begins with a commit of its own
        if other is not None and not other.is_writer:
            self.scene.trace.note(process.name, "freezes in the middle of a group")
            self.end_session(process.name)
            other.try_to_lead()
