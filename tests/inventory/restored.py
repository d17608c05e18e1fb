"""A small shop whose database is put back to a backup, and that hears everything again which the order service said since."""

from __future__ import annotations

from typing import Any

from chassis.activity import Absent, confirmed
from chassis.store.memory import MemoryStore
from chassis.store.rows import IntentRow, IntentStatus
from chassis.unit import OutcomeUnit, RecordUnit, Result
from services.inventory.sourcing.intents import FoundDeliveries, FoundDelivery
from services.inventory.stock.commands import OpenCards
from tests.inventory.world import World


class RestoredWorld(World):
    """`heard` keeps the records of the order service as they came first; `before` is what was said until the restore."""

    def __init__(self, *suppliers: str, cards: int = 0, has_product: bool = True) -> None:
        self.heard: list[RecordUnit] = []
        self.backup: MemoryStore | None = None
        self.before: list[tuple[str, dict[str, Any]]] = []
        super().__init__(*suppliers, cards=cards, has_product=has_product)

    def tell(self, *messages: Any) -> list[Result]:
        return self.hear(*(self.bench.record(message) for message in messages))

    def hear(self, *records: RecordUnit) -> list[Result]:
        """Records arrive, for the first time or again."""
        self.heard += [each for each in records if each not in self.heard]
        results = [result for each in records for result in self.bench.commit(each)]
        if self.bench.bugs:
            raise self.bench.bugs.pop()
        return results

    def back_up(self) -> None:
        self.backup = self.bench.store.copy()

    def restore(self, *, is_retold: bool = True) -> None:
        """Put the database back to the backup, and hear the order service again."""
        assert self.backup is not None
        self.before = self.bench.said
        self.bench.restore(self.backup.copy())
        if is_retold:
            self.retell()

    def retell(self) -> None:
        self.hear(*self.heard)
        self.bench.advance(seconds=0)

    def was_said(self, name: str) -> list[dict[str, Any]]:
        """What was said of this name until the restore."""
        return [value for said, value in self.before if said == name]

    def open_card(self, order: str, unit: int = 1) -> int:
        """The buyer looks at the card; the answer's status."""
        need = self.need(order, unit)
        assert need.card_id is not None
        return self.bench.do(OpenCards(card_ids=(need.card_id,), order_number=order, purpose="reveal")).status

    # suppliers

    def questions(self) -> list[IntentRow]:
        """What is asked about forgotten orders, in the order in which it was begun."""
        statuses = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)
        return [row for row in self.bench.intents(*statuses) if row.kind == "inventory.SeekDeliveries"]

    def question_to(self, supplier: str) -> IntentRow:
        (row,) = [row for row in self.questions() if row.target == supplier]
        return row

    def deny(self, *suppliers: str) -> None:
        """These suppliers know nothing of what they are asked about."""
        for supplier in suppliers:
            self.told(self.question_to(supplier).key, Absent())

    def find(self, supplier: str, number: str, *secrets: str, is_ordered_item: bool = True) -> Result:
        """The supplier, asked about forgotten orders, tells of one."""
        row = self.question_to(supplier)
        delivery, rows = self.delivery(*secrets, is_ordered_item=is_ordered_item)
        outcome = confirmed(FoundDeliveries((FoundDelivery(number, delivery),)))
        result = self.bench.commit(OutcomeUnit(row.key, row.attempt, outcome, asked_at=self.bench.now, sealed=rows))[0]
        self.bench.advance(seconds=0)
        if self.bench.bugs:
            raise self.bench.bugs.pop()
        return result


def agree(world: RestoredWorld, *names: str) -> None:
    """What was said under these names before is said again, and nothing else."""
    for name in names:
        assert world.said(name) == world.was_said(name), name
