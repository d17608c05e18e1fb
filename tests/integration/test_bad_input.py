"""Bad input from outside, end to end on real servers: each gets a clear answer, and nothing is lost over it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from chassis.runtime.node import Node
from tests.integration.the_house import (
    FOREIGN_KEY,
    NOTICES,
    PRODUCT,
    SHOP,
    House,
    a_notice,
    an_order,
    fresh_number,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBLEM = "application/problem+json"
PRICE = {"amount_minor": 2_500, "currency": "CNY"}
LANE_LIMIT = 5


# payment notices


def malformed(number: str) -> list[tuple[bytes, str, bool]]:
    """Bodies that are no notice, each with the field at fault and whether it names the order."""
    sound = a_notice(number)
    encoded = urlencode(sound).encode()
    without = {name: urlencode(a_notice(number, **{name: ""})).encode() for name in ("trade_no", "total_amount", "trade_status")}
    return [
        (b"", "sign", False),
        (b"\xff\xfe\x00", "body", False),
        (b"hello", "body", False),
        (b"PK\x03\x04\x00\x00garbage=1;", "sign", False),
        (urlencode({**sound, "subject": "卡密"}, encoding="gbk").encode(), "body", False),
        (encoded + b"&out_trade_no=other", "out_trade_no", False),
        (b"&".join(b"a%d=1" % count for count in range(101)), "body", False),
        (f"out_trade_no={number}".encode(), "sign", True),
        (urlencode({**sound, "sign_type": "RSA"}).encode(), "sign_type", True),
        (urlencode(a_notice(number, total_amount="1e3")).encode(), "total_amount", True),
        (urlencode(a_notice(number, total_amount="-25.00")).encode(), "total_amount", True),
        (urlencode(a_notice(number, gmt_payment="0000-00-00 00:00:00")).encode(), "gmt_payment", True),
        (urlencode(a_notice(number, trade_status="PAID")).encode(), "trade_status", True),
        *((body, name, True) for name, body in without.items()),
    ]


async def test_a_malformed_notice_is_told_its_field_and_a_true_one_still_pays(home: House) -> None:
    number = fresh_number()
    assert (await home.place(number)).status_code == 201
    cases = malformed(number)
    for body, field, _ in cases:
        answer = await home.notify(body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["field"]) == (400, "malformed-notice", field), body[:80]
        assert answer.headers["content-type"] == PROBLEM
    assert await home.state(number) == "placed"
    recorded = [each["reason"] for each in await home.said("order", "PaymentRejected") if each["order_number"] == number]
    assert recorded == ["malformed_notice"] * sum(names_order for _, _, names_order in cases)
    assert (await home.tell(number)).content == b"success"
    assert await home.state(number) != "placed"


async def test_a_forged_or_mismatched_notice_is_refused_and_recorded_and_a_true_one_still_pays(home: House) -> None:
    number = fresh_number()
    assert (await home.place(number)).status_code == 201
    changes: list[tuple[dict[str, Any], str]] = [
        ({"key": FOREIGN_KEY}, "forged_notice"),
        ({"app_id": "2021000000000009"}, "wrong_app"),
        ({"seller_id": "2088000000000009"}, "wrong_seller"),
        ({"total_amount": "24.99"}, "wrong_amount"),
        ({"total_amount": "2500"}, "wrong_amount"),
    ]
    for changed, reason in changes:
        for _ in range(2):
            answer = await home.tell(number, **changed)
            assert (answer.status_code, answer.content, answer.headers["redress-reason"]) == (400, b"fail", reason)
    assert await home.state(number) == "placed"
    recorded = [each["reason"] for each in await home.said("order", "PaymentRejected") if each["order_number"] == number]
    assert recorded == [reason for _, reason in changes], "each once, however often it came"
    assert (await home.tell(number)).content == b"success"
    assert await home.state(number) != "placed"


async def test_a_notice_of_an_order_that_comes_later_is_refused_until_then(home: House) -> None:
    number = fresh_number()
    for _ in range(2):
        answer = await home.tell(number)
        assert (answer.status_code, answer.headers["redress-reason"]) == (400, "unknown_order")
    assert (await home.place(number)).status_code == 201
    assert (await home.tell(number)).content == b"success"
    recorded = [each["reason"] for each in await home.said("order", "PaymentRejected") if each["order_number"] == number]
    assert recorded == ["unknown_order"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/notices/wechat/{SHOP}", "unknown-provider"),
        (f"/notices/epay/{SHOP}", "unknown-provider"),
        ("/notices/%00%ff/shop", "unknown-provider"),
        ("/notices/alipay/nobody", "unknown-shop"),
        ("/notices/alipay/%00", "unknown-shop"),
        ("/notices/alipay", "unknown-route"),
    ],
)
async def test_a_provider_or_shop_that_nobody_knows_is_told_so(home: House, path: str, code: str) -> None:
    answer = await home.notify(urlencode(a_notice(fresh_number())).encode(), path)
    assert (answer.status_code, answer.json()["code"], answer.headers["content-type"]) == (404, code, PROBLEM)


async def test_a_body_beyond_all_measure_is_refused_with_and_without_a_length(home: House) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b"x" * 65_536

    for content in (b"x" * 2_097_152, in_pieces()):
        answer = await home.stranger.post(NOTICES, content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


# orders


def lines(**changed: Any) -> dict[str, Any]:
    return {"lines": [{"product_code": PRODUCT, "quantity": 1, "unit_price": PRICE, **changed}]}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (lines(product_code="nothing-of-the-kind"), "unknown-product"),
        (lines(product_code="a\0b"), "invalid-request"),
        (lines(product_code=PRODUCT + "\n"), "invalid-request"),
        (lines(quantity=0), "invalid-request"),
        (lines(quantity=-1), "invalid-request"),
        (lines(quantity=10**30), "invalid-request"),
        (lines(quantity="1"), "invalid-request"),
        (lines(quantity=41), "too-many-units"),
        (lines(quantity=1.5), "invalid-request"),
        (lines(unit_price={"amount_minor": 2**53, "currency": "CNY"}), "invalid-request"),
        (lines(unit_price={"amount_minor": 2**53 - 1, "currency": "CNY"}, quantity=2), "invalid-request"),
        (lines(unit_price={"amount_minor": -1, "currency": "CNY"}), "invalid-request"),
        (lines(unit_price={"amount_minor": 1, "currency": "XYZ"}), "invalid-request"),
        (lines(unit_price={"amount_minor": 1, "currency": "CNY\n"}), "invalid-request"),
        (lines(unit_price={"amount_minor": 0, "currency": "CNY"}), "unfit-order-amount"),
        ({"amount": {"amount_minor": 2_500, "currency": "USD"}}, "unfit-order-amount"),
        ({"amount": {"amount_minor": 0, "currency": "CNY"}}, "unfit-order-amount"),
        ({"lines": []}, "invalid-request"),
        ({"lines": lines()["lines"] * 41}, "invalid-request"),
        ({"contact": ""}, "invalid-request"),
        ({"contact": " \u200b "}, "invalid-request"),
        ({"contact": "x" * 10_000}, "invalid-request"),
        ({"contact": None}, "invalid-request"),
        ({"order_number": ""}, "invalid-request"),
        ({"order_number": "A1\n"}, "invalid-request"),
        ({"order_number": "A\0" + "1"}, "invalid-request"),
        ({"order_number": "🎴"}, "invalid-request"),
        ({"order_number": "A" * 500}, "invalid-request"),
        ({"order_number": "../ops"}, "invalid-request"),
        ({"surprise": 1}, "invalid-request"),
    ],
)
async def test_an_order_that_cannot_be_taken_is_a_clear_problem(home: House, changed: dict[str, Any], code: str) -> None:
    placed_before = len(await home.said("order", "OrderPlaced"))
    answer = await home.order.post("/orders", json={**an_order(fresh_number()), **changed})
    told = answer.json()
    assert (answer.status_code, told["code"], answer.headers["content-type"]) == (422, code, PROBLEM), told
    assert len(await home.said("order", "OrderPlaced")) == placed_before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"null",
        b"[]",
        b'{"order_number":',
        b"order_number=K1&contact=x",
        b'{"order_number": "\xff"}',
        '{"contact": "卡密"}'.encode("gbk"),
        '{"order_number": "K1"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"order_number": ' + b"[" * 100_000,
        b'{"surprise": ' + b'{"a": ' * 100_000,
        b'{"order_number": ' + b"9" * 10_000 + b"}",
    ],
    ids=lambda content: repr(content[:20]),
)
async def test_a_body_that_is_no_request_is_a_clear_problem_on_every_route(home: House, content: bytes) -> None:
    for client, method, path in (
        (home.order, "POST", "/orders"),
        (home.order, "POST", "/orders/taken-over"),
        (home.stranger, "POST", "/orders/lookup"),
        (home.inventory, "POST", "/products"),
        (home.inventory, "POST", "/suppliers"),
        (home.inventory, "PUT", f"/products/{PRODUCT}/sources/own"),
        (home.inventory, "PUT", "/suppliers/own/suspension"),
        (home.inventory, "PUT", "/suppliers/own/terms"),
        (home.inventory, "POST", "/batches/b/chunks"),
        (home.inventory, "POST", "/batches/b/completion"),
        (home.inventory, "POST", "/vault/open"),
        (home.peer, "POST", "/internal/commands"),
    ):
        answer = await client.request(method, path, content=content, headers={"content-type": "text/plain"})
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), (path, answer.text)
        assert answer.json()["errors"], path


async def test_names_that_no_record_can_carry_are_refused_by_the_inventory(home: House) -> None:
    listing = {"shop_id": SHOP, "product_code": "p", "name": "n"}
    chunk = {"shop_id": SHOP, "product_code": PRODUCT, "supplier_code": "own", "chunk_number": 1, "cards": []}
    asked: list[tuple[str, str, Any]] = [
        *(("POST", "/products", {**listing, name: bad}) for name in listing for bad in ("a\0b", "a\n", "", "x" * 101)),
        ("POST", "/products", {**listing, "card_pattern": "a{99999999999999}"}),
        ("POST", "/products", {**listing, "card_pattern": "(" * 10_000}),
        ("POST", "/products", {**listing, "card_pattern": "["}),
        *(("POST", f"/batches/{bad}/chunks", chunk) for bad in ("%00", "a%0A", "x" * 101)),
        *(("GET", f"/{path}?shop_id=%00", None) for path in ("stock", "suppliers", "needs")),
        ("GET", f"/needs?shop_id={SHOP}&status=%00", None),
        ("GET", f"/needs?shop_id={SHOP}&limit={10**30}", None),
    ]
    for method, path, body in asked:
        answer = await home.inventory.request(method, path, json=body)
        if "limit" in path:
            assert answer.status_code == 200
            continue
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), (path, body, answer.text)


async def test_numbers_beyond_the_stores_are_clear_answers(home: House) -> None:
    feed_reader = home.peer
    staff = home.inventory
    assert (await staff.get(f"/ops/parked/{10**30}")).status_code == 404
    assert (await staff.post(f"/ops/parked/{10**30}/discard")).status_code == 404
    assert (await feed_reader.get(f"/feed?epoch=1&wants=1:{10**30}")).status_code == 422
    assert (await feed_reader.get(f"/feed?epoch={10**30}&wants=1:1")).status_code == 409


# a full queue


async def test_a_full_queue_refuses_with_a_time_to_come_back_and_loses_nothing_it_took(home: House) -> None:
    told = [fresh_number() for _ in range(LANE_LIMIT)]
    for number in told:
        assert (await home.place(number)).status_code == 201
    numbers = [fresh_number() for _ in range(4 * LANE_LIMIT)]
    with _frozen(home.nodes["order"]):
        placing = {number: asyncio.create_task(home.place(number)) for number in numbers}
        await asyncio.wait(placing.values(), timeout=20.0, return_when=asyncio.FIRST_COMPLETED)
        notices = [await home.tell(number) for number in told]
    answers = {number: await task for number, task in placing.items()}
    refused = [number for number, answer in answers.items() if answer.status_code == 503]
    assert len(refused) >= len(numbers) - LANE_LIMIT - 1, "the lane, and what the writer held in its hands"
    for answer in (*(answers[number] for number in refused), *notices):
        assert (answer.status_code, answer.json()["code"], answer.headers["content-type"]) == (503, "queue-full", PROBLEM)
        assert int(answer.headers["retry-after"]) >= 1
    placed = {each["order_number"] for each in await home.said("order", "OrderPlaced")}
    assert placed & set(numbers) == {number for number, answer in answers.items() if answer.status_code == 201}
    assert placed.isdisjoint(refused)
    for number in refused:
        assert (await home.place(number)).status_code == 201, "the shop sends it again"
    for number in told:
        assert (await home.tell(number)).content == b"success", "the provider says it again"


async def test_an_order_that_follows_all_this_is_paid_and_delivered(home: House) -> None:
    number = fresh_number()
    await home.stock(*(f"CARD-{fresh_number()}" for _ in range(40)))
    assert (await home.place(number)).status_code == 201
    assert (await home.tell(number)).content == b"success"
    await home.until_delivered(number)
    for node in home.nodes.values():
        assert node.health().is_ready, node.health().reasons
        assert node.store.parked(None, 10) == []


@contextmanager
def _frozen(node: Node) -> Iterator[None]:
    """The writer stands still in the middle of its work, and its lanes are short."""
    committer, writer, thaw = node.committer, node.writer, threading.Event()
    commit, limit = committer.commit, writer._lanes._limit

    def slow(*arguments: Any) -> Any:
        thaw.wait(20.0)
        return commit(*arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(committer, "commit", slow)
        patched.setattr(writer._lanes, "_limit", LANE_LIMIT)
        try:
            yield
        finally:
            thaw.set()
    assert writer._lanes._limit == limit
