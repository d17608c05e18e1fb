"""The status page: what it says, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx2
import msgspec

from chassis.store.memory import MemoryStore
from redress.composition import SERVICES
from redress.status import SHOWN_ALERTS, status_app
from services.inventory.sourcing.views import Needs, needs_prefix
from services.order.views import Doubts, ManualQueue, Orders
from tests.redress.alarmed import Alarmed

SHOP = "main"
AT = "2026-01-01T00:00:00+00:00"


def _node(name: str, store: MemoryStore, **changes: Any) -> Any:
    status = {
        "service": name,
        "is_writer": True,
        "is_live": True,
        "is_ready": True,
        "reasons": [],
        "waiting_units": 0,
        "relay_lag": 0,
        "sources": {"other": {"filling_slots": 2, "stopped_slots": 0}},
        "parked": 0,
        "unreleased_epoch": None,
        **changes,
    }
    return SimpleNamespace(service=SimpleNamespace(name=name), store=store, status=lambda: dict(status))


def _stores(**units: str) -> tuple[MemoryStore, MemoryStore]:
    """An order's and an inventory's store with one order for each name, in the state given for its unit."""
    order, inventory = MemoryStore(), MemoryStore()
    puts = {
        number: (
            f"{SHOP}/{AT}/{number}",
            msgspec.json.encode(
                {
                    "order_number": number,
                    "shop_id": SHOP,
                    "state": "paid",
                    "products": ["game"],
                    "amount": {"amount_minor": 2_550, "currency": "CNY"},
                    "placed_at": AT,
                    "units": [{"state": state, "delivery_milliseconds": 1_234}],
                }
            ),
        )
        for number, state in units.items()
    }
    order.fold_view(Orders.NAME, 0, 1, puts)
    failed = {"order_number": "F", "line": 1, "unit": 1, "product_code": "game", "reason": "late_no_stock", "failed_at": AT}
    if "F" in units:
        order.fold_view(ManualQueue.NAME, 0, 1, {"F/1/1": (f"{SHOP}/{AT}/F", msgspec.json.encode(failed))})
    stuck = {"order_number": "S", "line": 1, "unit": 1, "product_code": "game", "reason": "supplier_silent", "changed_at": AT}
    if "S" in units:
        inventory.fold_view(Needs.NAME, 0, 1, {"S": (needs_prefix(SHOP, "manual") + AT, msgspec.json.encode(stuck))})
    return order, inventory


async def test_alerts_are_shown_with_their_commands_and_all_is_not_well() -> None:
    house = Alarmed()
    house.happened("inventory.Supplier.Suspended@2", shop_id=SHOP)
    house.happened("inventory.CardBatch.Stopped", shop_id=SHOP, batch_id="b 1")
    page = await _get("/", [_node(name, store) for name, store in house.stores.items()])
    assert "2 alerts that nobody has mended or seen yet" in page.text
    assert "All is well." not in page.text
    assert "<title>Redress · 1 to look at</title>" in page.text
    assert "south gets no new orders" in page.text
    assert "<code>redress mend batch &#39;b 1&#39; --release --shop main</code>" in page.text


async def test_more_alerts_than_are_shown_are_counted() -> None:
    house = Alarmed()
    for number in range(SHOWN_ALERTS + 2):
        house.happened("inventory.Supplier.RanLow", shop_id=SHOP, supplier_code=f"s{number}")
    page = await _get("/", [_node(name, store) for name, store in house.stores.items()])
    assert "and 2 more: <code>redress alerts</code>" in page.text


async def test_the_page_says_its_language_fits_a_phone_and_can_do_without_scripts() -> None:
    order, inventory = _stores()
    page = await _get("/", [_node("order", order), _node("inventory", inventory)])
    assert '<html lang="en">' in page.text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text


async def _get(path: str, nodes: list[Any], host: str = "127.0.0.1", called: str = "localhost:8000") -> httpx2.Response:
    silent = [_node(name, MemoryStore()) for name in SERVICES if name not in {each.service.name for each in nodes}]
    transport = httpx2.ASGITransport(status_app([*nodes, *silent], [SHOP]), client=(host, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{called}") as client:
        return await client.get(path)


async def test_an_untroubled_house_says_so() -> None:
    order, inventory = _stores(A="revealed")
    page = await _get("/", [_node("order", order), _node("inventory", inventory)])
    assert page.status_code == 200
    assert "All is well." in page.text
    assert "25.50 CNY" in page.text
    assert "1.23 s" in page.text


async def test_what_waits_for_a_person_is_said_first_from_both_services() -> None:
    order, inventory = _stores(F="failed", S="pending")
    page = await _get("/", [_node("order", order), _node("inventory", inventory, parked=2)])
    assert "2 matters wait for a person" in page.text
    assert "inventory: 2 parked" in page.text
    assert "late no stock" in page.text
    assert "supplier silent" in page.text


async def test_a_payment_in_doubt_waits_for_a_person_too() -> None:
    order, inventory = _stores()
    doubt = {"order_number": "D", "shop_id": SHOP, "reason": "not_askable", "doubted_at": AT}
    order.fold_view(Doubts.NAME, 0, 1, {"D": (f"{SHOP}/{AT}/D", msgspec.json.encode(doubt))})
    page = await _get("/", [_node("order", order), _node("inventory", inventory)])
    assert "1 matter waits for a person" in page.text
    assert "not askable" in page.text
    assert "the payment" in page.text


async def test_commands_are_set_as_such() -> None:
    order, inventory = _stores()
    page = await _get("/", [_node("order", order, unreleased_epoch=2), _node("inventory", inventory)])
    assert "order: restored (epoch 2); see <code>redress lost</code>, then <code>redress release</code>" in page.text


async def test_a_stuck_service_is_told_with_its_reason() -> None:
    order, inventory = _stores()
    reasons = ["writer: <b>stands</b> still"]
    page = await _get("/", [_node("order", order, is_live=False, is_ready=False, reasons=reasons), _node("inventory", inventory)])
    assert "order: writer: &lt;b&gt;stands&lt;/b&gt; still" in page.text
    assert "No order yet." in page.text


async def test_figures_come_as_json_too() -> None:
    order, inventory = _stores(A="delivered")
    figures = (await _get("/status.json", [_node("order", order), _node("inventory", inventory)])).json()
    assert [each["state"] for each in figures["orders"]] == ["delivered"]
    assert datetime.fromisoformat(figures["now"]).tzinfo == UTC


async def test_only_this_machine_may_look() -> None:
    order, inventory = _stores(A="delivered")
    for path in ("/", "/status.json"):
        reply = await _get(path, [_node("order", order), _node("inventory", inventory)], host="203.0.113.7")
        assert reply.status_code == 403
        assert "A" not in reply.text.split("\n")[1:]


async def test_a_page_from_elsewhere_whose_name_was_made_to_lead_here_is_shown_nothing() -> None:
    order, inventory = _stores(A="revealed")
    nodes = [_node("order", order), _node("inventory", inventory)]
    for called, status in (("evil.example", 403), ("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("localhost", 200)):
        assert (await _get("/status.json", nodes, called=called)).status_code == status, called
