"""Settlement: a line for each sold card of a supplier that is paid afterwards, due at T+N, frozen while something is open, paid once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.tokens import SUPPLIER_KIND, Principal
from contracts.values import AfterSalesPolicy, Money
from services.inventory.claims.commands import AnswerClaim, DecideClaim, RaiseClaim
from services.inventory.deposits.commands import EnterDeposit
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings
from services.inventory.settlement.commands import HoldLine, MarkPaid, PriceLine, SetTerms, StepPayout
from services.inventory.settlement.domain.sale_line import LineStatus, SaleLine
from services.inventory.settlement.domain.settlement import Settlement, SettlementStatus
from services.inventory.settlement.domain.terms import commission_of
from services.inventory.settlement.reconciling import reconcile
from services.inventory.settlement.views import SettlementSums
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.stock.commands import SetPolicy
from tests.desk import MemoryDesk, fold_views
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import PRODUCT, SHOP, World

CONSIGNOR = "lee"
DAYS = 7


def consigned(cards: int = 3) -> World:
    """A world whose stock is a consignor's. A card sells for 1.00; of that 0.05 is the shop's."""
    world = World()
    world.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=CONSIGNOR, kind="consignor"))
    world.stock(*(world.new_secret() for _ in range(cards)), supplier_code=CONSIGNOR)
    return world


def sell(world: World, *orders: str) -> list[SaleLine]:
    """Sold, and the lines opened."""
    world.buy(*orders)
    world.bench.advance(seconds=1)
    return [line_of(world, order) for order in orders]


def line_of(world: World, order: str) -> SaleLine:
    card_id = world.need(order).card_id
    assert card_id is not None
    return world.bench.aggregate(SaleLine.create_id(SHOP, card_id))  # type: ignore[no-any-return]


def settlement(world: World, ordinal: int = 1, supplier_code: str = CONSIGNOR) -> Settlement:
    return world.bench.aggregate(Settlement.create_id(SHOP, supplier_code, "CNY", ordinal))  # type: ignore[no-any-return]


def step(world: World, step: Any, by: str = "ann", ordinal: int = 1) -> int:
    return world.bench.do(StepPayout(settlement_id=settlement(world, ordinal).id, step=step, by=by)).status


def pay_out(world: World) -> None:
    for each, by in (("request", CONSIGNOR), ("approval", "ann"), ("confirmation", "bob")):
        assert step(world, each, by) == 200


def sums(world: World) -> dict[str, Any]:
    """The sums of the one account there is; the books agree."""
    fold_views(world.bench.service, world.bench.store)
    documents = [msgspec.json.decode(data) for _, data in world.bench.store.view_rows(SettlementSums.NAME)]
    judged = reconcile(documents)
    assert judged.settlement_difference == 0
    return judged.accounts[0]


def test_what_is_not_divided_evenly_is_rounded_half_up() -> None:
    assert [commission_of(each, 500) for each in (0, 9, 10, 29, 30, 100)] == [0, 0, 1, 1, 2, 5]


def test_a_sold_card_of_a_consignor_has_a_line_by_its_grade_that_falls_due_after_so_many_days() -> None:
    world = consigned()
    world.bench.do(SetTerms(shop_id=SHOP, supplier_code=CONSIGNOR, is_on_account=False, grade="C", staff="ann"))
    (line,) = sell(world, "A1")
    assert line.price is not None
    assert (line.grade, line.price.sale_minor, line.price.commission_minor, line.price.net_minor) == ("C", 100, 8, 92)
    world.bench.advance(days=DAYS - 1)
    assert line_of(world, "A1").status is LineStatus.PENDING
    world.bench.advance(days=1)
    assert line_of(world, "A1").status is LineStatus.DUE
    assert settlement(world).net_minor == 92
    assert sums(world)["due_minor"] == 92
    assert_rebuilds(world.bench)


def test_own_stock_and_prepaid_suppliers_have_no_lines() -> None:
    world = World("north", cards=1)
    world.buy("A1", "A2")
    world.deliver(world.number_of("A2"), "GAME-7777-AAAA-BBBB")
    world.bench.advance(days=30)
    assert all(row.kind != SaleLine.TOPIC for row in world.bench.store.events_after(0, 10_000))


def test_a_supplier_on_account_is_owed_its_price() -> None:
    world = World("north")
    world.bench.do(SetTerms(shop_id=SHOP, supplier_code="north", is_on_account=True, grade=None, staff="ann"))
    world.buy("A1")
    world.deliver(world.number_of("A1"), "GAME-7777-AAAA-BBBB")
    world.bench.advance(days=DAYS + 1)
    line = line_of(world, "A1")
    assert line.price is not None
    assert (line.price.sale_minor, line.price.net_minor, line.status) == (100, 100, LineStatus.DUE)


def test_own_stock_has_no_terms_and_a_grade_must_be_known() -> None:
    world = consigned()
    assert world.bench.do(SetTerms(shop_id=SHOP, supplier_code="own", is_on_account=True, grade=None, staff="ann")).status == 409
    assert world.bench.do(SetTerms(shop_id=SHOP, supplier_code=CONSIGNOR, is_on_account=False, grade="Z", staff="ann")).status == 422


def test_the_warranty_keeps_a_line_frozen_beyond_its_day() -> None:
    world = consigned()
    policy = AfterSalesPolicy(refund="none", warranty_days=30)
    assert world.bench.do(SetPolicy(shop_id=SHOP, product_code=PRODUCT, policy=policy)).status == 200
    sell(world, "A1")
    world.bench.advance(days=DAYS)
    assert (line_of(world, "A1").status, line_of(world, "A1").holds) == (LineStatus.FROZEN, ("warranty",))
    world.bench.advance(days=30 - DAYS)
    assert line_of(world, "A1").status is LineStatus.DUE
    assert sums(world)["frozen_minor"] == 0


@pytest.mark.parametrize("is_due", [False, True])
def test_a_claim_freezes_the_line_and_its_end_withholds_or_releases_it(is_due: bool) -> None:
    world = consigned()
    lines = sell(world, "A1", "A2")
    world.bench.advance(days=DAYS if is_due else 1)
    claims = []
    for line in lines:
        world.bench.do(RaiseClaim(card_id=line.card_id, reason="invalid_card", staff="ann"))
        claims.append(world.said("ClaimRaised")[-1])
    assert claims[0]["amount"] == {"amount_minor": 95, "currency": "CNY"}
    assert sums(world)["frozen_minor"] == 190
    world.bench.do(AnswerClaim(claim_id=UUID(claims[0]["claim_id"]), is_accepted=True, reason="ours", answered_by=CONSIGNOR))
    world.bench.do(AnswerClaim(claim_id=UUID(claims[1]["claim_id"]), is_accepted=False, reason="good", answered_by=CONSIGNOR))
    world.bench.do(DecideClaim(claim_id=UUID(claims[1]["claim_id"]), is_upheld=False, reason="good", staff="ann"))
    world.bench.advance(days=DAYS)
    assert [line_of(world, order).status for order in ("A1", "A2")] == [LineStatus.WITHHELD, LineStatus.DUE]
    assert (sums(world)["withheld_minor"], sums(world)["due_minor"]) == (95, 95)
    assert_rebuilds(world.bench)


def test_a_claim_after_the_pay_out_is_taken_from_the_deposit() -> None:
    world = consigned()
    (line,) = sell(world, "A1")
    world.bench.advance(days=DAYS)
    pay_out(world)
    top_up = EnterDeposit(
        shop_id=SHOP, supplier_code=CONSIGNOR, currency="CNY", key="k", kind="top_up", amount_minor=500, reason="bank", staff="ann"
    )
    world.bench.do(top_up)
    world.bench.do(RaiseClaim(card_id=line.card_id, reason="invalid_card", staff="ann"))
    world.bench.advance(hours=73)
    assert [each["balance_minor"] for each in world.said("DepositChanged")] == [500, 405]
    assert sums(world)["in_payout_minor"] == 95


def test_two_people_and_no_fewer_let_a_settlement_be_paid_and_it_is_paid_once() -> None:
    world = consigned()
    sell(world, "A1")
    world.bench.advance(days=DAYS)
    assert step(world, "approval") == 409
    assert step(world, "request", CONSIGNOR) == 200
    assert step(world, "approval", "ann") == 200
    assert step(world, "confirmation", "ann") == 409
    assert step(world, "confirmation", "bob") == 200
    paid = MarkPaid(settlement_id=settlement(world).id, reference="T-1", staff="bob")
    assert [world.bench.do(paid).status for _ in range(2)] == [200, 409]
    assert (settlement(world).status, settlement(world).reference) == (SettlementStatus.PAID, "T-1")
    sell(world, "A2")
    world.bench.advance(days=DAYS)
    assert settlement(world, 2).net_minor == 95
    assert (sums(world)["paid_minor"], sums(world)["due_minor"]) == (95, 95)
    assert step(world, "refusal", ordinal=2) == 409
    assert_rebuilds(world.bench)


def test_a_line_that_leaves_an_approved_settlement_has_it_approved_anew() -> None:
    world = consigned()
    lines = sell(world, "A1", "A2")
    world.bench.advance(days=DAYS)
    step(world, "request", CONSIGNOR)
    step(world, "approval", "ann")
    hold = HoldLine(line_id=lines[0].id, action="hold", reason="case", staff="ann")
    assert world.bench.do(hold).status == 200
    assert (settlement(world).status, settlement(world).net_minor) == (SettlementStatus.REQUESTED, 95)
    assert (sums(world)["frozen_minor"], sums(world)["in_payout_minor"]) == (95, 95)
    step(world, "approval", "ann")
    step(world, "confirmation", "bob")
    late = HoldLine(line_id=lines[1].id, action="hold", reason="case", staff="ann")
    assert world.bench.do(late).status == 409
    assert world.bench.do(HoldLine(line_id=lines[0].id, action="release", reason="case", staff="ann")).status == 200
    assert settlement(world, 2).net_minor == 95
    assert sums(world)["due_minor"] == 95


def test_a_card_that_its_buyer_does_not_get_after_all_is_not_paid_for_by_itself() -> None:
    world = consigned()
    sell(world, "A1")
    world.tell(world.failed("A1"))
    world.bench.advance(days=30)
    line = line_of(world, "A1")
    assert (line.status, line.holds) == (LineStatus.FROZEN, ("need-closed",))
    assert world.bench.do(HoldLine(line_id=line.id, action="withhold", reason="refunded", staff="ann")).status == 200
    assert sums(world)["withheld_minor"] == 95


def test_a_month_ends_a_settlement() -> None:
    world = consigned()
    sell(world, "A1")
    world.bench.advance(days=DAYS)
    world.bench.advance(days=30)
    sell(world, "A2")
    world.bench.advance(days=DAYS)
    assert (settlement(world).status, settlement(world, 2).status) == (SettlementStatus.CLOSED, SettlementStatus.OPEN)
    assert step(world, "request", CONSIGNOR) == 200


def test_an_unpriced_line_waits_for_a_person() -> None:
    world = consigned()
    world.tell(world.placed("A1"))
    paid = world.paid("A1")
    world.bench.do(SetTerms(shop_id=SHOP, supplier_code=CONSIGNOR, is_on_account=False, grade="A", staff="ann"))
    world.tell(paid)
    need = world.need("A1")
    assert need.unit_price == Money(100, "CNY")
    abroad = World("north")
    abroad.bench.do(SetTerms(shop_id=SHOP, supplier_code="north", is_on_account=True, grade=None, staff="ann"))
    abroad.offer("north", price=Money(5, "USDT"))
    abroad.buy("A1")
    abroad.deliver(abroad.number_of("A1"), "GAME-7777-AAAA-BBBB")
    abroad.bench.advance(days=DAYS + 1)
    line = line_of(abroad, "A1")
    assert line.status is LineStatus.UNPRICED
    pricing = PriceLine(line_id=line.id, sale=Money(100, "CNY"), commission_minor=30, staff="ann")
    assert [abroad.bench.do(pricing).status for _ in range(2)] == [200, 409]
    assert settlement(abroad, supplier_code="north").net_minor == 70


def test_a_sale_that_a_restore_lost_has_its_line_again_with_the_price_that_is_heard_again() -> None:
    world = consigned()
    world.tell(world.placed("A1"))
    backup = world.bench.store.copy()
    paid = world.record(world.paid("A1"))
    world.bench.commit(paid)
    world.bench.advance(seconds=1)
    world.bench.restore(backup)
    world.bench.advance(seconds=1)
    assert line_of(world, "A1").status is LineStatus.UNPRICED
    world.bench.commit(paid)
    world.bench.release()
    world.bench.advance(days=DAYS)
    assert settlement(world).net_minor == 95
    assert_rebuilds(world.bench)


def test_an_order_wider_than_a_unit_of_work_has_all_its_lines() -> None:
    world = consigned(45)
    world.tell(world.placed("A1", 45), world.paid("A1", 45))
    world.bench.advance(seconds=1)
    world.bench.advance(days=DAYS)
    assert len(settlement(world).lines) == 45
    assert sums(world)["sales_minor"] == 4_500


class Office:
    """A desk over a world with one settlement that is due."""

    def __init__(self) -> None:
        self.desk = MemoryDesk(inventory, InventorySettings())
        self.world = consigned()
        sell(self.world, "A1")
        self.world.bench.advance(days=DAYS)
        self.desk.bench, self.desk.store = self.world.bench, self.world.bench.store
        self.client = self.desk.client()
        scopes = frozenset({"settlements:read", "settlements:write", "settlements:pay"})
        self.ann, self.bob = (self.desk.admit(name, Principal(name, "staff", scopes)) for name in ("ann", "bob"))
        self.lee = self.desk.admit(CONSIGNOR, Principal(CONSIGNOR, SUPPLIER_KIND, shop_ids=frozenset({SHOP})))
        self.other = self.desk.admit("other", Principal("other", SUPPLIER_KIND, shop_ids=frozenset({SHOP})))

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.desk.refresh_views()
        return await self.client.request(method, path, json=body, headers=headers)


async def test_a_consignor_sees_its_settlement_asks_to_be_paid_and_two_people_pay() -> None:
    office = Office()
    (listed,) = (await office.call("GET", "/settlements", **office.lee)).json()["settlements"]
    path = f"/settlements/{listed['settlement_id']}"
    assert (await office.call("GET", "/settlements", **office.other)).json()["settlements"] == []
    assert (await office.call("GET", path, **office.other)).status_code == 404
    assert (await office.call("POST", f"{path}/payout-request", **office.other)).status_code == 404
    assert (await office.call("POST", f"{path}/payout-request", **office.lee)).json()["status"] == "requested"
    assert (await office.call("POST", f"{path}/payout-approval", **office.lee)).status_code == 403
    assert (await office.call("POST", f"{path}/payout-approval", **office.ann)).status_code == 200
    assert (await office.call("POST", f"{path}/payout-confirmation", **office.ann)).json()["code"] == "settlement-second-person-needed"
    assert (await office.call("POST", f"{path}/payout-confirmation", **office.bob)).status_code == 200
    assert (await office.call("POST", f"{path}/payment", {"reference": "T-1"}, **office.bob)).json()["status"] == "paid"
    checked = (await office.call("GET", f"/settlements/check?shop_id={SHOP}", **office.ann)).json()
    assert checked["settlement_difference"] == 0
    assert checked["accounts"][0]["paid_minor"] == 95


async def test_a_statement_is_json_or_csv() -> None:
    office = Office()
    path = f"/settlements/{settlement(office.world).id}"
    statement = (await office.call("GET", path, **office.lee)).json()
    assert (statement["net_minor"], len(statement["lines"])) == (95, 1)
    text = (await office.call("GET", path, accept="text/csv", **office.lee)).content.decode("utf-8-sig")
    names, row = (each.split(",") for each in text.splitlines())
    assert dict(zip(names, row, strict=True))["net"] == "0.95"
    frozen = await office.call("GET", f"/settlements/lines?supplier_code={CONSIGNOR}&status=due&shop_id={SHOP}", **office.ann)
    assert [each["order_number"] for each in frozen.json()["lines"]] == ["A1"]
    assert office.world.bench.now - timedelta(days=DAYS) > line_of(office.world, "A1").sold_at - timedelta(minutes=1)
