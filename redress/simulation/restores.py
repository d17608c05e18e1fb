"""Restores: a database is put back to a backup of some seconds ago, its service comes up in a new epoch, and somebody releases it later.

What `redress restore` does is done here to the simulated things: the processes are stopped, the lost records are read back from the
topic as it is by then, the hearers' positions tell what else was heard, the epoch is opened. Then operators look in from time to time:
lost records that still wait are handled again, and discarded where that never helps; the restore is released, and so are the slots
that stood still.

Shops and staff say again what may have been forgotten: orders under their numbers, card files, products, suppliers, offers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from chassis.records import record_unit
from chassis.recovering import Opening
from chassis.store.memory import MemoryStore
from chassis.store.rows import UNREAD, ParkedStatus
from chassis.unit import RecordUnit, ReleaseUnit, ReplayUnit
from contracts.envelope import UndecodableEnvelope, parts_of
from redress.restoring import Found, echoes_in, unread_by
from redress.simulation.node import Node
from redress.simulation.restore_plans import RestoreMade, RestorePlan
from redress.simulation.scene import Scene

LOOK_SECONDS = 10.0
PATIENCE_LOOKS = 30
"""Lost records that cannot be handled are discarded after so many looks."""


class Restores:
    """Whoever runs the databases, and the operators who see to what a restore leaves.

    `say_again(service, count)` has people repeat themselves; `is_all_said(service)` tells that they were heard."""

    def __init__(
        self,
        scene: Scene,
        plans: tuple[RestorePlan, ...],
        nodes: Mapping[str, Node],
        say_again: Callable[[str, int], None],
        is_all_said: Callable[[str], bool],
    ) -> None:
        self._scene = scene
        self._plans = plans
        self._nodes = nodes
        self._say_again = say_again
        self._is_all_said = is_all_said
        self._backups: dict[RestorePlan, MemoryStore] = {}
        self._looks: Counter[tuple[str, int, int]] = Counter()
        self.made: list[RestoreMade] = []

    def begin(self) -> None:
        """Queue everything that is planned."""
        for plan in self._plans:
            self._scene.clock.after(plan.backup_at, lambda plan=plan: self._back_up(plan))  # type: ignore[misc]
            self._scene.clock.after(plan.at, lambda plan=plan: self._restore(plan))  # type: ignore[misc]

    def _back_up(self, plan: RestorePlan) -> None:
        self._scene.trace.note("restores", f"a backup of {plan.service}")
        self._backups[plan] = self._nodes[plan.service].store.copy()

    def _restore(self, plan: RestorePlan) -> None:
        node, backup, clock = self._nodes[plan.service], self._backups.pop(plan), self._scene.clock
        found = self._found(node, backup)
        made_at = clock.now
        backup_at = made_at - timedelta(seconds=plan.at - plan.backup_at)
        longest = max((each.patience.attempt_seconds for each in node.activities.values()), default=0.0)
        old = node.store.tables
        epoch = node.put_back(backup, Opening(node.machine_now, longest, [*found.lost, *found.echoes], found.unread, found.seen_epoch))
        kept, kept_rows = backup.tables.last_log_id(), {id(row) for row in backup.tables.events}  # a copy has the very same rows
        lost_rows = [row for row in old.events if id(row) not in kept_rows]
        for earlier in self.made:
            if earlier.service == plan.service and backup_at < earlier.made_at:
                lost_rows = [*earlier.lost_rows, *lost_rows]
        self.made.append(
            RestoreMade(
                plan.service, epoch, backup_at, made_at, kept, lost_rows,
                frozenset((unit.epoch, unit.slot, unit.sequence) for unit in found.lost),
                frozenset(key for key, row in old.inbox.items() if backup.tables.inbox.get(key) != row),
            )
        )  # fmt: skip
        told = f"{len(lost_rows)} events lost, {len(found.lost)} records read back, {len(found.unread)} stretches unread"
        self._scene.trace.note("restores", f"{plan.service} is put back to {kept}, epoch {epoch}: {told}")
        store = node.store
        clock.after(plan.down_seconds, lambda: node.come_up(store))
        count = len(self.made)
        clock.after(plan.down_seconds + plan.said_again_after, lambda: self._say_again(plan.service, 2 * count))
        clock.after(plan.down_seconds + plan.released_after, lambda: self._say_again(plan.service, 2 * count + 1))
        clock.after(plan.down_seconds + plan.released_after + LOOK_SECONDS, lambda: self._look(plan.service, store), is_background=True)

    def _found(self, node: Node, backup: MemoryStore) -> Found:
        """As `redress.restoring.find_lost` finds it, read from the simulated topic and stores."""
        epoch, heads = backup.tables.epoch, backup.tables.slot_heads
        known = {(row.stream_id, row.version) for row in backup.tables.events}
        found = Found(epoch, epoch)
        units: dict[tuple[int, int, int], RecordUnit] = {}
        for partition in node.topic.partitions:
            for record in partition.records:
                try:
                    unit = record_unit(record.headers, record.value)
                except UndecodableEnvelope:
                    continue
                if (unit.epoch, unit.sequence) > (epoch, heads[unit.slot]):
                    units[unit.epoch, unit.slot, unit.sequence] = unit
        found.lost = [units[key] for key in sorted(units)]
        found.seen_epoch = max([epoch, *(unit.epoch for unit in found.lost)])
        for hearer in self._hearers(node):
            positions = {slot: at for (source, slot), at in hearer.store.tables.positions.items() if source == node.name}
            found.seen_epoch = max([found.seen_epoch, *(position.epoch for position in positions.values())])
            found.unread += unread_by(positions, heads, found, hearer.name)
            rows = [row for row in hearer.store.tables.events if row.causation_id.startswith(f"{node.name}/")]
            gone = [row for row in rows if (parts := parts_of(row.causation_id)) is not None and parts not in known]
            found.echoes += echoes_in(gone, found, node.service.recoveries)
        return found

    def _hearers(self, node: Node) -> list[Node]:
        return [each for each in self._nodes.values() if node.name in each.service.sources]

    # operators

    def _look(self, service: str, store: MemoryStore) -> None:
        node = self._nodes[service]
        if node.store is not store:
            return  # there was another restore since, which is looked after by itself
        self._scene.clock.after(LOOK_SECONDS, lambda: self._look(service, store), is_background=True)
        if node.store.is_away:
            return
        process, recovery = node.writer(), node.store.recovery()
        if process is not None and not process.is_frozen:
            for row in node.store.lost(1_000):
                if row.status is ParkedStatus.WAITING:
                    self._looks[service, len(self.made), row.parked_id] += 1
                    is_given_up = row.what == UNREAD or self._looks[service, len(self.made), row.parked_id] > PATIENCE_LOOKS
                    self._scene.trace.note(
                        "operator", f"{service}: {'gives up' if is_given_up else 'tries'} lost {row.type} {row.parked_id}"
                    )
                    process.submit(ReplayUnit(row.parked_id, is_given_up), lambda _: None)
            if recovery is not None and not recovery.is_released and self._is_all_said(service):
                self._scene.trace.note("operator", f"releases {service}")
                process.submit(ReleaseUnit(), lambda _: None)
        if recovery is None or recovery.is_released:
            for hearer in self._hearers(node):
                hearer.release(service)
