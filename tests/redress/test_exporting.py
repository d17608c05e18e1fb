"""Exporting over HTTP into a file that can be imported again, from an installation that answers as inventory does."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from redress.errors import UserError
from redress.exporting import cards_of_batch, cards_of_product, export_cards
from redress.importing import layout_in
from services.inventory.stock.card_file import CardLine, read_cards
from services.inventory.stock.domain.remarks import CardRemarks
from services.inventory.stock.importing import bytes_of


class Inventory:
    """Stands in for `asking.Caller`: two chunks of 60 cards, of which the very first is sold."""

    def __init__(self) -> None:
        self.opened: list[int] = []

    def get(self, path: str, **query: str) -> Any:
        if path == "/batches/b":
            return {"batch_id": "b", "product_code": "p", "supplier_code": "o", "card_count": 120, "last_chunk": 2, "is_completed": True}
        first = 61 if path.endswith("/2") else 1
        return {"card_ids": [str(UUID(int=number)) for number in range(first, first + 60)]}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        assert (path, body.purpose) == ("/vault/open", "export")
        self.opened.append(len(body.references))
        sold = UUID(int=1)
        cards = [
            {
                "card_id": str(each),
                "secret": f'A,"{each.int}"',
                "remarks": {"preview": None, "surcharge": "1.50", "cost": None, "note": "x"},
                "expires_at": "2037-01-30T16:00:00Z",
            }
            for each in body.references
            if each != sold
        ]
        refused = [{"card_id": str(sold), "reason": "allocated"}] if sold in body.references else []
        return {"cards": cards, "refused": refused}


def test_the_unsold_cards_of_an_import_become_a_csv_file_that_is_read_again_alike(tmp_path: Path) -> None:
    file, inventory = tmp_path / "cards.csv", Inventory()
    caller: Any = inventory
    *_, done = export_cards(caller, cards_of_batch(caller, shop_id="s", batch_id="b"), file)
    assert (done.count, done.left_count, inventory.opened) == (119, 1, [50, 50, 20])
    assert file.stat().st_mode & 0o777 == 0o600
    first, *others = read_cards(bytes_of(file), layout_in(file))
    assert isinstance(first, CardLine)
    assert (first.secret, first.remarks) == ('A,"2"', CardRemarks(surcharge="1.50", note="x"))
    assert first.expires_at is not None
    assert first.expires_at.isoformat() == "2037-01-30T16:00:00+00:00"
    assert len(others) == 118


def test_the_free_cards_of_a_product_become_a_text_file_of_one_card_a_line(tmp_path: Path) -> None:
    file, caller = tmp_path / "cards.txt", Inventory()
    *_, done = export_cards(caller, cards_of_product(caller, shop_id="s", product_code="p"), file)  # type: ignore[arg-type]
    assert done.count == 59
    assert file.read_text("utf-8").splitlines()[0] == 'A,"2"'


def test_a_file_that_exists_is_left_alone_and_nothing_is_opened(tmp_path: Path) -> None:
    file, caller = tmp_path / "cards.txt", Inventory()
    file.write_text("mine", "utf-8")
    with pytest.raises(UserError, match="exists already"):
        list(export_cards(caller, cards_of_product(caller, shop_id="s", product_code="p"), file))  # type: ignore[arg-type]
    assert (file.read_text("utf-8"), caller.opened) == ("mine", [])
