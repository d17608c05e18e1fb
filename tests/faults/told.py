"""What buyers were told: which card they saw for which unit, whenever they looked.

A card that a buyer has seen is theirs, whatever is restored afterwards: the same unit shows the same card ever after, and no other buyer
is shown it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

from redress.demo.people import contact_of
from redress.errors import UserError
from tests.faults.buyers import Buyers

UnitKey = tuple[str, int, int]
AT_ONCE = 8


class Told:
    """The cards that buyers saw."""

    def __init__(self) -> None:
        self.seen: dict[UnitKey, set[str]] = defaultdict(set)

    async def look(self, buyers: Buyers, numbers: Iterable[str]) -> list[str]:
        """Have the buyers of some orders open whatever is delivered; what was refused, a sentence each."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: str) -> list[str]:
            async with gate:
                return await self._look_at(buyers, number)

        return [each for refused in await asyncio.gather(*(one(number) for number in numbers)) for each in refused]

    async def look_until_all_is_shown(self, buyers: Buyers, patience_seconds: float) -> list[str]:
        """Every buyer who has seen a card looks again, until each is shown; what is refused in the end."""
        deadline = time.monotonic() + patience_seconds
        numbers = sorted({number for number, _, _ in self.seen})
        refused = await self.look(buyers, numbers)
        while refused and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            refused = await self.look(buyers, sorted({each.split(":")[0] for each in refused}))
        return refused

    def contradictions(self) -> Iterator[str]:
        """Units that showed two cards, and cards that were shown for two units."""
        units: dict[str, set[UnitKey]] = defaultdict(set)
        for unit, secrets in self.seen.items():
            if len(secrets) > 1:
                yield f"the buyer of {unit} was shown {len(secrets)} cards"
            for secret in secrets:
                units[secret].add(unit)
        yield from (f"one card was shown to the buyers of {sorted(every)}" for every in units.values() if len(every) > 1)

    async def _look_at(self, buyers: Buyers, number: str) -> list[str]:
        question = {"order_number": number, "contact": contact_of(number), "shop_id": buyers.stage.shop_id}
        try:
            found = await buyers.as_buyer("/orders/lookup", question, {})
        except UserError as refusal:
            return [f"{number}: {refusal}"]
        case, refused = {"authorization": f"Bearer {found['case_token']}"}, []
        shown = {(unit["line"], unit["unit"]): unit["state"] for unit in found["order"]["units"]}
        for (line, unit), state in shown.items():
            if state not in ("delivered", "revealed"):
                if (number, line, unit) in self.seen:
                    refused.append(f"{number}: {line}/{unit} is {state}, and its buyer had seen the card")
                continue
            try:
                card = await buyers.as_buyer(f"/orders/{number}/units/{line}/{unit}/reveal", {}, case)
            except UserError as refusal:
                if (number, line, unit) in self.seen:
                    refused.append(f"{number}: {line}/{unit}: {refusal}")
                continue
            self.seen[number, line, unit].add(card["secret"])
        return refused
