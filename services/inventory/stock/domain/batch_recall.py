"""The part of a batch that says whether its cards may be sold: on sale, stopped by a sample, an alert or a person, withdrawn for good.

    on_sale ──stop──▶ stopped ──release──▶ on_sale
                         └────withdraw──▶ withdrawn

What that means for the cards is done in steps (`quality/stopping.py`); `decision_count` tells the steps of one decision from the next's.
"""

from __future__ import annotations

from enum import StrEnum

from chassis.aggregate import Event, Part, event
from chassis.errors import Refusal


class BatchStatus(StrEnum):
    ON_SALE = "on_sale"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


class BatchIsStopped(Refusal):
    code = "batch-stopped"
    title = "The batch is stopped or withdrawn and takes no more cards"
    is_kept = False  # a release turns it


class BatchNotStopped(Refusal):
    code = "batch-not-stopped"
    title = "Only a stopped batch is released or withdrawn"


class BatchRecall(Part):
    """Stopping a batch, and what a person makes of it."""

    status: BatchStatus
    decision_count: int
    batch_id: str
    product_code: str
    supplier_code: str

    class Stopped(Event):
        """`bad_count` of `told_count` cards that were asked about are bad; both 0 where nobody counted."""

        TOPIC = "inventory.CardBatch.Stopped"
        shop_id: str
        batch_id: str
        product_code: str
        supplier_code: str
        reason: str
        stopped_by: str
        bad_count: int
        told_count: int

    class Released(Event):
        TOPIC = "inventory.CardBatch.Released"
        released_by: str

    class Withdrawn(Event):
        TOPIC = "inventory.CardBatch.Withdrawn"
        withdrawn_by: str

    def stop(self, *, reason: str, stopped_by: str, bad_count: int = 0, told_count: int = 0) -> bool:
        """Keep its cards from everybody; False where it is stopped or withdrawn already."""
        if self.status is not BatchStatus.ON_SALE:
            return False
        self._stopped(
            shop_id=self.shop_id,
            batch_id=self.batch_id,
            product_code=self.product_code,
            supplier_code=self.supplier_code,
            reason=reason,
            stopped_by=stopped_by,
            bad_count=bad_count,
            told_count=told_count,
        )
        return True

    @event(Stopped)
    def _stopped(
        self,
        shop_id: str,
        batch_id: str,
        product_code: str,
        supplier_code: str,
        reason: str,
        stopped_by: str,
        bad_count: int,
        told_count: int,
    ) -> None:
        self.status = BatchStatus.STOPPED
        self.decision_count += 1

    def release(self, *, released_by: str) -> None:
        """Put it on sale again; raises BatchNotStopped."""
        self._expect_stopped()
        self._released(released_by=released_by)

    @event(Released)
    def _released(self, released_by: str) -> None:
        self.status = BatchStatus.ON_SALE
        self.decision_count += 1

    def withdraw(self, *, withdrawn_by: str) -> None:
        """Take what is unsold of it out of stock for good; raises BatchNotStopped."""
        self._expect_stopped()
        self._withdrawn(withdrawn_by=withdrawn_by)

    @event(Withdrawn)
    def _withdrawn(self, withdrawn_by: str) -> None:
        self.status = BatchStatus.WITHDRAWN
        self.decision_count += 1

    def _expect_stopped(self) -> None:
        if self.status is not BatchStatus.STOPPED:
            raise BatchNotStopped(batch_status=self.status)
