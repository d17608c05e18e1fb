"""Lookup and reveal over HTTP: what a buyer gets, what nobody else gets, and that both look alike."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.desk import MemoryDesk, PeerAnswer
from tests.order.builders import NUMBER, SHOP, a_line, allocated, amount_of, card_id, pay, place, the_order

CONTACT = "buyer@example.org"
SECRET = b'{"cards":[{"card_id":"x","secret":"CANARY-CARD","opened_count":1}]}'
LINES = (a_line(quantity=2),)
REVEAL = f"/orders/{NUMBER}/units/1/1/reveal"


@pytest.fixture
def delivered(desk: MemoryDesk) -> MemoryDesk:
    """A desk with a paid order of two units, the first of which is delivered, and an inventory that opens its card."""
    place(desk.bench, lines=LINES, contact_fingerprint=desk.fingerprints.of("contact", CONTACT))
    pay(desk.bench, amount=amount_of(LINES))
    desk.bench.tell(allocated())
    desk.peers.on("inventory", "/vault/open", lambda body: (200, SECRET))
    return desk


async def look_up(desk: MemoryDesk, ip: str = "198.51.100.7", **changed: Any) -> httpx2.Response:
    async with desk.client(ip) as client:
        return await client.post("/orders/lookup", json={"order_number": NUMBER, "contact": CONTACT, **changed})


async def reveal(desk: MemoryDesk, token: str, path: str = REVEAL) -> httpx2.Response:
    async with desk.client() as client:
        return await client.post(path, json={"device": "phone"}, headers={"authorization": f"Bearer {token}"})


def always(answer: tuple[int, bytes]) -> PeerAnswer:
    return lambda body: answer


async def a_token(desk: MemoryDesk) -> str:
    token: str = (await look_up(desk)).json()["case_token"]
    return token


async def test_number_and_contact_give_the_units_masked_and_a_case_token(delivered: MemoryDesk) -> None:
    answer = await look_up(delivered, contact=" BUYER@example.org ")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    units = answer.json()["order"]["units"]
    assert [(unit["state"], unit["card_preview"]) for unit in units] == [("delivered", "AB••••9K"), ("pending", None)]
    assert answer.json()["case_token"].startswith("rdc1.")
    assert CONTACT not in answer.text.lower()
    assert "v1:" not in answer.text


async def test_a_wrong_contact_and_an_unknown_order_get_the_same_bytes_after_the_same_question(
    delivered: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    index_rows = delivered.store.index_rows

    def spy(index: str, key: str | None = None, limit: int = 1_000) -> Any:
        asked.append(index)
        return index_rows(index, key, limit)

    monkeypatch.setattr(delivered.store, "index_rows", spy)
    wrong = await look_up(delivered, contact="other@example.org")
    questions = list(asked)
    unknown = await look_up(delivered, order_number="K9")
    other_shop = await look_up(delivered, shop_id="nobody")
    assert wrong.status_code == 404
    assert wrong.content == unknown.content == other_shop.content
    ignored = {"x-correlation-id"}
    assert {k: v for k, v in wrong.headers.items() if k not in ignored} == {k: v for k, v in unknown.headers.items() if k not in ignored}
    assert asked == questions * 3


async def test_lookups_are_limited_by_order_by_address_and_by_contact(delivered: MemoryDesk) -> None:
    of_order = [(await look_up(delivered, f"198.51.100.{each}", contact=f"c{each}@x.org")).status_code for each in range(11)]
    assert of_order == [404] * 10 + [429]
    by_ip = [(await look_up(delivered, "203.0.113.1", order_number=f"L{each}", contact=f"d{each}@x.org")).status_code for each in range(31)]
    assert by_ip == [404] * 30 + [429]
    by_contact = [(await look_up(delivered, f"192.0.2.{each}", order_number=f"N{each}")).status_code for each in range(21)]
    assert by_contact == [404] * 20 + [429]


async def test_a_limit_is_over_after_its_window(delivered: MemoryDesk) -> None:
    for _ in range(10):
        await look_up(delivered)
    limited = await look_up(delivered)
    assert (limited.status_code, limited.json()["code"]) == (429, "too-many-requests")
    assert int(limited.headers["retry-after"]) <= 600
    delivered.bench.advance(minutes=11)
    assert (await look_up(delivered)).status_code == 200


@pytest.mark.parametrize("changed", [{"order_number": "K\x00"}, {"contact": ""}, {"shop_id": "a b"}, {"extra": 1}])
async def test_a_lookup_that_does_not_fit_is_a_clear_problem(delivered: MemoryDesk, changed: dict[str, Any]) -> None:
    answer = await look_up(delivered, **changed)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_a_lookup_is_not_a_get(delivered: MemoryDesk) -> None:
    async with delivered.client() as client:
        answer = await client.get("/orders/lookup", params={"order_number": NUMBER, "contact": CONTACT})
    assert answer.status_code == 401, "it is taken for an order number of staff's"


async def test_the_card_is_opened_by_inventory_and_passed_through(delivered: MemoryDesk) -> None:
    answer = await reveal(delivered, await a_token(delivered))
    assert answer.status_code == 200
    assert answer.json() == {"order_number": NUMBER, "line": 1, "unit": 1, "secret": "CANARY-CARD", "opened_count": 1, "fields": []}
    assert answer.headers["cache-control"] == "no-store"
    (call,) = delivered.peers.asked
    assert call == (
        "inventory",
        "POST",
        "/vault/open",
        {
            "references": [card_id("card-1")],
            "purpose": "reveal",
            "shop_id": SHOP,
            "order_number": NUMBER,
            "ip": "198.51.100.7",
            "device": "phone",
        },
    )
    assert "CANARY-CARD" not in repr(delivered.store.tables)


async def test_only_a_delivered_unit_can_be_revealed(delivered: MemoryDesk) -> None:
    token = await a_token(delivered)
    for path in (f"/orders/{NUMBER}/units/1/2/reveal", f"/orders/{NUMBER}/units/9/9/reveal"):
        answer = await reveal(delivered, token, path)
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-reveal")
    assert delivered.peers.asked == []


async def test_a_token_of_another_order_an_expired_and_a_forged_one_reveal_nothing(delivered: MemoryDesk) -> None:
    token = await a_token(delivered)
    other = delivered.case_tokens.issue(SHOP, "K2", delivered.now()).reveal()
    assert (await reveal(delivered, other)).status_code == 401
    assert (await reveal(delivered, token[:-2] + "AA")).status_code == 401
    delivered.bench.advance(minutes=31)
    assert (await reveal(delivered, token)).status_code == 401
    async with delivered.client() as client:
        assert (await client.post(REVEAL)).status_code == 401
    assert delivered.peers.asked == []


async def test_what_inventory_refuses_is_refused_and_an_inventory_that_is_away_is_a_fault(delivered: MemoryDesk) -> None:
    token = await a_token(delivered)
    delivered.peers.on("inventory", "/vault/open", lambda body: (409, b'{"code":"card-held"}'))
    assert (await reveal(delivered, token)).status_code == 409
    for trouble in ((500, b"CANARY-CARD"), (403, b"{}"), (200, b'{"cards":[{"secret":"CANARY-CARD"'), (200, b'{"cards":["CANARY-CARD"]}')):
        delivered.peers.on("inventory", "/vault/open", always(trouble))
        answer = await reveal(delivered, token)
        assert answer.status_code == 503
        assert "CANARY" not in answer.text


async def test_reveals_of_an_order_are_limited(delivered: MemoryDesk) -> None:
    token = await a_token(delivered)
    statuses = [(await reveal(delivered, token)).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]


async def test_the_shop_must_be_named_where_there_are_several(delivered: MemoryDesk) -> None:
    delivered.settings.shops["second"] = delivered.settings.shops[SHOP]
    assert (await look_up(delivered)).status_code == 422
    assert (await look_up(delivered, shop_id=SHOP)).status_code == 200
    assert the_order(delivered.bench).shop_id == SHOP
