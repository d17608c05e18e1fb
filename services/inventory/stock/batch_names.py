"""The names of the batches that cards came from: a card keeps its batch's id, people know the name it was imported under."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from chassis.desk import Desk
from services.inventory.stock.domain.batch import CardBatch, DuplicateLine

MAX_KEPT_NAMES = 10_000


class TakenChunk(Struct, frozen=True):
    """The answer to a chunk, as it was decided."""

    imported: int
    duplicates: tuple[DuplicateLine, ...] = ()


class BatchNames:
    """Looks names up once each: a file of a million cards that were all imported before names few batches."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, str | None] = {}

    async def of(self, origin: str | None) -> str | None:
        """The name of the batch that a card's `origin` is; None where the card came in another way."""
        if origin is None:
            return None
        if origin not in self._known:
            if len(self._known) >= MAX_KEPT_NAMES:
                self._known.clear()
            batch = await self._desk.get(CardBatch, UUID(origin)) if _is_id(origin) else None
            self._known[origin] = batch.batch_id if batch is not None else None
        return self._known[origin]


def _is_id(origin: str) -> bool:
    try:
        UUID(origin)
    except ValueError:
        return False
    return True
