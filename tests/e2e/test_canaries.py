"""Canaries in every secret and personal field: after a whole demo, and much malformed input, none is found anywhere but in the vault."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from contracts.values import Money
from redress.asking import Caller
from redress.demo.people import Cast, account_of, contact_of
from redress.demo.performance import play
from redress.demo.staff import Staff
from redress.demo.stage import Stage
from redress.demo.supplying import parcel_of, text_of
from redress.demo.theatre import Theatre, own_stage
from redress.errors import UserError
from redress.sandboxed import SHOP_ID
from redress.settings import RedressSettings
from sandbox.server import SandboxServer
from tests.e2e.judging import assert_settled
from tests.e2e.scanning import everything_left

pytestmark = [pytest.mark.servers, pytest.mark.timeout(280)]

MARK = f"canary{secrets.token_hex(6)}"
"""In every field that the demo itself does not fill."""
LEAKY = "leaky"
PRODUCTS = {"leak-garbage": 901, "leak-error": 902, "leak-card": 903}


class LeakyTheatre(Theatre):
    """A theatre with traces on, and a supplier whose every answer holds a canary."""

    sandbox: SandboxServer
    supplier_url = ""

    def settings_content(self, sandbox: SandboxServer) -> dict[str, Any]:
        self.sandbox = sandbox
        content = super().settings_content(sandbox)
        account = {"base_url": self.supplier_url, "api_key": f"key-{MARK}", "api_secret": f"secret-{MARK}"}
        content["services"]["inventory"]["shops"][SHOP_ID]["suppliers"][LEAKY] = account
        return content | {"is_tracing": True, "log_level": "debug"}


async def test_no_canary_is_found_anywhere_after_the_demo() -> None:
    async with _leaky_supplier() as url:
        LeakyTheatre.supplier_url = url
        async with own_stage(RedressSettings(), has_processes=False, time_factor=60.0, kind=LeakyTheatre) as (stage, theatre):
            assert isinstance(theatre, LeakyTheatre)
            played = await play(stage, 17)
            numbers = await _order_at_the_leaky_supplier(stage)
            await _until_failed(stage, numbers)
            await _send_malformed_input(theatre.root_url, stage)
            await _until_spans_are_out(theatre)
            left = await everything_left(stage, theatre)
            forbidden = _forbidden(theatre, played.market.cards, numbers[0])
    assert_settled(played.figures)
    places = {place for place, _ in left}
    for needed in ("topic order.events.v1", "topic inventory.events.v1", "order table event", "inventory table vault", "metrics", "redis"):
        assert needed in places, f"{needed} was not looked at"
    for place in ("order table event", "inventory table event", "topic order.events.v1", "topic inventory.events.v1"):
        assert any(numbers[0].encode() in content for where, content in left if where == place), f"the search is blind for {place}"
    leaks = {(place, name) for place, content in left for name, text in forbidden if text.encode() in content}
    assert not leaks


def _forbidden(theatre: LeakyTheatre, own_cards: tuple[str, ...], number: str) -> list[tuple[str, str]]:
    """What must stand nowhere, each under a name that may be printed."""
    sandbox = theatre.sandbox.sandbox
    supplied = {delivery.card for delivery in sandbox.deliveries(datetime.now(UTC))}
    assert supplied, "no supplier delivered a card"
    credentials = sandbox.credentials
    return [
        ("mark", MARK),
        ("contact", contact_of("x").partition("@")[0].removesuffix("x")),
        ("contact's host", "@example.com"),
        ("contact of an order", contact_of(number)),
        ("account of a top-up", account_of("")),
        ("delivered by hand", text_of("")),
        ("tracking number", parcel_of("")),
        ("IP", "203.0.113.7"),
        ("device", "demo browser of"),
        *(("own card", card) for card in own_cards),
        *(("supplied card", card) for card in supplied),
        ("provider's key", credentials.epay_key),
        ("private key", credentials.app_private_key.splitlines()[2]),
        *(("supplier's secret", secret) for _, secret in credentials.suppliers.values()),
        ("coin gateway's key", credentials.gateways.tokenpay_key if credentials.gateways is not None else MARK),
        ("case token", "rdc1."),
    ]


async def _order_at_the_leaky_supplier(stage: Stage) -> list[str]:
    caller = Caller(stage.addresses["inventory"], stage.keyring.staff_authorization())
    shop = {"shop_id": stage.shop_id}
    await asyncio.to_thread(caller.send, "POST", "/suppliers", {**shop, "supplier_code": LEAKY, "kind": "dujiao_next"})
    for product, sku_id in PRODUCTS.items():
        listing = {**shop, "product_code": product, "name": product, "card_pattern": "[A-Z]{4}-[0-9]{4}"}
        await asyncio.to_thread(caller.send, "POST", "/products", listing)
        offer = {**shop, "sku_id": sku_id, "price": {"amount_minor": 100, "currency": "CNY"}}
        await asyncio.to_thread(caller.send, "PUT", f"/products/{product}/sources/{LEAKY}", offer)
    caller.close()
    numbers = [f"LEAK{secrets.token_hex(3).upper()}-{sku_id}" for sku_id in PRODUCTS.values()]
    async with Cast(stage) as cast:
        for number, product in zip(numbers, PRODUCTS, strict=True):
            await _placed_once_listed(cast, number, product)
    return numbers


async def _placed_once_listed(cast: Cast, number: str, product: str) -> None:
    """A record that its consumer has to fetch from the feed is there after two polls of the heads, so after up to 15 s."""
    refusal: UserError | None = None
    for _ in range(600):
        try:
            await cast.pay("alipay", number, await cast.place(number, product, Money(500, "CNY")))
        except UserError as error:
            refusal = error
            await asyncio.sleep(0.1)
        else:
            return
    pytest.fail(f"{product} was never listed: {refusal}")


async def _until_failed(stage: Stage, numbers: list[str]) -> None:
    """A supplier that answers with garbage may have sold: its order ends with a person's word that it did not."""
    async with Cast(stage) as cast, asyncio.timeout(100.0):
        staff = Staff(cast)
        while any([not _has_failed(await cast.order(number)) for number in numbers]):
            for need in (await staff.ask("/needs", limit="1000"))["needs"]:
                if need["order_number"] in numbers and need["status"] in ("manual", "ending"):
                    await staff.tell_for(LEAKY, need["need_id"], [])
            await asyncio.sleep(1.0)


