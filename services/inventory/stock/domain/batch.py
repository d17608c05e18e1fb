"""A batch: the cards of one file, which arrive in numbered chunks and end with a word that the file is through."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from services.inventory.stock.domain.batch_recall import BatchIsStopped, BatchRecall, BatchStatus

MAX_TOLD_CHUNKS = 1_000


class BatchOfAnother(Refusal):
    code = "batch-of-another"
    title = "The batch was begun for another product or supplier"


class BatchCompleted(Refusal):
    code = "batch-completed"
    title = "The batch is complete and takes no more cards"


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """A line whose card is known already; `product_code`: as which product; `origin`: the id of its batch, or a supplier order's number."""

    line: int
    product_code: str
    origin: str | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of one chunk."""

    card_count: int
    duplicates: tuple[DuplicateLine, ...]


class BatchChunk(Aggregate):
    """Which cards one chunk of a batch brought. A stream of its own, so that a batch of a million cards stays small in memory."""

    TOPIC = "inventory.BatchChunk"

    class Taken(Created):
        TOPIC = "inventory.BatchChunk.Taken"
        PRIVATE = True
        shop_id: str
        batch_id: str
        chunk_number: int
        product_code: str
        card_ids: tuple[UUID, ...]

    @event(Taken)
    def __init__(self, shop_id: str, batch_id: str, chunk_number: int, product_code: str, card_ids: tuple[UUID, ...]) -> None:
        self.shop_id = shop_id
        self.batch_id = batch_id
        self.chunk_number = chunk_number
        self.product_code = product_code
        self.card_ids = card_ids

    @staticmethod
    def create_id(shop_id: str, batch_id: str, chunk_number: int) -> UUID:
        return stream_id(shop_id, "batch-chunk", batch_id, chunk_number)

    @property
    def slot_key(self) -> str:
        return self.product_code


class CardBatch(BatchRecall, Aggregate):
    """`batch_id` is the sender's own name of it, so that an import that broke off goes on under the same one."""

    TOPIC = "inventory.CardBatch"

    class Begun(Created):
        TOPIC = "inventory.CardBatch.Begun"
        PRIVATE = True
        shop_id: str
        batch_id: str
        product_code: str
        supplier_code: str

    class ChunkTaken(Event):
        TOPIC = "inventory.CardBatch.ChunkTaken"
        PRIVATE = True
        class_version = 2
        chunk_number: int
        chunk: Chunk

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            duplicates = [{**each, "origin": None} for each in state["chunk"]["duplicates"]]
            return {**state, "chunk": {**state["chunk"], "duplicates": duplicates}}

    class Completed(Event):
        TOPIC = "inventory.CardBatch.Completed"
        card_count: int

    @event(Begun)
    def __init__(self, shop_id: str, batch_id: str, product_code: str, supplier_code: str) -> None:
        self.shop_id = shop_id
        self.batch_id = batch_id
        self.product_code = product_code
        self.supplier_code = supplier_code
        self.chunks: dict[int, Chunk] = {}
        self.is_completed = False
        self.status = BatchStatus.ON_SALE
        self.decision_count = 0

    @staticmethod
    def create_id(shop_id: str, batch_id: str) -> UUID:
        return stream_id(shop_id, "batch", batch_id)

    @property
    def slot_key(self) -> str:
        return self.product_code

    @property
    def card_count(self) -> int:
        return sum(chunk.card_count for chunk in self.chunks.values())

    def expect(self, *, product_code: str, supplier_code: str) -> None:
        """Raises BatchOfAnother, BatchCompleted, BatchIsStopped unless it can take a chunk of this product and supplier."""
        if (product_code, supplier_code) != (self.product_code, self.supplier_code):
            raise BatchOfAnother(batch_id=self.batch_id)
        if self.is_completed:
            raise BatchCompleted(batch_id=self.batch_id)
        if self.status is not BatchStatus.ON_SALE:
            raise BatchIsStopped(batch_id=self.batch_id)

    def take_chunk(self, chunk_number: int, chunk: Chunk) -> None:
        """Note what became of a chunk that is new."""
        assert chunk_number not in self.chunks, "a chunk is taken twice"
        self._chunk_taken(chunk_number=chunk_number, chunk=chunk)

    @event(ChunkTaken)
    def _chunk_taken(self, chunk_number: int, chunk: Chunk) -> None:
        self.chunks[chunk_number] = chunk

    def missing_chunks(self, chunk_count: int | None) -> tuple[int, ...]:
        """The first of the chunks, of so many, that are not there; none where it is complete already."""
        if chunk_count is None or self.is_completed:
            return ()
        missing = (number for number in range(1, chunk_count + 1) if number not in self.chunks)
        return tuple(islice(missing, MAX_TOLD_CHUNKS))

    def complete(self) -> None:
        """The file is through; a second time changes nothing."""
        if not self.is_completed:
            self._completed(card_count=self.card_count)

    @event(Completed)
    def _completed(self, card_count: int) -> None:
        self.is_completed = True
