"""A genuine notice on its way to the shop that Redress stands in front of.

One stream per shop, provider and notice (by the identity that the notice itself has), so that what the provider repeats is one notice
here too. It is *under way* until the shop has *accepted* it, or it is *given up* after days, or the provider *denied* it. The notice
itself is in the vault; a repeat, which is signed anew, takes the place of what was kept while the shop has not accepted any: a shop that
looks at the time of a signature would refuse the old one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
"""Between two tries; each pause is twice the one before."""
MOST_DENIALS = 3
"""A provider that denied a notice so often is believed; the first time its own left hand may be behind its right one."""


class Verdict(StrEnum):
    """What came of one try. *accepted*: the success word. *refused*: an error. *unreadable*: neither, so that nothing is known.
    The rest is without an answer: not sent, lost, withheld by our own settings, or because the provider does not confirm the notice."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    NOT_SENT = "not_sent"
    ANSWER_LOST = "answer_lost"
    NOT_CONFIGURED = "not_configured"
    PRIVATE_TARGET = "private_target"
    NOT_CONFIRMED = "not_confirmed"
    DENIED = "denied"
    FORGOTTEN = "forgotten"


class ForwardingState(StrEnum):
    UNDER_WAY = "under_way"
    ACCEPTED = "accepted"
    GIVEN_UP = "given_up"
    DENIED = "denied"


