"""A supplier that answers nonsense for ever: nothing is bought twice, and after its limit a person is called, once, and stays called."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from protocols.http import HttpReply, HttpRequest
from services.inventory.service import inventory
from services.inventory.settings import SiteKind
from services.inventory.sourcing.alerts import OPEN, PERSON_AWAITED, Alerts, alerts_prefix
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.views import Needs, needs_prefix
from tests.desk import fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.sites import ASKABLE
from tests.inventory.test_buying import Market, supplied
from tests.inventory.world import PRODUCT, SHOP

NONSENSE = (HttpReply(200, (), b"<html>down for maintenance</html>"), HttpReply(200, (), b"{}"), HttpReply(502, (), b"\xff\xfe"))


class NonsenseMarket(Market):
    """`north` answers every request with the same nonsense."""

    def __init__(self, kind: SiteKind, nonsense: HttpReply) -> None:
        super().__init__(supplied(kind, "north"), supplied(kind, "south"))
        self.nonsense = nonsense
        self.asked_count = 0

    async def http(self, base_url: str, request: HttpRequest) -> HttpReply:
        if base_url != "http://north":
            return await super().http(base_url, request)
        self.asked_count += 1
        return self.nonsense

    def shown(self, view: str, prefix: str) -> list[dict[str, Any]]:
        fold_views(inventory, self.world.bench.store)
        return [msgspec.json.decode(data) for _, data in self.world.bench.store.view_rows(view, prefix)]

    def alerts(self) -> list[dict[str, Any]]:
        return [each for each in self.shown(Alerts.NAME, alerts_prefix(SHOP, OPEN)) if each["kind"] == PERSON_AWAITED]

    def waiting(self) -> list[str]:
        """Orders of the manual queue, as the status page shows it."""
        return [each["order_number"] for each in self.shown(Needs.NAME, needs_prefix(SHOP, "manual"))]


@pytest.mark.parametrize("kind", ASKABLE)
@pytest.mark.parametrize("nonsense", NONSENSE, ids=["page", "empty", "gateway"])
async def test_nonsense_for_ever_calls_a_person_once_and_until_he_speaks(kind: SiteKind, nonsense: HttpReply) -> None:
    market = NonsenseMarket(kind, nonsense)
    await market.buy()
    assert (market.alerts(), market.waiting()) == ([], [])
    market.world.bench.advance(minutes=5)
    for _ in range(3):
        await market.work()
        market.world.bench.advance(minutes=10)
    assert market.asked_count > 10
    assert market.world.names() == ["SupplierCallFailed", "NeedAwaitsPerson"]
    (alert,) = market.alerts()
    assert (alert["supplier_code"], alert["product_code"], alert["count"]) == ("north", PRODUCT, 1)
    assert alert["detail"]["reason"] == "supplier_silent"
    assert market.waiting() == ["A1"]
    market.world.tell(market.world.timed_out("A1"))
    assert market.world.need("A1").status is NeedStatus.ENDING
    assert market.waiting() == ["A1"], "its order waits for the supplier, so the person is still asked"
    assert market.tell("north") == 200
    assert market.world.names()[-1] == "NeedClosed"
    assert market.waiting() == []
    assert market.suppliers["south"].order_count == 0
    assert_rebuilds(market.world.bench)


async def test_a_need_that_closes_stays_with_the_person_until_its_supplier_is_spoken_for() -> None:
    market = NonsenseMarket("supplier_api", NONSENSE[0])
    await market.buy()
    market.world.bench.advance(minutes=5)
    market.world.tell(market.world.failed("A1"))
    assert (market.world.need("A1").status, market.waiting()) == (NeedStatus.CLOSING, ["A1"])
    assert market.tell("north") == 200
    assert (market.world.said("NeedClosed")[0]["card_id"], market.waiting()) == (None, [])
