"""Operators: from time to time somebody looks at what is parked and has it handled again, first things first; or discards it.

Only what the witness heard is ever discarded, where the checker can tell exactly what a discarded row owes. Early messages are left
alone, but where a planted bug may have met them: the commit that creates their stream must hand them on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.store.rows import LOST, UNREAD, ParkedReason, ParkedRow, ParkedStatus
from chassis.unit import ReplayUnit
from contracts.order import OrderPlaced
from redress.simulation import witness
from redress.simulation.scene import Scene

if TYPE_CHECKING:
    from redress.simulation.node import Node

ROUND_SECONDS = 25.0
PAGE = 200


class Operators:
    """Everybody on duty, for all nodes of a world."""

    def __init__(self, scene: Scene, nodes: dict[str, Node]) -> None:
        self._scene = scene
        self._nodes = nodes

    def begin(self) -> None:
        self._scene.clock.after(ROUND_SECONDS, self._go_round, is_background=True)

    def _go_round(self) -> None:
        self._scene.clock.after(ROUND_SECONDS, self._go_round, is_background=True)
        for node in self._nodes.values():
            if not node.store.is_away:
                self._see_to(node)

    def _see_to(self, node: Node) -> None:
        process = node.writer()
        rows = waiting_for_people(node)
        if process is None or process.is_frozen or not rows:
            return
        chance = self._scene.chance.stream("operator")
        for row in rows:
            is_discard = is_harmless(node, row) and chance.random() < 0.15
            self._scene.trace.note("operator", f"{node.name}: {'discards' if is_discard else 'replays'} {row.parked_id}")
            process.submit(ReplayUnit(row.parked_id, is_discard), lambda _: None)


def is_harmless(node: Node, row: ParkedRow) -> bool:
    """Whether a discarded row owes nothing but itself: what opens a stream would leave all others waiting for it."""
    return node.name == witness.NAME and row.what == "record" and row.type != OrderPlaced.TYPE


def waiting_for_people(node: Node) -> list[ParkedRow]:
    """The first parked row of each stream, and all that belong to none; but for early ones."""
    first: dict[object, ParkedRow] = {}
    for row in node.store.parked(ParkedStatus.WAITING, PAGE):
        if row.what in (LOST, UNREAD):
            continue  # seen to with the restore
        first.setdefault((row.source, row.stream) if row.stream else row.parked_id, row)
    return [row for row in first.values() if row.reason is not ParkedReason.EARLY or _met_a_bug(node, row)]


def _met_a_bug(node: Node, row: ParkedRow) -> bool:
    """An early message that was handed on, in a world where that may have met a planted bug: it stays parked for people."""
    return node.is_poisoned and row.awaits is not None and bool(node.store.stream(row.awaits))
