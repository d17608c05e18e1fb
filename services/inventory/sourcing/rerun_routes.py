"""The one button after a top-up: all stuck needs are tried again, or counted.

POST /needs/run-again                              needs:write

It goes through the manual queue from its newest need back, at most `limit` needs at a time; `next` is to be sent as `after` for those
behind. A need that is stuck again stands in front of the queue then, so going on to the end comes to an end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta, Struct, field

from chassis.desk import Desk
from chassis.problem import decoded
from chassis.shops import shop_meant
from chassis.unit import Answered, Lane
from services.inventory.answering import NEEDS, allowed
from services.inventory.sourcing.commands import MAX_RERUN_NEEDS, RerunNeeds
from services.inventory.sourcing.rerunning import STUCK_REASONS
from services.inventory.sourcing.views import Needs, needs_prefix, sort_key
from services.inventory.stock.commands import Name, ShopId

PAGE, MOST_PAGES = 200, 50
"""What one request reads of the queue, where few needs of it are meant."""
UNITS_AT_ONCE = 8
TOLD = ("need_id", "order_number", "line", "unit", "product_code")


class RunAgain(Struct, frozen=True, kw_only=True):
    """`POST /needs/run-again`. Without a filter: whatever only lacks a card.

    `supplier_code`: that was asked for it. `reason`: why it is stuck (`exhausted`, …) or what the last supplier said (`no_balance`, …).
    `need_ids`: these needs, stuck or not. `is_dry_run`: count only.
    """

    shop_id: ShopId | None = None
    supplier_code: Name | None = None
    product_code: Name | None = None
    reason: Name | None = None
    need_ids: Annotated[tuple[UUID, ...], Meta(max_length=500)] = ()
    is_dry_run: bool = False
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 500
    after: Annotated[str, Meta(max_length=400)] | None = None

    def fits(self, need: dict[str, Any]) -> bool:
        """Whether a need of the manual queue is meant."""
        told = (need["reason"], need["failure"], *need["passed_over"].values())
        is_reason = self.reason in told if self.reason is not None else need["reason"] in STUCK_REASONS
        is_supplier = self.supplier_code is None or self.supplier_code in need["tried"] or self.supplier_code in need["passed_over"]
        return is_reason and is_supplier and self.product_code in (None, need["product_code"])


class RerunAnswer(Struct, frozen=True, kw_only=True):
    """`needs`: each need with its `mark` (none in a dry run). `counts`: how many of each mark. `next`: where to go on; None: at the end."""

    stuck_count: int
    counts: dict[str, int] = field(default_factory=dict)
    needs: list[dict[str, Any]]
    next: str | None


def rerun_routes(desk: Desk) -> APIRouter:
    """The routes of trying needs again."""
    router = APIRouter()

    @router.post("/needs/run-again")
    async def run_again(request: Request) -> dict[str, Any]:
        """Try stuck needs again, each at most once however often this is asked; what became of each."""
        principal = allowed(desk, request, NEEDS)
        asked = decoded(await request.body(), RunAgain)
        shop_id = shop_meant(principal, asked.shop_id)
        meant, following = await _meant(asked, shop_id)
        marks: dict[str, str] = {}
        if not asked.is_dry_run:
            ids = [UUID(each["need_id"]) for each in meant]
            steps = [tuple(ids[begin : begin + MAX_RERUN_NEEDS]) for begin in range(0, len(ids), MAX_RERUN_NEEDS)]
            for begin in range(0, len(steps), UNITS_AT_ONCE):
                commands = [RerunNeeds(shop_id=shop_id, need_ids=each, staff=principal.name) for each in steps[begin:][:UNITS_AT_ONCE]]
                for answer in await asyncio.gather(*(_do(each) for each in commands)):
                    marks |= msgspec.json.decode(answer.body)["marks"]
        told = [{name: each[name] for name in TOLD} | {"mark": marks.get(each["need_id"])} for each in meant]
        answered = RerunAnswer(stuck_count=len(meant), counts=dict(Counter(marks.values())), needs=told, next=following)
        return msgspec.structs.asdict(answered)

    async def _do(command: RerunNeeds) -> Answered:
        """Under a key of its own: where the answer of a COMMIT is lost, what is still stuck is not tried a second time."""
        return await desk.do(command, principal=command.staff, route="needs/run-again", key=uuid4().hex, lane=Lane.BULK)

    async def _meant(asked: RunAgain, shop_id: str) -> tuple[list[dict[str, Any]], str | None]:
        """The needs that are meant, as the view shows them, and where those behind begin."""
        if asked.need_ids:
            known = await desk.ask(desk.store.view_rows_of, Needs.NAME, [str(each) for each in asked.need_ids])
            documents = [msgspec.json.decode(data) for _, data in known.values()]
            return [each for each in documents if each["shop_id"] == shop_id], None
        found: list[dict[str, Any]] = []
        prefix, below = needs_prefix(shop_id, "manual"), asked.after
        for _ in range(MOST_PAGES):
            rows = await desk.ask(desk.store.view_rows, Needs.NAME, prefix, PAGE, below)
            for _, data in rows:
                need = msgspec.json.decode(data)
                if asked.fits(need):
                    if len(found) == asked.limit:
                        return found, below
                    found.append(need)
                below = sort_key(need)
            if len(rows) < PAGE:
                return found, None
        return found, below

    return router
