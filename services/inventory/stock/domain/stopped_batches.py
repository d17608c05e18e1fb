"""The part of a product that knows which of its batches are stopped: none of their cards is given to anybody."""

from __future__ import annotations

from chassis.aggregate import Event, Part, event


class StoppedBatches(Part):
    """`stopped_batches`: what their cards name as their origin."""

    stopped_batches: set[str]

    class BatchStopped(Event):
        TOPIC = "inventory.Product.BatchStopped"
        PRIVATE = True  # the batch says it
        origin: str

    class BatchReleased(Event):
        TOPIC = "inventory.Product.BatchReleased"
        PRIVATE = True  # the batch says it
        origin: str

    def is_stopped(self, origin: str | None) -> bool:
        """Whether cards of this origin are kept from everybody."""
        return origin in self.stopped_batches

    def stop_batch(self, origin: str) -> None:
        """Give no card of this batch to anybody; a second time changes nothing."""
        if origin not in self.stopped_batches:
            self._batch_stopped(origin=origin)

    @event(BatchStopped)
    def _batch_stopped(self, origin: str) -> None:
        self.stopped_batches.add(origin)

    def release_batch(self, origin: str) -> None:
        """Its cards may be given again; a second time changes nothing."""
        if origin in self.stopped_batches:
            self._batch_released(origin=origin)

    @event(BatchReleased)
    def _batch_released(self, origin: str) -> None:
        self.stopped_batches.remove(origin)
