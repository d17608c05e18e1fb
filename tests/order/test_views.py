"""Views and indexes: what they show, and that a rebuild from the log gives the same."""

from __future__ import annotations

from typing import Any

import msgspec

from chassis.index import Put
from services.order.domain.lines import UnitKey
from services.order.indexes import ContactProofs, proof_key
from services.order.service import order as order_service
from services.order.views import FEWEST_SAMPLES, SAMPLE_COUNT, DeliveryDigest, ManualQueue, Orders, delivery_p95
from tests.desk import fold_views
from tests.harness import Bench
from tests.order.builders import (
    PRODUCT,
    SHOP,
    a_bench,
    a_line,
    allocated,
    amount_of,
    exhausted,
    opened,
    pay,
    place,
)


def documents(bench: Bench, view: str, prefix: str = "") -> list[dict[str, Any]]:
    fold_views(order_service, bench.store)
    return [msgspec.json.decode(document) for _, document in bench.store.view_rows(view, prefix)]


def deliver(bench: Bench, number: str, milliseconds: int) -> None:
    place(bench, number)
    pay(bench, number, trade_number=f"T-{number}")
    bench.advance(milliseconds=milliseconds)
    bench.tell(allocated(card=number, number=number))


def a_busy_bench() -> Bench:
    bench = a_bench()
    lines = (a_line(quantity=2),)
    place(bench, "K1", lines=lines)
    bench.advance(seconds=1)
    place(bench, "K2")
    pay(bench, "K1", amount=amount_of(lines))
    pay(bench, "K1", amount=amount_of(lines), trade_number="T2")
    bench.advance(seconds=6)
    bench.tell(allocated(number="K1"), opened(number="K1"), exhausted(UnitKey(1, 2), number="K1"))
    bench.advance(minutes=20)
    return bench


def test_the_orders_of_a_shop_are_listed_newest_first_with_their_units() -> None:
    bench = a_busy_bench()
    newest, oldest = documents(bench, Orders.NAME, f"{SHOP}/")
    assert (newest["order_number"], newest["state"]) == ("K2", "expired")
    assert (oldest["state"], oldest["outcome"], oldest["second_payment_count"]) == ("paid", "partly_delivered", 1)
    assert [(unit["state"], unit.get("asked_count")) for unit in oldest["units"]] == [("revealed", 2), ("failed", 2)]
    assert oldest["units"][0]["delivery_milliseconds"] == 6_000
    assert documents(bench, Orders.NAME, "sho/") == []


def test_a_failed_unit_waits_in_the_manual_queue() -> None:
    (unit,) = documents(a_busy_bench(), ManualQueue.NAME)
    assert (unit["order_number"], unit["unit"], unit["reason"]) == ("K1", 2, "sourcing_exhausted")


def test_views_folded_in_steps_equal_views_rebuilt_from_the_log() -> None:
    bench = a_bench()
    for number in ("K1", "K2", "K3"):
        deliver(bench, number, 100)
        fold_views(order_service, bench.store)
    live = {view.NAME: bench.store.view_rows(view.NAME) for view in order_service.views}
    for view in order_service.views:
        bench.store.drop_view(view.NAME)
    fold_views(order_service, bench.store)
    assert {view.NAME: bench.store.view_rows(view.NAME) for view in order_service.views} == live


def test_the_index_rebuilt_from_the_log_equals_the_live_one() -> None:
    bench = a_busy_bench()
    rebuilt = {}
    for row in bench.store.events_after(0, 1_000):
        event = order_service.codec.decode(row)
        if type(event) in ContactProofs.events:
            order = bench.aggregate(event.originator_id)
            rebuilt.update({change.row_id: change.key for change in ContactProofs.fold(event, order) if isinstance(change, Put)})
    assert {row.row_id: row.key for row in bench.store.index_rows(ContactProofs.NAME)} == rebuilt
    assert set(rebuilt.values()) == {proof_key(SHOP, number, "v1:contact") for number in ("K1", "K2")}


def test_the_usual_time_needs_enough_deliveries_and_is_the_95th_percentile() -> None:
    bench = a_bench()
    for number in range(FEWEST_SAMPLES - 1):
        deliver(bench, f"K{number}", 100)
    fold_views(order_service, bench.store)
    assert delivery_p95(bench.store) == {}
    deliver(bench, "K-slow", 3_000)
    fold_views(order_service, bench.store)
    assert delivery_p95(bench.store) == {f"{SHOP}/{PRODUCT}": 100}
    deliver(bench, "K-slow-2", 4_000)
    fold_views(order_service, bench.store)
    assert delivery_p95(bench.store) == {f"{SHOP}/{PRODUCT}": 3_000}


def test_the_digest_remembers_the_newest_deliveries_only() -> None:
    bench = a_bench()
    for number in range(SAMPLE_COUNT + 3):
        deliver(bench, f"K{number}", number)
    (digest,) = documents(bench, DeliveryDigest.NAME)
    assert len(digest["milliseconds"]) == SAMPLE_COUNT
    assert digest["milliseconds"][0] == 3
