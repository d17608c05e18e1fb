"""Importing a card file from the sender's side: read, cut into chunks, send each, tell how far it got.

The caller brings the sending, so this runs over HTTP in the command line and without a network in tests. The batch's name and the
chunks' numbers make it repeatable: the same file sent again under the same name adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.inventory.stock.card_file import CardLine, LineFault, check_text, read_cards
from services.inventory.stock.commands import MAX_CHUNK_CARDS
from services.inventory.stock.wire import ChunkAnswer, ChunkRequest, FaultyLine, LineCard

READ_BYTES = 65_536
MAX_REPORTED_FAULTS = 1_000
"""A file full of faults is told by its first ones and their number."""

Send = Callable[[ChunkRequest], ChunkAnswer]
"""Sends one chunk to `POST /batches/{batch_id}/chunks` and gives the answer; raises what stops the import."""


@dataclass(slots=True)
class Progress:
    """How far an import got; `line_count` lines in all."""

    line_count: int
    line: int = 0
    imported: int = 0
    duplicate_count: int = 0
    fault_count: int = 0
    faults: list[FaultyLine] = field(default_factory=list)

    def note(self, faults: list[FaultyLine]) -> None:
        self.fault_count += len(faults)
        self.faults += faults[: max(0, MAX_REPORTED_FAULTS - len(self.faults))]


def import_file(
    file: Path, send: Send, *, shop_id: str, product_code: str, supplier_code: str, card_pattern: str | None = None
) -> Iterator[Progress]:
    """Send the file's cards in chunks; after each, and at the end, the progress so far (always the same object).

    Raises NotText before anything was sent, and OSError where the file cannot be read.
    """
    progress = Progress(line_count=check_text(_bytes_of(file)))
    waiting: list[LineCard] = []
    chunk_number = 0

    def send_waiting() -> None:
        nonlocal chunk_number
        chunk_number += 1
        answer = send(
            ChunkRequest(
                shop_id=shop_id,
                product_code=product_code,
                supplier_code=supplier_code,
                chunk_number=chunk_number,
                cards=tuple(waiting),
            )
        )
        waiting.clear()
        progress.imported += answer.imported
        progress.duplicate_count += len(answer.duplicates)
        progress.note([FaultyLine(each.line, "known-card") for each in answer.duplicates])
        progress.note(list(answer.faults))

    for each in read_cards(_bytes_of(file), card_pattern):
        progress.line = each.line
        match each:
            case LineFault(line, code):
                progress.note([FaultyLine(line, code)])
            case CardLine(line, secret):
                waiting.append(LineCard(line, secret))
        if len(waiting) == MAX_CHUNK_CARDS:
            send_waiting()
            yield progress
    if waiting:
        send_waiting()
    progress.line = progress.line_count
    yield progress


def _bytes_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(READ_BYTES):
            yield chunk
