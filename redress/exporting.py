"""Exporting unsold cards of a running installation into a file that only its owner can read, in a form that `redress import` reads again.

The service keeps who had which card in the open. The cards stay in stock: what is sold elsewhere has to be withdrawn here first.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec

from redress.asking import Caller
from redress.errors import UserError
from services.inventory.stock.wire import BatchState, CardIds, ExportAnswer, ExportedCard, OpenRequest

MAX_OPENED = 50
"""The vault opens so many at once."""
COLUMNS = ("secret", "preview", "surcharge", "cost", "note", "expires_at")


@dataclass(slots=True)
class Exported:
    """How far an export got; `left_count`: cards that are not in stock any more, and are not in the file."""

    count: int = 0
    left_count: int = 0


def cards_of_product(caller: Caller, *, shop_id: str, product_code: str) -> Iterator[UUID]:
    """Names of the free cards of a product (the first 100,000), in the order in which they are given away. Raises UserError."""
    yield from _ids(caller.get(f"/products/{quote(product_code, safe='')}/free-cards", shop_id=shop_id))


def cards_of_batch(caller: Caller, *, shop_id: str, batch_id: str) -> Iterator[UUID]:
    """Names of the cards of an import, sold or not. Raises UserError."""
    path = f"/batches/{quote(batch_id, safe='')}"
    batch = msgspec.convert(caller.get(path, shop_id=shop_id), BatchState)
    for number in range(1, batch.last_chunk + 1):
        yield from _ids(caller.get(f"{path}/chunks/{number}", shop_id=shop_id))


def export_cards(caller: Caller, cards: Iterator[UUID], file: Path) -> Iterator[Exported]:
    """Write the unsold ones of these cards into a new file: CSV where its name ends so, else one card a line.

    After each step, how far it got (always the same object). Raises UserError, also where the file exists.
    """
    done = Exported()
    with _new_file(file) as opened:
        is_csv = file.suffix.casefold() == ".csv"
        rows = csv.writer(opened, lineterminator="\n")
        if is_csv:
            rows.writerow(COLUMNS)
        for some in _in_steps(cards):
            asked = OpenRequest(references=some, purpose="export")
            answer = msgspec.convert(caller.send("POST", "/vault/open", asked), ExportAnswer)
            for card in answer.cards:
                if is_csv:
                    rows.writerow(_row(card))
                else:
                    opened.write(f"{card.secret}\n")
            done.count += len(answer.cards)
            done.left_count += len(answer.refused)
            yield done
    yield done


def _row(card: ExportedCard) -> list[str]:
    said = card.remarks
    known = (said.preview, said.surcharge, said.cost, said.note) if said is not None else (None,) * 4
    expires_at = card.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if card.expires_at is not None else ""
    return [card.secret, *(each or "" for each in known), expires_at]


def _in_steps(cards: Iterator[UUID]) -> Iterator[tuple[UUID, ...]]:
    some: list[UUID] = []
    for card_id in cards:
        some.append(card_id)
        if len(some) == MAX_OPENED:
            yield tuple(some)
            some.clear()
    if some:
        yield tuple(some)


def _ids(body: Any) -> tuple[UUID, ...]:
    return msgspec.convert(body, CardIds).card_ids


def _new_file(file: Path) -> TextIOWrapper:
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")
    except FileExistsError:
        raise UserError(f"{file} exists already: name another file.") from None
    except OSError as failure:
        raise UserError(f"{file} cannot be written: {failure.strerror or type(failure).__name__}.") from failure
