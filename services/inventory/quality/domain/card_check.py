"""What the supplier of a card says of it, each time that it is asked.

    idle ──ask──▶ asking ──answer that stands──▶ idle
                   │  ▲ temporary fault, or no answer: again after a pause, so often as the limits say
                   └──┘

Each question has a number, and an answer to another one changes nothing. `for_inspection`: the sample that waits for the answer.
"""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.inventory.quality.domain.limits import CheckLimits

VALID, USED, INVALID, TEMPORARY_FAULT = "valid", "used", "invalid", "temporary_fault"
NOT_ASKABLE, NO_ANSWER = "not_askable", "no_answer"
BAD = frozenset({USED, INVALID})
TOLD = frozenset({VALID, USED, INVALID})
"""What a supplier has said for certain; a temporary fault is none of it."""


class CardCheck(Aggregate):
    """All checks of one card."""

    TOPIC = "inventory.CardCheck"

    class Begun(Created):
        TOPIC = "inventory.CardCheck.Begun"
        PRIVATE = True
        shop_id: str
        card_id: UUID
        product_code: str
        supplier_code: str
        limits: CheckLimits

    class Asked(Event):
        TOPIC = "inventory.CardCheck.Asked"
        PRIVATE = True
        question: int
        asked_by: str
        for_inspection: UUID | None

    class AskedAgain(Event):
        TOPIC = "inventory.CardCheck.AskedAgain"
        PRIVATE = True
        question: int
        reason: str

    class Answered(Event):
        """`order_number` to `was_opened`: where the card stood at that moment."""

        TOPIC = "inventory.CardCheck.Answered"
        question: int
        result: str
        order_number: str | None
        line: int | None
        unit: int | None
        was_opened: bool

    class LeakSuspected(Event):
        """Somebody used the card before its buyer could have seen it."""

        TOPIC = "inventory.CardCheck.LeakSuspected"
        shop_id: str
        card_id: UUID
        product_code: str
        supplier_code: str
        batch_id: UUID | None
        order_number: str | None

    @event(Begun)
    def __init__(self, shop_id: str, card_id: UUID, product_code: str, supplier_code: str, limits: CheckLimits) -> None:
        self.shop_id = shop_id
        self.card_id = card_id
        self.product_code = product_code
        self.supplier_code = supplier_code
        self.limits = limits
        self.question = 0
        self.is_asking = False
        self.for_inspection: UUID | None = None
        self.fault_count = 0
        self.silence_count = 0
        self.result: str | None = None
        self.is_leak_suspected = False

    @staticmethod
    def create_id(shop_id: str, card_id: UUID) -> UUID:
        return stream_id(shop_id, "card-check", card_id)

    @property
    def slot_key(self) -> str:
        return self.product_code

    def ask(self, *, asked_by: str, for_inspection: UUID | None = None) -> bool:
        """Begin to ask; False where it is being asked already."""
        if self.is_asking:
            return False
        self._asked(question=self.question + 1, asked_by=asked_by, for_inspection=for_inspection)
        return True

    @event(Asked)
    def _asked(self, question: int, asked_by: str, for_inspection: UUID | None) -> None:
        self.question = question
        self.is_asking = True
        self.for_inspection = for_inspection
        self.fault_count = 0
        self.silence_count = 0

    def awaits(self, question: int) -> bool:
        """Whether this question is the one under way."""
        return self.is_asking and self.question == question

    def ask_again(self, reason: str) -> bool:
        """Whether a temporary fault, or silence, is asked about once more by the limits."""
        is_fault = reason == TEMPORARY_FAULT
        count, limit = (self.fault_count, self.limits.fault_count) if is_fault else (self.silence_count, self.limits.silence_count)
        if count >= limit:
            return False
        self._asked_again(question=self.question + 1, reason=reason)
        return True

    @event(AskedAgain)
    def _asked_again(self, question: int, reason: str) -> None:
        self.question = question
        if reason == TEMPORARY_FAULT:
            self.fault_count += 1
        else:
            self.silence_count += 1

    def answer(self, result: str, *, order_number: str | None, line: int | None, unit: int | None, was_opened: bool) -> None:
        """What stands as the answer."""
        self._answered(question=self.question, result=result, order_number=order_number, line=line, unit=unit, was_opened=was_opened)

    @event(Answered)
    def _answered(self, question: int, result: str, order_number: str | None, line: int | None, unit: int | None, was_opened: bool) -> None:
        self.is_asking = False
        self.result = result

    def suspect_leak(self, *, batch_id: UUID | None, order_number: str | None) -> None:
        """Raise the alert, once for a card."""
        if not self.is_leak_suspected:
            self._leak_suspected(
                shop_id=self.shop_id,
                card_id=self.card_id,
                product_code=self.product_code,
                supplier_code=self.supplier_code,
                batch_id=batch_id,
                order_number=order_number,
            )

    @event(LeakSuspected)
    def _leak_suspected(
        self, shop_id: str, card_id: UUID, product_code: str, supplier_code: str, batch_id: UUID | None, order_number: str | None
    ) -> None:
        self.is_leak_suspected = True
