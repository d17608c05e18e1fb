"""`POST /orders` and `POST /orders/taken-over` over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chassis.vault import Sealed
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, product_listed, the_order

BODY: dict[str, Any] = {
    "order_number": NUMBER,
    "lines": [{"product_code": "steam-50", "quantity": 2, "unit_price": {"amount_minor": 1_250, "currency": "CNY"}}],
    "contact": "Buyer@Example.org",
    "buyer": {"ip": "203.0.113.9", "device": "CANARY-DEVICE"},
}


def changed(**values: Any) -> dict[str, Any]:
    return {**BODY, **values}


async def test_an_order_is_placed_with_the_sum_of_its_lines(desk: MemoryDesk, shop: dict[str, str]) -> None:
    async with desk.client() as client:
        answer = await client.post("/orders", json=BODY, headers=shop)
    assert answer.status_code == 201
    assert answer.json()["amount"] == {"amount_minor": 2_500, "currency": "CNY"}
    assert answer.json()["order_id"] == str(the_order(desk.bench).id)
    assert the_order(desk.bench).is_taken_over is False


async def test_contact_and_origin_are_only_in_the_vault(desk: MemoryDesk, shop: dict[str, str]) -> None:
    async with desk.client() as client:
        answer = await client.post("/orders", json=BODY, headers=shop)
    order = the_order(desk.bench)
    assert order.contact_reference is not None
    assert order.origin_reference is not None
    rows = {row.kind: row for row in desk.store.vault([order.contact_reference, order.origin_reference])}
    contact = rows["contact"]
    assert desk.vault.open(Sealed(*contact[:6])) == b"Buyer@Example.org"
    assert msgspec.json.decode(desk.vault.open(Sealed(*rows["origin"][:6]))) == BODY["buyer"]
    assert order.contact_fingerprint == desk.fingerprints.of("contact", "buyer@example.org")
    stored = repr(desk.store.events_after(0, 100)) + repr(desk.store.tables.inbox) + answer.text
    for canary in ("Buyer@Example", "buyer@example", "203.0.113.9", "CANARY-DEVICE"):
        assert canary not in stored


async def test_the_same_order_may_be_sent_again_with_and_without_a_key(desk: MemoryDesk, shop: dict[str, str]) -> None:
    keyed = {**shop, "idempotency-key": "once"}
    async with desk.client() as client:
        answers = [await client.post("/orders", json=BODY, headers=headers) for headers in (shop, shop, keyed, keyed)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert answers[3].headers["idempotent-replayed"] == "true"
    assert desk.bench.said_names() == ["OrderPlaced"]
    assert len(desk.store.tables.vault) == 2


async def test_the_number_of_another_order_and_a_key_of_another_request_are_refused(desk: MemoryDesk, shop: dict[str, str]) -> None:
    other = changed(contact="somebody@else.org")
    async with desk.client() as client:
        await client.post("/orders", json=BODY, headers={**shop, "idempotency-key": "once"})
        taken = await client.post("/orders", json=other, headers=shop)
        reused = await client.post("/orders", json=other, headers={**shop, "idempotency-key": "once"})
    assert (taken.status_code, taken.json()["code"]) == (409, "order-number-taken")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency-key-reused")
    assert taken.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "T1"}], ids=["without a key", "with its key"])
async def test_a_refusal_for_an_unlisted_product_does_not_stick(desk: MemoryDesk, shop: dict[str, str], key: dict[str, str]) -> None:
    body = changed(lines=[{"product_code": "office", "unit_price": {"amount_minor": 100, "currency": "CNY"}}])
    async with desk.client() as client:
        refused = await client.post("/orders", json=body, headers={**shop, **key})
        desk.bench.tell(product_listed("office"))
        placed = await client.post("/orders", json=body, headers={**shop, **key})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-product")
    assert "idempotent-replayed" not in placed.headers
    assert placed.status_code == 201


async def test_an_order_of_another_shop_is_taken_over(desk: MemoryDesk, shop: dict[str, str]) -> None:
    async with desk.client() as client:
        answer = await client.post("/orders/taken-over", json=BODY, headers=shop)
    assert (answer.status_code, answer.json()["is_taken_over"]) == (201, True)
    assert desk.bench.said[-1][1]["is_taken_over"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        changed(order_number=""),
        changed(order_number="a&b=c"),
        changed(order_number="x" * 65),
        changed(lines=[]),
        changed(lines=[{"product_code": "steam-50", "quantity": 0, "unit_price": {"amount_minor": 1, "currency": "CNY"}}]),
        changed(lines=[{"product_code": "steam-50", "unit_price": {"amount_minor": -1, "currency": "CNY"}}]),
        changed(lines=[{"product_code": "steam-50", "unit_price": {"amount_minor": 1.5, "currency": "CNY"}}]),
        changed(lines=[{"product_code": "steam-50", "unit_price": {"amount_minor": 1, "currency": "XXX"}}]),
        changed(lines=[BODY["lines"][0], {"product_code": "steam-50", "unit_price": {"amount_minor": 1, "currency": "USD"}}]),
        changed(lines=[{"product_code": "a\x00", "unit_price": {"amount_minor": 1, "currency": "CNY"}}]),
        changed(contact=""),
        changed(contact=" \u200b "),
        changed(surprise=1),
    ],
)
async def test_a_body_that_does_not_fit_is_a_clear_problem_and_records_nothing(
    desk: MemoryDesk, shop: dict[str, str], body: dict[str, Any]
) -> None:
    async with desk.client() as client:
        answer = await client.post("/orders", json=body, headers=shop)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]
    assert desk.bench.said == []


async def test_what_is_not_json_is_a_clear_problem(desk: MemoryDesk, shop: dict[str, str]) -> None:
    async with desk.client() as client:
        answer = await client.post("/orders", content=b"\xff{", headers=shop)
    assert answer.status_code == 422


async def test_a_full_queue_asks_to_come_again(desk: MemoryDesk, shop: dict[str, str]) -> None:
    desk.is_full = True
    async with desk.client() as client:
        answer = await client.post("/orders", json=BODY, headers=shop)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