def _has_failed(order: dict[str, Any]) -> bool:
    return all(unit["state"] == "failed" for unit in order["units"])


async def _until_spans_are_out(theatre: Theatre) -> None:
    """Spans leave in batches: wait for the batch that ends after this moment."""
    path, now = theatre.folder / "data" / "log" / "spans.jsonl", time.time()
    async with asyncio.timeout(30.0):
        while True:
            if path.stat().st_mtime > now:
                return
            await asyncio.sleep(0.2)


async def _send_malformed_input(root: str, stage: Stage) -> None:
    """Requests that are refused, or run into an error, with canaries in them."""
    shop = {"authorization": stage.keyring.shop_authorization(stage.shop_id)}
    staff = {"authorization": stage.keyring.staff_authorization()}
    line = {"product_code": "game-50", "unit_price": {"amount_minor": 5_000, "currency": "CNY"}}
    order = {"order_number": f"BAD{secrets.token_hex(3)}", "lines": [line], "contact": f"{MARK}@{MARK}.org"}
    asked: list[tuple[str, str, dict[str, str], Any]] = [
        ("POST", "/order/orders", shop, {**order, "contact": {"name": MARK}}),
        ("POST", "/order/orders", shop, {**order, "comment": MARK}),
        ("POST", "/order/orders", shop, {**order, "buyer": {"ip": MARK, "device": MARK}}),
        ("POST", "/order/orders", shop, {**order, "contact": f"other{MARK}@{MARK}.org"}),
        ("POST", "/order/orders", {"authorization": f"Bearer {MARK}{'x' * 20}"}, order),
        ("POST", "/order/orders", shop, f'{{"contact": "{MARK}'),
        ("POST", "/order/orders/lookup", {}, {"order_number": "NONE", "contact": MARK, "shop_id": stage.shop_id}),
        ("POST", "/order/orders/lookup", {}, {"order_number": MARK, "contact": MARK, "shop_id": MARK}),
        ("POST", f"/order/orders/{order['order_number']}/units/1/1/reveal", {"authorization": f"Bearer rdc1.{MARK}"}, {"device": MARK}),
        ("POST", f"/notices/alipay/{stage.shop_id}", {}, f"out_trade_no=NONE&buyer_logon_id={MARK}&subject={MARK}&sign={MARK}"),
        ("GET", f"/notices/epay/{stage.shop_id}?out_trade_no=NONE&name={MARK}&sign={MARK}", {}, None),
        ("POST", f"/notices/nobody/{stage.shop_id}", {}, MARK),
        ("POST", "/suppliers/north/callback", {"dujiao-next-signature": MARK}, {"payload": MARK}),
        ("POST", "/inventory/batches/bad/chunks", staff, _chunk(stage.shop_id, f"bad\n{MARK}")),
        ("POST", "/inventory/batches/bad/chunks", staff, {**_chunk(stage.shop_id, MARK), "cards": MARK}),
        ("POST", "/inventory/vault/open", staff, {"references": [], "purpose": "reveal", "order_number": "A", "ip": MARK}),
        ("GET", f"/order/nowhere?contact={MARK}", shop, None),
    ]
    async with httpx2.AsyncClient(trust_env=False, base_url=root) as client:
        for method, path, headers, body in asked:
            content = body if isinstance(body, str) else json.dumps(body)
            kind = "application/x-www-form-urlencoded" if "/notices/" in path else "application/json"
            reply = await client.request(method, path, content=content, headers={**headers, "content-type": kind, "user-agent": MARK})
            assert reply.status_code < 500, f"{method} {path.replace(MARK, '…')} was answered {reply.status_code}"
            if reply.status_code >= 400:
                assert MARK not in reply.text, f"the refusal of {path.replace(MARK, '…')} repeats what was sent"


