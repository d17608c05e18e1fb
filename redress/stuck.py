"""Needs that are stuck in a running installation: counted, or tried again to the end of the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from redress.asking import Caller
from services.inventory.sourcing.rerun_routes import RerunAnswer, RunAgain

MAX_TOLD = 1_000


@dataclass(slots=True)
class Stuck:
    """What was found so far. `needs`: the first of them. `counts`: how many of each mark, where they were tried again."""

    count: int = 0
    needs: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def stuck_needs(
    caller: Caller,
    *,
    shop_id: str,
    supplier_code: str | None = None,
    product_code: str | None = None,
    reason: str | None = None,
    is_run_again: bool = False,
) -> Iterator[Stuck]:
    """Go through the stuck needs of a shop, trying each again where that is asked; after each page, what was found so far.

    Raises UserError.
    """
    found, after = Stuck(), None
    while True:
        asked = RunAgain(
            shop_id=shop_id,
            supplier_code=supplier_code,
            product_code=product_code,
            reason=reason,
            is_dry_run=not is_run_again,
            after=after,
        )
        answer = msgspec.convert(caller.send("POST", "/needs/run-again", asked), RerunAnswer)
        found.count += answer.stuck_count
        found.counts.update(answer.counts)
        found.needs += answer.needs[: max(0, MAX_TOLD - len(found.needs))]
        yield found
        after = answer.next
        if after is None:
            return
