"""Importing a file into an installation that answers as inventory does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from redress.asking import Refused, in_words
from redress.errors import UserError
from redress.importing import batch_name, import_cards, layout_in, make_known
from services.inventory.stock.card_formats import CardFormat
from services.inventory.stock.card_text import NotText


class Inventory:
    """Stands in for `asking.Caller`: takes every card, once."""

    def __init__(self, *, has_product: bool = True) -> None:
        self.has_product = has_product
        self.known: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.forgotten: list[list[int]] = []
        """Chunks that each completion, in turn, misses."""
        self.chunk_numbers: list[int] = []

    def get(self, path: str, **query: str) -> Any:
        if not self.has_product:
            raise Refused(404, b'{"title": "There is no such thing"}')
        return {"card_pattern": None}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        self.asked.append((method, path))
        if path.endswith("/completion"):
            return {"batch_id": "b", "imported": 0, "missing_chunks": self.forgotten.pop(0) if self.forgotten else []}
        if not path.endswith("/chunks"):
            return {}
        self.chunk_numbers.append(body.chunk_number)
        duplicates = [card for card in body.cards if card.secret in self.known]
        self.known |= {card.secret for card in body.cards}
        told = [{"line": card.line, "product_code": "p"} for card in duplicates]
        return {"imported": len(body.cards) - len(told), "duplicates": told}


def _import(inventory: Any, file: Path) -> Any:
    *_, progress = import_cards(inventory, file, shop_id="s", product_code="p", supplier_code="o")
    return progress


def test_a_file_goes_over_in_chunks_and_is_completed(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD-{number:05d}" for number in range(80)), "utf-8")
    inventory = Inventory()
    progress = _import(inventory, file)
    assert (progress.imported, progress.line, progress.line_count) == (80, 80, 80)
    name = batch_name(file, layout_in(file), "p", "o")
    assert inventory.asked == [("POST", f"/batches/{name}/chunks")] * 3 + [("POST", f"/batches/{name}/completion")]


def test_the_same_file_has_the_same_name_and_another_product_or_way_of_reading_another_one(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("1 A\n", "utf-8")
    names = [
        batch_name(file, layout_in(file, format=format), product, "o")
        for format, product in ((None, "p"), (CardFormat.LINES, "p"), (CardFormat.NUMBERED, "p"), (None, "q"))
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_chunks_that_a_restore_took_away_are_sent_again_before_the_end(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD-{number:05d}" for number in range(100)), "utf-8")
    inventory = Inventory()
    inventory.forgotten = [[2, 3], [3]]
    progress = _import(inventory, file)
    assert inventory.chunk_numbers == [1, 2, 3, 4, 2, 3, 3]
    assert progress.imported == 100
    assert [path.rpartition("/")[2] for _, path in inventory.asked].count("completion") == 3


def test_known_cards_are_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("CARD-1\nCARD-2\n", "utf-8")
    inventory = Inventory()
    inventory.known = {"CARD-2"}
    progress = _import(inventory, file)
    assert (progress.imported, [(fault.line, fault.code) for fault in progress.faults]) == (1, [(2, "known-card")])


def test_an_unknown_product_and_a_file_that_is_no_text_are_told_and_nothing_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("CARD-1\n", "utf-8")
    with pytest.raises(UserError, match="no product p: list it first, or add --create"):
        _import(Inventory(has_product=False), file)
    file.write_bytes(b"PK\x03\x04\x00\xff")
    inventory = Inventory()
    with pytest.raises(NotText):
        _import(inventory, file)
    assert inventory.asked == []


def test_product_and_supplier_can_be_made_known_first() -> None:
    inventory = Inventory()
    make_known(inventory, shop_id="s", product_code="p", supplier_code="o")  # type: ignore[arg-type]
    assert inventory.asked == [("POST", "/suppliers"), ("POST", "/products")]


def test_a_problem_becomes_a_sentence_and_anything_else_is_not_ours() -> None:
    problem = {"title": "No", "status": 409, "code": "no", "order_number": "A", "errors": [{"at": "line", "problem": "is missing"}]}
    assert in_words(409, msgspec.json.encode(problem)) == "No (order number: A; line is missing)."
    assert "does something else listen there" in in_words(404, b"<html>")
