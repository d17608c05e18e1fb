"""Figures are exact, of several services on one page, and no label can be made up."""

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from chassis.metrics import BreakerState, Metrics, UnitKind, UnitResult, metrics_route, metrics_text


def samples(*services: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample of the page by name and label values."""
    families = list(text_string_to_metric_families(metrics_text(services).decode()))
    assert len({family.name for family in families}) == len(families)
    return {(sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples}


def test_each_figure_stands_under_its_name_and_service() -> None:
    order = Metrics("order", sources=["inventory"], targets=["alipay"])
    order.count_units(UnitKind.MESSAGE, UnitResult.COMMITTED, 3)
    order.observe_group(unit_count=3, decide_seconds=0.002, commit_seconds=0.004)
    order.set_lag("inventory", 17)
    order.set_heads_behind("inventory", 2)
    order.set_relay_lag(5)
    order.set_oldest_timer(1.5)
    order.set_oldest_intent(2.5)
    order.set_parked(4)
    order.set_breaker("alipay", BreakerState.OPEN)
    found = samples(order)
    assert found["redress_units_total", "committed", "message", "order"] == 3
    assert found["redress_units_total", "order", "parked", "timer"] == 0
    assert found["redress_lag_records", "inventory", "order"] == 17
    assert found["redress_heads_behind_slots", "inventory", "order"] == 2
    assert found["redress_relay_lag_records", "order"] == 5
    assert found["redress_oldest_timer_seconds", "order"] == 1.5
    assert found["redress_oldest_intent_seconds", "order"] == 2.5
    assert found["redress_parked_records", "order"] == 4
    assert found["redress_breaker_state", "alipay", "order"] == 1
    assert found["redress_group_units_sum", "order"] == 3
    assert found["redress_decide_seconds_bucket", "0.0025", "order"] == 1
    assert found["redress_commit_seconds_bucket", "0.0025", "order"] == 0


def test_services_of_one_process_share_a_page() -> None:
    order, refund = Metrics("order"), Metrics("refund")
    order.set_parked(1)
    refund.set_parked(2)
    found = samples(order, refund)
    assert found["redress_parked_records", "order"] == 1
    assert found["redress_parked_records", "refund"] == 2


def test_a_label_nobody_named_at_start_is_a_bug() -> None:
    with pytest.raises(AssertionError) as caught:
        Metrics("order", sources=["inventory"]).set_lag("CANARY5d1e9", 1)
    assert "CANARY" not in str(caught.value)


async def test_the_page_is_served_as_prometheus_expects() -> None:
    app = Starlette(routes=[metrics_route([Metrics("order")])])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://redress") as client:
        response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert b"redress_units_total" in response.content