class Forwarding(Aggregate):
    """One notice for one shop."""

    TOPIC = "order.Forwarding"

    class Begun(Created):
        """`raw_reference`: the notice in the vault. `is_proven`: False where the provider must confirm it before it goes on."""

        TOPIC = "order.Forwarding.Begun"
        PRIVATE = True
        shop_id: str
        provider: str
        identity: str
        order_number: str
        raw_reference: str
        is_proven: bool
        give_up_seconds: float

    class Renewed(Event):
        """`number`: of the try that is due or under way now."""

        TOPIC = "order.Forwarding.Renewed"
        PRIVATE = True
        raw_reference: str
        number: int

    class Tried(Event):
        """`status`, `answer_reference`: of the shop's answer where there is one; the body of an error is in the vault."""

        TOPIC = "order.Forwarding.Tried"
        PRIVATE = True
        number: int
        verdict: str
        status: int | None
        answer_reference: str | None
        milliseconds: int | None
        is_proven: bool

    class Ended(Event):
        """Nothing more is tried: `result` is denied; given_up, too, in the days before `GivenUp`."""

        TOPIC = "order.Forwarding.Ended"
        PRIVATE = True
        result: str

    class GivenUp(Event):
        """Nothing more is tried, though the shop has not got it. `verdict`: of the last try."""

        TOPIC = "order.Forwarding.GivenUp"
        shop_id: str
        provider: str
        order_number: str
        try_count: int
        verdict: str

    class Acknowledged(Event):
        """Somebody knows that it was given up, and leaves it at that."""

        TOPIC = "order.Forwarding.Acknowledged"
        PRIVATE = True
        acknowledged_by: str

    class Replayed(Event):
        """Somebody wants it to be tried again, now, whatever became of it."""

        TOPIC = "order.Forwarding.Replayed"
        PRIVATE = True
        replayed_by: str
        number: int

    @event(Begun)
    def __init__(
        self, shop_id: str, provider: str, identity: str, order_number: str, raw_reference: str, is_proven: bool, give_up_seconds: float
    ) -> None:
        self.shop_id = shop_id
        self.provider = provider
        self.identity = identity
        self.order_number = order_number
        self.raw_reference = raw_reference
        self.is_proven = is_proven
        self.give_up_seconds = give_up_seconds
        self.state = ForwardingState.UNDER_WAY
        self.number = 1
        """Of the try that is due or under way; the last one's where nothing is tried any more."""
        self.tried_count = 0
        self.tries_in_a_row = 0
        self.denial_count = 0
        self.since: datetime = self.modified_on
        self.last_verdict: Verdict | None = None
        self.last_status: int | None = None
        self.last_answer_reference: str | None = None

    @staticmethod
    def create_id(shop_id: str, provider: str, identity: str) -> UUID:
        return stream_id(shop_id, "forwarding", provider, identity)

    @property
    def slot_key(self) -> str:
        return self.order_number

    @property
    def subject(self) -> str | None:
        return self.order_number

    @property
    def is_over(self) -> bool:
        return self.state is not ForwardingState.UNDER_WAY

    @property
    def next_pause(self) -> timedelta:
        doublings = min(max(self.tries_in_a_row - 1, 0), 16)
        return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)

    def renew(self, raw_reference: str, *, is_new_try: bool) -> None:
        """The provider has repeated it. `is_new_try`: no try is under way, so the repeat is one of its own."""
        self._renewed(raw_reference=raw_reference, number=self.number + is_new_try)

    @event(Renewed)
    def _renewed(self, raw_reference: str, number: int) -> None:
        self.raw_reference = raw_reference
        if self.is_over:
            self.since = self.modified_on
            self.denial_count = 0
        self.state = ForwardingState.UNDER_WAY
        self.number = number

    def note_try(
        self, verdict: Verdict, *, status: int | None, answer_reference: str | None, milliseconds: int | None, is_proven: bool
    ) -> None:
        """One try is over; where it was not the last, the next number is due."""
        self._tried(
            number=self.number,
            verdict=verdict.value,
            status=status,
            answer_reference=answer_reference,
            milliseconds=milliseconds,
            is_proven=is_proven,
        )

    @event(Tried)
    def _tried(
        self, number: int, verdict: str, status: int | None, answer_reference: str | None, milliseconds: int | None, is_proven: bool
    ) -> None:
        self.last_verdict = Verdict(verdict)
        self.last_status = status
        self.last_answer_reference = answer_reference
        self.is_proven = is_proven
        self.tried_count += 1
        self.tries_in_a_row += 1
        self.denial_count += self.last_verdict is Verdict.DENIED
        self.number = number + 1
        if self.last_verdict is Verdict.ACCEPTED:
            self.state = ForwardingState.ACCEPTED

    def result_by(self, now: datetime) -> ForwardingState | None:
        """How it ends now, unless it is to be tried on."""
        if self.denial_count >= MOST_DENIALS:
            return ForwardingState.DENIED
        is_late = now >= self.since + timedelta(seconds=self.give_up_seconds)
        return ForwardingState.GIVEN_UP if is_late or self.last_verdict is Verdict.FORGOTTEN else None

    def end(self, result: ForwardingState) -> None:
        """Try nothing more; `result` as `result_by` says."""
        if result is not ForwardingState.GIVEN_UP:
            self._ended(result=result.value)
            return
        assert self.last_verdict is not None, "what was never tried is not given up"
        self._given_up(
            shop_id=self.shop_id,
            provider=self.provider,
            order_number=self.order_number,
            try_count=self.tried_count,
            verdict=self.last_verdict.value,
        )

    @event(Ended)
    def _ended(self, result: str) -> None:
        self.state = ForwardingState(result)

    @event(GivenUp)
    def _given_up(self, shop_id: str, provider: str, order_number: str, try_count: int, verdict: str) -> None:
        self.state = ForwardingState.GIVEN_UP

    def acknowledge(self, acknowledged_by: str) -> None:
        """What was given up needs nobody any more; of what was not, nothing is to be said."""
        if self.state is ForwardingState.GIVEN_UP:
            self._acknowledged(acknowledged_by=acknowledged_by)

    @event(Acknowledged)
    def _acknowledged(self, acknowledged_by: str) -> None:
        """Of use to people only."""

    def replay(self, replayed_by: str) -> None:
        self._replayed(replayed_by=replayed_by, number=self.number + 1)

    @event(Replayed)
    def _replayed(self, replayed_by: str, number: int) -> None:
        self.number = number
        self.state = ForwardingState.UNDER_WAY
        self.since = self.modified_on
        self.tries_in_a_row = 0
        self.denial_count = 0
