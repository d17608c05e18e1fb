"""Going through the stuck needs of an installation that answers as inventory does."""

from __future__ import annotations

from typing import Any

from redress.stuck import stuck_needs


class Inventory:
    """Stands in for `asking.Caller`: gives these answers in turn, and keeps what was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def send(self, method: str, path: str, body: Any = None) -> Any:
        assert (method, path) == ("POST", "/needs/run-again")
        self.asked.append(body)
        return self.answers.pop(0)


def page(count: int, following: str | None, **counts: int) -> dict[str, Any]:
    return {"stuck_count": count, "counts": counts, "needs": [{"order_number": "A1"}] * count, "next": following}


def test_the_queue_is_gone_through_to_its_end() -> None:
    inventory: Any = Inventory(page(500, "here", re_issued=500), page(20, None, re_issued=5, still_stuck=15))
    *_, found = stuck_needs(inventory, shop_id="s", reason="no_balance", is_run_again=True)
    assert (found.count, found.counts) == (520, {"re_issued": 505, "still_stuck": 15})
    assert [(each.after, each.is_dry_run) for each in inventory.asked] == [(None, False), ("here", False)]


def test_without_more_words_they_are_only_counted() -> None:
    inventory: Any = Inventory(page(3, None))
    *_, found = stuck_needs(inventory, shop_id="s")
    assert (found.count, len(found.needs), inventory.asked[0].is_dry_run) == (3, 3, True)