def _chunk(shop_id: str, card: str) -> dict[str, Any]:
    known = {"product_code": "leak-card", "supplier_code": LEAKY, "chunk_number": 1}
    return {"shop_id": shop_id, **known, "cards": [{"line": 1, "secret": card}]}


@asynccontextmanager
async def _leaky_supplier() -> AsyncIterator[str]:
    """Answers a create by its article: with garbage, with an error full of text, or with a card that is none."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next((int(line.split(":")[1]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        status, answer = _answer(head.split(" ")[1], head.startswith("POST"), body.decode())
        writer.write(
            f"HTTP/1.1 {status} {MARK}\r\nX-Note: {MARK}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(answer.encode())}\r\nConnection: close\r\n\r\n{answer}".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def _answer(path: str, is_create: bool, body: str) -> tuple[int, str]:
    error = json.dumps({"ok": False, "error_code": MARK, "error_message": f"Traceback: {MARK}"})
    if is_create and '"sku_id":901' in body.replace(" ", ""):
        return 200, f'{{"ok": true, "order_no": "{MARK}'
    if is_create and '"sku_id":902' in body.replace(" ", ""):
        return 400, error
    if is_create:
        return 200, json.dumps({"ok": True, "order_id": 1, "order_no": MARK, "status": "paid", "amount": "1.00", "currency": "CNY"})
    if "-903-" not in path:
        return 500, error
    number = path.partition("downstream_order_no=")[2].partition("&")[0]
    fulfillment = {"type": "auto", "status": "delivered", "payload": f"card {MARK}", "delivery_data": None}
    order = {"order_id": 1, "order_no": MARK, "downstream_order_no": number, "status": "completed", "amount": "1.00", "currency": "CNY"}
    return 200, json.dumps({"ok": True, **order, "fulfillment": fulfillment})
