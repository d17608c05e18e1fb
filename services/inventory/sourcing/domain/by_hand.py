"""A person delivers: the need is claimed, and within the claim's limit neither another person nor the order's last deadline takes it.

manual ──claim──▶ claimed ──delivery──▶ (allocated)
  ▲                 │ limit, or given back
  └─────────────────┘ (closed, where its order asked for the end meanwhile)
"""

from __future__ import annotations

from datetime import datetime

from chassis.aggregate import Event, event
from chassis.errors import Refusal
from services.inventory.sourcing.domain.attention import Attention, NeedNotWaiting
from services.inventory.sourcing.domain.need_status import NeedStatus


class NeedClaimed(Refusal):
    code = "need-claimed"
    title = "Another person delivers this need"
    is_kept = False  # the claim ends by itself


class NeedNotClaimed(Refusal):
    code = "need-not-claimed"
    title = "Claim the need before you deliver it"
    is_kept = False  # what is missing is another request


class HandDelivery(Attention):
    """Who of the staff delivers, and whether the order waits for that only."""

    claimed_by: str | None
    claimed_until: datetime | None
    end_asked_by: str | None
    """The holder that asked for the end while the need was claimed."""

    class Queued(Event):
        """Its product is delivered by hand: there is nothing to look for."""

        TOPIC = "inventory.Need.Queued"

    class Claimed(Event):
        TOPIC = "inventory.Need.Claimed"
        PRIVATE = True
        staff: str
        until: datetime

    class Unclaimed(Event):
        """Given back, or its limit is over (`staff` None)."""

        TOPIC = "inventory.Need.Unclaimed"
        PRIVATE = True
        staff: str | None

    class EndPutOff(Event):
        """The order's last deadline has passed while a person delivers: it waits for the end of the claim."""

        TOPIC = "inventory.Need.EndPutOff"
        PRIVATE = True
        holder_id: str

    class HandedOver(Event):
        """The person has delivered; the card follows."""

        TOPIC = "inventory.Need.HandedOver"
        PRIVATE = True
        staff: str

    class BuyerFieldsShown(Event):
        """The person was shown what the buyer filled in; each time anew."""

        TOPIC = "inventory.Need.BuyerFieldsShown"
        PRIVATE = True
        staff: str

    def queue(self) -> None:
        """Wait for a person who delivers."""
        assert self.status is NeedStatus.SOURCING, f"a {self.status} need is queued"
        self._queued()

    @event(Queued)
    def _queued(self) -> None:
        self.status = NeedStatus.MANUAL

    def claim(self, *, staff: str, now: datetime) -> bool:
        """Take the need on oneself; False where one has it already. Raises NeedNotWaiting, NeedClaimed."""
        self.expect_free_for(staff)
        if self.claimed_by == staff:
            return False
        self._claimed(staff=staff, until=now + self.limits.claim)
        return True

    @event(Claimed)
    def _claimed(self, staff: str, until: datetime) -> None:
        self.claimed_by = staff
        self.claimed_until = until

    def unclaim(self, staff: str | None = None) -> bool:
        """Give the claim back, or (without a name) end it since its limit is over; False where there is none. Raises NeedClaimed."""
        if self.claimed_by is None:
            return False
        if staff not in (None, self.claimed_by):
            raise NeedClaimed(need_id=self.id)
        self._unclaimed(staff=staff)
        return True

    @event(Unclaimed)
    def _unclaimed(self, staff: str | None) -> None:
        self.claimed_by = None

    def put_off_end(self, holder_id: str) -> None:
        """Remember that the order waits for the end of the claim only."""
        assert self.claimed_by is not None, "nothing puts the end off"
        if self.end_asked_by is None:
            self._end_put_off(holder_id=holder_id)

    @event(EndPutOff)
    def _end_put_off(self, holder_id: str) -> None:
        self.end_asked_by = holder_id

    def hand_over(self, *, staff: str) -> None:
        """Deliver what one has claimed; raises NeedNotWaiting, NeedClaimed, NeedNotClaimed."""
        self.expect_claimed_by(staff)
        self._handed_over(staff=staff)

    @event(HandedOver)
    def _handed_over(self, staff: str) -> None:
        self.status = NeedStatus.SOURCING
        self.claimed_by = None

    def show_buyer_fields(self, *, staff: str) -> None:
        """Whoever has claimed it is shown what its buyer filled in; raises NeedNotWaiting, NeedClaimed, NeedNotClaimed."""
        self.expect_claimed_by(staff)
        self._buyer_fields_shown(staff=staff)

    @event(BuyerFieldsShown)
    def _buyer_fields_shown(self, staff: str) -> None: ...

    def run_again(self, *, staff: str) -> None:
        """A person has it tried again, with every supplier; raises NeedNotWaiting, NeedClaimed."""
        self.expect_free_for(staff)
        self.unclaim(staff)
        super().run_again(staff=staff)

    def expect_free_for(self, staff: str) -> None:
        """Raises NeedNotWaiting unless it waits for a person, NeedClaimed where that is another one."""
        if self.status is not NeedStatus.MANUAL:
            raise NeedNotWaiting(need_id=self.id, need_status=self.status)
        if self.claimed_by not in (None, staff):
            raise NeedClaimed(need_id=self.id)

    def expect_claimed_by(self, staff: str) -> None:
        """Raises NeedNotWaiting, NeedClaimed, NeedNotClaimed unless this person has it to deliver."""
        self.expect_free_for(staff)
        if self.claimed_by is None:
            raise NeedNotClaimed(need_id=self.id)
