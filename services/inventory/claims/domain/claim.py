"""A claim (索赔单): what a supplier owes for one card, or one supplier order, that was paid for and could not be sold or kept.

    raised ──accepted, or silent until the limit──────────▶ settled
      │ rejected                                              ▲
      ▼                                                       │
    rejected ──staff upholds──────────────────────────────────┘
      └──staff drops──▶ settled, with nothing owed

How long the supplier may be silent stands in the first event. `amount` is what the card cost us as far as that was known; a person may
name it where it was not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from contracts.values import Money

MAX_EVIDENCE = 50


class ClaimStatus(StrEnum):
    """Where a claim stands."""

    RAISED = "raised"
    REJECTED = "rejected"
    SETTLED = "settled"


class ClaimOutcome(StrEnum):
    """Why a claim is settled; with `DROPPED` nothing is owed."""

    ACCEPTED = "accepted"
    SILENT = "silent"
    UPHELD = "upheld"
    DROPPED = "dropped"


class ClaimAnswered(Refusal):
    code = "claim-answered"
    title = "The claim was answered or decided already"


class ClaimNotRejected(Refusal):
    code = "claim-not-rejected"
    title = "Staff decides about a claim that its supplier has rejected"


class ClaimSettledAlready(Refusal):
    code = "claim-settled"
    title = "The claim is settled"


class ClaimAmountKnown(Refusal):
    code = "claim-amount-known"
    title = "What is claimed is known already"


class TooMuchEvidence(Refusal):
    code = "claim-too-much-evidence"
    title = "The claim has as many notes and checks as a claim can have"


class Claim(Aggregate):
    """The id comes from our number of the supplier order (of a card without one: from the card), so there is one claim for it, ever."""

    TOPIC = "inventory.Claim"

    class Raised(Created):
        """`answer_limit_seconds` None: raised before claims had a limit; it waits until somebody answers."""

        TOPIC = "inventory.Claim.Raised"
        class_version = 2
        shop_id: str
        number: str
        supplier_code: str
        need_id: UUID
        order_number: str
        line: int
        unit: int
        product_code: str
        reason: str
        card_id: UUID | None
        amount: Money | None
        card_preview: str | None
        answer_limit_seconds: float | None

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {**state, "amount": None, "card_preview": None, "answer_limit_seconds": None}

    class Answered(Event):
        """The supplier's word, or staff's on its behalf. `note_reference`: what it said besides, in the vault."""

        TOPIC = "inventory.Claim.Answered"
        is_accepted: bool
        reason: str
        answered_by: str
        note_reference: str | None

    class Settled(Event):
        """The end of every claim. `amount`: what the supplier owes; None where nobody knows how much."""

        TOPIC = "inventory.Claim.Settled"
        outcome: ClaimOutcome
        amount: Money | None
        reason: str
        decided_by: str

    class Valued(Event):
        """A person named what the card had cost."""

        TOPIC = "inventory.Claim.Valued"
        PRIVATE = True
        amount: Money
        staff: str

    class NoteAdded(Event):
        """Evidence in words, sealed in the vault."""

        TOPIC = "inventory.Claim.NoteAdded"
        PRIVATE = True
        reference: str
        added_by: str

    class CheckNoted(Event):
        """A verification of the card, as its code says it: `valid`, `used`, `invalid`, …"""

        TOPIC = "inventory.Claim.CheckNoted"
        PRIVATE = True
        result: str
        checked_by: str

    @event(Raised)
    def __init__(
        self,
        shop_id: str,
        number: str,
        supplier_code: str,
        need_id: UUID,
        order_number: str,
        line: int,
        unit: int,
        product_code: str,
        reason: str,
        card_id: UUID | None,
        amount: Money | None,
        card_preview: str | None,
        answer_limit_seconds: float | None,
    ) -> None:
        self.shop_id = shop_id
        self.number = number
        self.supplier_code = supplier_code
        self.order_number = order_number
        self.product_code = product_code
        self.reason = reason
        self.need_id = need_id
        self.line = line
        self.unit = unit
        self.card_id = card_id
        self.amount = amount
        self.card_preview = card_preview
        limit = timedelta(seconds=answer_limit_seconds) if answer_limit_seconds is not None else None
        self.answer_due_at: datetime | None = self.modified_on + limit if limit is not None else None
        self.status = ClaimStatus.RAISED
        self.outcome: ClaimOutcome | None = None
        self.evidence_count = 0

    @classmethod
    def again(cls, claim_id: UUID, **raised: Any) -> Claim:
        """A claim of before a restore, by its id: the number of its order may be forgotten. Takes what `Raised` has."""
        return cls._create(cls.Raised, id=claim_id, **raised)

    @staticmethod
    def create_id(shop_id: str, number: str) -> UUID:
        return stream_id(shop_id, "claim", number)

    @property
    def slot_key(self) -> str:
        return self.product_code

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def hold_name(self) -> str:
        """What freezes the sale of its card is called so."""
        return f"claim-{self.id}"

    @property
    def is_settled(self) -> bool:
        return self.status is ClaimStatus.SETTLED

    def answer(self, *, is_accepted: bool, reason: str, answered_by: str, note_reference: str | None) -> None:
        """The supplier accepts, which settles the claim, or rejects, about which staff decides; raises ClaimAnswered."""
        if self.status is not ClaimStatus.RAISED:
            raise ClaimAnswered(claim_id=self.id, claim_status=self.status)
        self._answered(is_accepted=is_accepted, reason=reason, answered_by=answered_by, note_reference=note_reference)
        if is_accepted:
            self._settle(ClaimOutcome.ACCEPTED, reason, answered_by)

    @event(Answered)
    def _answered(self, is_accepted: bool, reason: str, answered_by: str, note_reference: str | None) -> None:
        if not is_accepted:
            self.status = ClaimStatus.REJECTED

    def accept_silence(self) -> None:
        """The limit is over: silence accepts."""
        assert self.status is ClaimStatus.RAISED, f"a {self.status} claim is taken for accepted"
        self._settle(ClaimOutcome.SILENT, "silence", self.supplier_code)

    def decide(self, *, is_upheld: bool, reason: str, staff: str) -> None:
        """Uphold or drop a claim that the supplier rejected; raises ClaimNotRejected."""
        if self.status is not ClaimStatus.REJECTED:
            raise ClaimNotRejected(claim_id=self.id, claim_status=self.status)
        self._settle(ClaimOutcome.UPHELD if is_upheld else ClaimOutcome.DROPPED, reason, staff)

    def settle_again(self, *, outcome: str, amount: Money | None, reason: str) -> None:
        """That it was settled so was said before a restore; settled already: nothing."""
        if not self.is_settled:
            self._settled(outcome=ClaimOutcome(outcome), amount=amount, reason=reason, decided_by="said_before")

    def _settle(self, outcome: ClaimOutcome, reason: str, decided_by: str) -> None:
        self._settled(outcome=outcome, amount=self.amount, reason=reason, decided_by=decided_by)

    @event(Settled)
    def _settled(self, outcome: ClaimOutcome, amount: Money | None, reason: str, decided_by: str) -> None:
        self.status = ClaimStatus.SETTLED
        self.outcome = outcome
        self.amount = amount

    def value(self, amount: Money, *, staff: str) -> None:
        """Name what is claimed, where nobody knew; raises ClaimAmountKnown, ClaimSettledAlready."""
        if self.is_settled:
            raise ClaimSettledAlready(claim_id=self.id)
        if self.amount is not None:
            raise ClaimAmountKnown(claim_id=self.id)
        self._valued(amount=amount, staff=staff)

    @event(Valued)
    def _valued(self, amount: Money, staff: str) -> None:
        self.amount = amount

    def add_note(self, reference: str, *, added_by: str) -> None:
        """Add evidence in words; raises ClaimSettledAlready, TooMuchEvidence."""
        self._expect_open_to_evidence()
        self._note_added(reference=reference, added_by=added_by)

    @event(NoteAdded)
    def _note_added(self, reference: str, added_by: str) -> None:
        self.evidence_count += 1

    def note_check(self, result: str, *, checked_by: str) -> None:
        """Note what a verification of the card said; raises ClaimSettledAlready, TooMuchEvidence."""
        self._expect_open_to_evidence()
        self._check_noted(result=result, checked_by=checked_by)

    @event(CheckNoted)
    def _check_noted(self, result: str, checked_by: str) -> None:
        self.evidence_count += 1

    def _expect_open_to_evidence(self) -> None:
        if self.is_settled:
            raise ClaimSettledAlready(claim_id=self.id)
        if self.evidence_count >= MAX_EVIDENCE:
            raise TooMuchEvidence(limit=MAX_EVIDENCE)
