"""The shop's people after a bad day: they take suspended suppliers back and have tried again what waits in the manual queue.

A supplier in trouble is suspended for minutes, and what only it sells waits for a person or for its last deadline in half an hour, which
no campaign waits for. So at the end people do what the queue is there for, as often as it takes: then every order has its end.
"""

from __future__ import annotations

import msgspec

from services.inventory.sourcing.rerun_routes import RerunAnswer
from tests.faults.buyers import Buyers
from tests.faults.drill import Trial
from tests.faults.quiet import until_quiet

MOST_ROUNDS = 5
TAKEN_BACK, RUN_AGAIN = "suspended suppliers that people took back", "units that people had tried again"


async def clear_manual_queue(trial: Trial) -> list[str]:
    """Wait until all is quiet and nothing waits for a person; what was still under way or waiting when patience ended."""
    for _ in range(MOST_ROUNDS):
        unquiet = await until_quiet(trial.house)
        if unquiet:
            return unquiet
        trial.counts[TAKEN_BACK] += await _take_back(trial.buyers)
        count = await _run_again(trial.buyers)
        if not count:
            return []
        trial.counts[RUN_AGAIN] += count
    return [f"{count} units still wait for a person"]


async def _take_back(buyers: Buyers) -> int:
    shop = buyers.stage.shop_id
    suppliers = (await buyers.as_staff("inventory", f"/suppliers?shop_id={shop}"))["suppliers"]
    suspended = [each["supplier_code"] for each in suppliers if each["status"] != "in_service"]
    for code in suspended:
        body = {"shop_id": shop, "is_suspended": False}
        await buyers.as_staff("inventory", f"/suppliers/{code}/suspension", method="PUT", body=body)
    return len(suspended)


async def _run_again(buyers: Buyers) -> int:
    count, after = 0, None
    while True:
        asked = {"shop_id": buyers.stage.shop_id, "after": after}
        answer = msgspec.convert(await buyers.as_staff("inventory", "/needs/run-again", method="POST", body=asked), RerunAnswer)
        count, after = count + answer.stuck_count, answer.next
        if after is None:
            return count
