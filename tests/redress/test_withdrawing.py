"""Withdrawing over HTTP, step by step, from an installation that answers as inventory does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redress.withdrawing import withdraw_batch, withdraw_file, withdraw_product

CARD = "2927e219-3dc3-53ed-8560-23d5452732be"


class Inventory:
    """Stands in for `asking.Caller`: gives these answers in turn, and keeps what was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, Any]] = []

    def get(self, path: str, **query: str) -> Any:
        return {"batch_id": "b", "product_code": "p", "supplier_code": "o", "card_count": 3, "last_chunk": 2, "is_completed": True}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        self.asked.append((path, body))
        return self.answers.pop(0)


def test_a_product_is_asked_for_until_nothing_is_left() -> None:
    inventory: Any = Inventory({"withdrawn": 90, "is_done": False}, {"withdrawn": 4, "is_done": True})
    *_, done = withdraw_product(inventory, shop_id="s", product_code="a/b", reason="recalled")
    assert done.count == 94
    assert [path for path, _ in inventory.asked] == ["/products/a%2Fb/withdrawal"] * 2


def test_each_chunk_of_an_import_is_asked_for() -> None:
    inventory: Any = Inventory({"withdrawn": 1, "refused": [{"card_id": CARD, "reason": "reserved"}]}, {"withdrawn": 1})
    *_, done = withdraw_batch(inventory, shop_id="s", batch_id="b", reason="recalled")
    assert (done.count, done.left_count, done.left[0].reason) == (2, 1, "reserved")
    assert [path for path, _ in inventory.asked] == ["/batches/b/chunks/1/withdrawal", "/batches/b/chunks/2/withdrawal"]


def test_a_file_is_sent_in_steps_with_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD-{number}" for number in range(100)), "utf-8")
    inventory: Any = Inventory({"withdrawn": 90}, {"withdrawn": 9, "refused": [{"card_id": CARD, "reason": "unknown", "line": 95}]})
    *_, done = withdraw_file(inventory, file, shop_id="s", reason="recalled")
    assert (done.count, [each.line for each in done.left]) == (99, [95])
    assert [[body.cards[0].line, len(body.cards)] for _, body in inventory.asked] == [[1, 90], [91, 10]]
