"""Cancelling an unpaid order, and following a shop's orders by a cursor."""

from __future__ import annotations

from typing import Any

from chassis.tokens import Principal
from services.order.domain.order_state import OrderState
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, a_line, allocated, pay, place, the_order


async def ask(desk: MemoryDesk, method: str, path: str, headers: dict[str, str]) -> Any:
    async with desk.client() as client:
        return await client.request(method, path, headers=headers)


async def test_an_unpaid_order_is_cancelled_and_lapses_at_once(desk: MemoryDesk, shop: dict[str, str]) -> None:
    place(desk.bench)
    answer = await ask(desk, "POST", f"/orders/{NUMBER}/cancellation", shop)
    assert (answer.status_code, answer.json()) == (202, {"order_number": NUMBER, "state": "placed"})
    assert desk.bench.advance(seconds=0) == 1
    assert the_order(desk.bench).state is OrderState.EXPIRED
    assert desk.bench.said_names()[-1] == "OrderExpired"
    before = desk.store.last_log_id()
    again = await ask(desk, "POST", f"/orders/{NUMBER}/cancellation", shop)
    assert (again.status_code, again.json()["state"]) == (202, "expired")
    assert desk.store.last_log_id() == before
    assert desk.bench.advance(hours=1) == 0, "the old deadline is gone"
    assert (await ask(desk, "GET", f"/orders/{NUMBER}", shop)).json()["is_cancelled"] is True


async def test_a_payment_between_the_cancelling_and_the_lapse_counts(desk: MemoryDesk, shop: dict[str, str]) -> None:
    place(desk.bench)
    await ask(desk, "POST", f"/orders/{NUMBER}/cancellation", shop)
    pay(desk.bench)
    desk.bench.advance(seconds=0)
    assert the_order(desk.bench).state is OrderState.PAID


async def test_a_paid_order_is_not_cancelled_and_an_unknown_one_not_found(desk: MemoryDesk, shop: dict[str, str]) -> None:
    place(desk.bench)
    pay(desk.bench)
    refused = await ask(desk, "POST", f"/orders/{NUMBER}/cancellation", shop)
    assert (refused.status_code, refused.json()["code"]) == (409, "order-paid-already")
    assert (await ask(desk, "POST", "/orders/K9/cancellation", shop)).status_code == 404
    other = desk.admit("other", Principal("other", "shop", frozenset({"orders:write"})))
    assert (await ask(desk, "POST", f"/orders/{NUMBER}/cancellation", other)).status_code == 404


async def test_a_cursor_gives_each_changed_order_once_and_nothing_of_another_shop(desk: MemoryDesk, shop: dict[str, str]) -> None:
    place(desk.bench, "K0")
    desk.refresh_views()
    cursor = (await ask(desk, "GET", "/orders/changes", shop)).json()["cursor"]
    place(desk.bench, "K1", lines=(a_line(),))
    pay(desk.bench, "K1")
    behind = (await ask(desk, "GET", f"/orders/changes?after={cursor}", shop)).json()
    assert behind["orders"] == [], "the view has not seen it yet"
    desk.refresh_views()
    page = (await ask(desk, "GET", f"/orders/changes?after={behind['cursor']}", shop)).json()
    assert [(each["order_number"], each["state"]) for each in page["orders"]] == [("K1", "paid")]
    assert page["is_last"] is True
    desk.bench.tell(allocated(number="K1"))
    desk.refresh_views()
    then = (await ask(desk, "GET", f"/orders/changes?after={page['cursor']}", shop)).json()
    assert [each["units"][0]["state"] for each in then["orders"]] == ["delivered"]
    assert (await ask(desk, "GET", f"/orders/changes?after={then['cursor']}", shop)).json()["orders"] == []
    other = desk.admit("other", Principal("other", "shop", frozenset({"orders:read"})))
    assert (await ask(desk, "GET", "/orders/changes", other)).json()["orders"] == []
    assert (await ask(desk, "GET", f"/orders/changes?after={cursor}", other)).status_code == 409, "it is sealed for the other shop"


async def test_a_cursor_that_nobody_was_given_is_refused(desk: MemoryDesk, shop: dict[str, str]) -> None:
    good = (await ask(desk, "GET", "/orders/changes", shop)).json()["cursor"]
    assert (await ask(desk, "GET", f"/orders/changes?after={good}", shop)).status_code == 200
    for cursor in ("2.5", "nonsense", "1.", good[:-4], good[:30] + "AAAA" + good[34:], "A" * 200):
        answer = await ask(desk, "GET", f"/orders/changes?after={cursor}", shop)
        assert (answer.status_code, answer.json()["code"]) == (409, "cursor-outdated")
