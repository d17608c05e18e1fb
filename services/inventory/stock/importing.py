"""Importing a card file from the sender's side: read, cut into chunks, send each, tell how far it got.

The caller brings the sending, so this runs over HTTP in the command line and without a network in tests. The batch's name and the
chunks' numbers make it repeatable: the same file, read in the same way and sent again under the same name, adds nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.inventory.stock.card_file import CardLine, LineFault, read_cards
from services.inventory.stock.card_formats import Layout
from services.inventory.stock.card_layout import layout_of
from services.inventory.stock.wire import ChunkAnswer, ChunkRequest, DuplicateCard, LineCard

READ_BYTES = 65_536
CHUNK_CARDS = 30
"""A buyer whose payment comes while a chunk is stocked waits for all of it: three times as many cards make that wait twice as long."""
MAX_REPORTED_FAULTS = 1_000
"""A file full of faults is told by its first ones and their number."""

Send = Callable[[ChunkRequest], ChunkAnswer]
"""Sends one chunk to `POST /batches/{batch_id}/chunks` and gives the answer; raises what stops the import."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A line that was not taken in, and why: a code of `card_file`, `duplicate` (it stands on another line too), `known-card`.

    `product_code`, `batch_id`: of a known card, as which product and from which import it is known.
    """

    line: int
    code: str
    product_code: str | None = None
    batch_id: str | None = None


@dataclass(slots=True)
class Progress:
    """How far an import got; `line_count` lines in all, `chunk_count` chunks so far."""

    batch_id: str
    line_count: int
    line: int = 0
    chunk_count: int = 0
    imported: int = 0
    duplicate_count: int = 0
    fault_count: int = 0
    faults: list[NotTaken] = field(default_factory=list)

    def note(self, faults: list[NotTaken]) -> None:
        self.fault_count += len(faults)
        self.faults += faults[: max(0, MAX_REPORTED_FAULTS - len(self.faults))]

    def note_answer(self, answer: ChunkAnswer, batch_id: str) -> None:
        self.imported += answer.imported
        self.duplicate_count += len(answer.duplicates)
        self.note([_known(each, batch_id) for each in answer.duplicates])
        self.note([NotTaken(each.line, each.code) for each in answer.faults])


def _known(card: DuplicateCard, batch_id: str) -> NotTaken:
    if card.batch_id == batch_id:
        return NotTaken(card.line, "duplicate")
    return NotTaken(card.line, "known-card", card.product_code, card.batch_id)


@dataclass(frozen=True, slots=True)
class ImportTo:
    """Where the cards go, and what holds for all of them. `expires_at`: for cards of which the file does not say it."""

    batch_id: str
    shop_id: str
    product_code: str
    supplier_code: str
    card_pattern: str | None = None
    expires_at: datetime | None = None


class _Sending:
    """Chunks on their way: so many at once that the service has the next one at hand when it is done with one, and no more.

    Each is sent by a thread of its own, so they may arrive in another order than that of the file; what comes of them is noted in order.
    """

    def __init__(self, send: Send, progress: Progress, at_once: int) -> None:
        self._send = send
        self._progress = progress
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="chunks")
        self._under_way: deque[Future[ChunkAnswer]] = deque()

    def add(self, chunk: ChunkRequest) -> None:
        """Send one more, and wait until there is room for the next; raises what an earlier one raised."""
        self._under_way.append(self._threads.submit(self._send, chunk))
        self.settle(self._at_once - 1)

    def settle(self, left: int) -> None:
        """Wait until so many are left under way."""
        while len(self._under_way) > left:
            self._progress.note_answer(self._under_way.popleft().result(), self._progress.batch_id)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def import_file(
    file: Path, send: Send, to: ImportTo, *, layout: Layout | None = None, only: Collection[int] | None = None, at_once: int = 1
) -> Iterator[Progress]:
    """Send the file's cards in chunks; after each, and at the end, the progress so far (always the same object).

    `layout`: how to read it, else found out. `only`: numbers of the chunks to send, else all. `at_once`: so many chunks are under way at a
    time, each sent from another thread. Raises NotText and UnclearFormat before anything was sent, and OSError where the file cannot be
    read.
    """
    if layout is None:
        layout = layout_of(lambda: bytes_of(file), name=file.name)
    progress = Progress(to.batch_id, layout.line_count)
    sending = _Sending(send, progress, at_once)
    try:
        yield from _send_all(file, layout, to, progress, sending, only)
    finally:
        sending.close()


def _send_all(
    file: Path, layout: Layout, to: ImportTo, progress: Progress, sending: _Sending, only: Collection[int] | None
) -> Iterator[Progress]:
    waiting: list[LineCard] = []

    def send_waiting() -> None:
        progress.chunk_count += 1
        if only is None or progress.chunk_count in only:
            sending.add(
                ChunkRequest(
                    shop_id=to.shop_id,
                    product_code=to.product_code,
                    supplier_code=to.supplier_code,
                    chunk_number=progress.chunk_count,
                    cards=tuple(waiting),
                )
            )
        waiting.clear()

    for each in read_cards(bytes_of(file), layout, to.card_pattern):
        progress.line = each.line
        match each:
            case LineFault(line, code):
                progress.note([NotTaken(line, code)])
            case CardLine(line, secret, remarks, expires_at):
                waiting.append(LineCard(line, secret, remarks, expires_at or to.expires_at))
        if len(waiting) == CHUNK_CARDS:
            send_waiting()
            yield progress
    if waiting:
        send_waiting()
    sending.settle(0)
    progress.line = progress.line_count
    yield progress


def bytes_of(file: Path) -> Iterator[bytes]:
    """The file's content in pieces; raises OSError."""
    with file.open("rb") as opened:
        while chunk := opened.read(READ_BYTES):
            yield chunk
