"""The sandbox over real HTTP on the loopback interface: what a shop meets, fault by fault."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from protocols import alipay, epay
from protocols import dujiao_next as next_site
from protocols.alipay import load_private_key, load_public_key
from protocols.dujiao_next import ErrorClass, SupplierError, SupplierOrder, SupplierOrderStatus
from protocols.errors import ForgedNotice
from protocols.form import decode_form, unique_fields
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from protocols.payment import PaymentStanding, PaymentState
from sandbox.behaviour.faults import PaymentFaults, SupplierFaults
from sandbox.credentials import SandboxCredentials
from sandbox.server import SandboxServer
from sandbox.wire import open_client, send
from sandbox.world import Sandbox, SandboxSetup
from tests.protocols.vectors import key_text
from tests.sandbox.shop import DEADLINE_SECONDS, Shop, open_shop, until

CREDENTIALS = SandboxCredentials(
    app_id="2021000000000001",
    seller_id="2088000000000001",
    alipay_private_key=key_text("alipay-private"),
    alipay_public_key=key_text("alipay-public"),
    app_private_key=key_text("app-private"),
    app_public_key=key_text("app-public"),
    epay_pid="1001",
    epay_key="epay-test-key",
    suppliers={"north": ("north-key", "north-secret"), "south": ("south-key", "south-secret")},
)
NORTH = CREDENTIALS.access("north")
TIME_FACTOR = 2_400.0  # four minutes are a tenth of a second
SHORT_PATIENCE_SECONDS = 0.2  # for answers that never come


class Bench:
    """A running sandbox, the shop it tells, and the shop's client."""

    def __init__(self, server: SandboxServer, shop: Shop, client: httpx2.AsyncClient) -> None:
        self.server, self.shop, self.client = server, shop, client
        self.sandbox = server.sandbox

    async def call(self, base_url: str, request: HttpRequest, *, patience_seconds: float = 5.0) -> HttpReply | TransportFault:
        return await send(self.client, base_url, request, timeout_seconds=patience_seconds)

    async def create(self, number: str = "RD1-1-1", *, url: str | None = None, patience_seconds: float = 5.0) -> HttpReply | TransportFault:
        request = next_site.build_create_order(NORTH, sku_id=1, quantity=1, downstream_order_no=number, now=now(), callback_url=url)
        return await self.call(self.server.supplier_url("north"), request, patience_seconds=patience_seconds)

    async def find(self, number: str = "RD1-1-1") -> SupplierOrder | SupplierError:
        request = next_site.build_find_order(NORTH, number, now=now())
        reply = await self.call(self.server.supplier_url("north"), request)
        assert isinstance(reply, HttpReply)
        return next_site.parse_find_reply(reply, downstream_order_no=number)

    async def delivered(self, number: str = "RD1-1-1") -> SupplierOrder:
        order = await self.find(number)
        assert isinstance(order, SupplierOrder)
        assert order.status is SupplierOrderStatus.DELIVERED
        return order

    async def standing(self, provider: str, *, patience_seconds: float = 5.0) -> PaymentStanding | TransportFault:
        order_number = "RD1"
        if provider == "alipay":
            key = load_private_key(CREDENTIALS.app_private_key)
            request = alipay.build_query(order_number, app_id=CREDENTIALS.app_id, private_key=key, now=now())
            reply = await self.call(self.server.alipay_url, request, patience_seconds=patience_seconds)
            if isinstance(reply, TransportFault):
                return reply
            public_key = load_public_key(CREDENTIALS.alipay_public_key)
            return alipay.parse_query_reply(reply.body, public_key, order_number=order_number)
        request = epay.build_query(order_number, pid=CREDENTIALS.epay_pid, key=CREDENTIALS.epay_key)
        reply = await self.call(self.server.epay_url, request, patience_seconds=patience_seconds)
        if isinstance(reply, TransportFault):
            return reply
        return epay.parse_query_reply(reply.body, order_number=order_number, pid=CREDENTIALS.epay_pid)

    async def control(self, method: str, path: str, content: Any = None) -> httpx2.Response:
        return await self.client.request(method, f"{self.server.url}/control{path}", json=content)


def now() -> datetime:
    return datetime.now(UTC)


def read(request: HttpRequest) -> Any:
    """The notice, as the shop reads it."""
    if request.method == "GET":
        return epay.parse_notice(unique_fields(request.query), CREDENTIALS.epay_key, pid=CREDENTIALS.epay_pid)
    key = load_public_key(CREDENTIALS.alipay_public_key)
    return alipay.parse_notice(decode_form(request.body), key, app_id=CREDENTIALS.app_id, seller_id=CREDENTIALS.seller_id)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_shop() as shop:
        setup = SandboxSetup(
            alipay_notify_url=f"{shop.url}/pay/alipay/{{order_number}}",
            epay_notify_url=f"{shop.url}/pay/epay",
            time_factor=TIME_FACTOR,
        )
        sandbox = Sandbox(setup, CREDENTIALS)
        async with SandboxServer(sandbox) as server, open_client() as client:
            yield Bench(server, shop, client)
            shop.leave()


@pytest.mark.parametrize("provider", ["alipay", "epay"])
async def test_a_payment_is_told_to_the_shop_and_confirmed_by_query(bench: Bench, provider: str) -> None:
    paid = await bench.control("POST", "/pay", {"provider": provider, "order_number": "RD1", "total": "19.90"})
    await until(lambda: len(bench.sandbox.attempts) == 1)
    [request] = bench.shop.requests
    assert request.url_path == {"alipay": "/pay/alipay/RD1", "epay": "/pay/epay"}[provider]
    notice = read(request)
    assert (notice.order_number, notice.total, notice.is_paid) == ("RD1", "19.90", True)
    trade_number = paid.json()["trade_number"]
    assert await bench.standing(provider) == PaymentStanding(PaymentState.PAID, "RD1", trade_number, "19.90")
    [attempt] = (await bench.control("GET", "/notices")).json()
    assert (attempt["party"], attempt["order_number"], attempt["is_accepted"]) == (provider, "RD1", True)


@pytest.mark.parametrize("provider", ["alipay", "epay"])
async def test_notices_are_repeated_until_the_success_word(bench: Bench, provider: str) -> None:
    bench.shop.reply = HttpReply(200, body=b"fail")
    bench.sandbox.providers[provider].pay("RD1", "1.00", now())
    await until(lambda: len(bench.shop.requests) >= 2)
    bench.shop.reply = HttpReply(200, body=b"success")
    await until(lambda: bench.sandbox.providers[provider].next_due_at() is None)
    assert bench.sandbox.attempts[-1].is_accepted


async def test_a_shop_that_is_away_is_told_later(bench: Bench) -> None:
    bench.sandbox.notify_bases["epay"] = "http://127.0.0.1:1"
    bench.sandbox.providers["epay"].pay("RD1", "1.00", now())
    await until(lambda: len(bench.sandbox.attempts) == 1)
    bench.sandbox.notify_bases["epay"] = bench.shop.url
    await until(lambda: len(bench.shop.requests) == 1)
    assert bench.sandbox.attempts[0].status is None


async def test_forged_duplicate_lost_late_and_wrong_notices_arrive_as_switched(bench: Bench) -> None:
    provider = bench.sandbox.providers["epay"]
    await bench.control("POST", "/forge", {"provider": "epay", "order_number": "RD1", "total": "9.00"})
    await until(lambda: len(bench.shop.requests) == 1)
    with pytest.raises(ForgedNotice):
        read(bench.shop.requests.pop())

    switches = {
        "RD2": PaymentFaults(duplicate_notice_count=1),
        "RD3": PaymentFaults(lost_notice_count=1),
        "RD4": PaymentFaults(notice_delay_seconds=0.3),
        "RD5": PaymentFaults(notice_total="0.01"),
    }
    for order_number, faults in switches.items():
        provider.faults.set(faults, order_number=order_number)
        provider.pay(order_number, "9.00", now())
    await until(lambda: len(bench.shop.requests) == 5)
    notices = [read(request) for request in bench.shop.requests]
    assert sorted(notice.order_number for notice in notices) == ["RD2", "RD2", "RD3", "RD4", "RD5"]
    assert {notice.total for notice in notices if notice.order_number == "RD5"} == {"0.01"}
    # An attempt is noted when its answer has come, a moment after the shop has the request.
    await until(lambda: any(attempt.order_number == "RD4" for attempt in bench.sandbox.attempts))
    late = next(attempt for attempt in bench.sandbox.attempts if attempt.order_number == "RD4")
    trade = provider.trade("RD4")
    assert trade is not None
    assert trade.paid_at is not None
    assert late.sent_at - trade.paid_at >= timedelta(seconds=0.3)


@pytest.mark.parametrize("provider", ["alipay", "epay"])
async def test_queries_can_be_refused_lost_slow_or_wrong(bench: Bench, provider: str) -> None:
    bench.sandbox.providers[provider].pay("RD1", "1.00", now())
    await bench.server.set_faults(provider, PaymentFaults(is_down=True))
    assert isinstance(await bench.standing(provider), NotSent)
    await bench.server.set_faults(provider, PaymentFaults(is_answer_lost=True))
    assert isinstance(await bench.standing(provider, patience_seconds=SHORT_PATIENCE_SECONDS), AnswerLost)
    await bench.server.set_faults(provider, PaymentFaults(slow_seconds=10))
    assert isinstance(await bench.standing(provider, patience_seconds=SHORT_PATIENCE_SECONDS), AnswerLost)
    await bench.server.set_faults(provider, PaymentFaults(is_query_unpaid=True, slow_seconds=0.01))
    answer = await bench.standing(provider)
    assert isinstance(answer, PaymentStanding)
    assert answer.state is PaymentState.UNPAID
    await bench.server.clear_faults(provider)
    answer = await bench.standing(provider)
    assert isinstance(answer, PaymentStanding)
    assert answer.state is PaymentState.PAID


async def test_an_order_at_a_supplier_ends_in_a_card(bench: Bench) -> None:
    reply = await bench.create()
    assert isinstance(reply, HttpReply)
    assert isinstance(next_site.parse_create_reply(reply), SupplierOrder)
    order = await bench.delivered()
    [told] = (await bench.control("GET", "/deliveries")).json()
    assert (told["downstream_order_no"], told["card"]) == ("RD1-1-1", order.cards[0])


async def test_a_supplier_that_is_down_refuses_connections_and_comes_back_by_itself(bench: Bench) -> None:
    assert isinstance(await bench.create("RD1-1-1"), HttpReply)  # leaves a kept-alive connection behind
    switched = await bench.control("PUT", "/faults/north", {"faults": {"is_down": True}})
    assert switched.status_code == 200
    assert isinstance(await bench.create("RD2-1-1"), NotSent)
    await bench.control("PUT", "/faults/north", {"faults": {"is_down": True}, "seconds": 0.1})
    async with asyncio.timeout(DEADLINE_SECONDS):
        while isinstance(await bench.create("RD3-1-1"), NotSent):
            pass
    numbers = [entry.downstream_order_no for entry in bench.sandbox.suppliers["north"].ledger.orders.values()]
    assert numbers == ["RD1-1-1", "RD3-1-1"]


@pytest.mark.parametrize("faults", [SupplierFaults(is_answer_lost=True), SupplierFaults(slow_seconds=10)])
async def test_a_lost_answer_is_a_time_out_although_the_order_was_made(bench: Bench, faults: SupplierFaults) -> None:
    await bench.server.set_faults("north", faults, order_number="RD1")
    assert isinstance(await bench.create(patience_seconds=SHORT_PATIENCE_SECONDS), AnswerLost)
    await bench.server.clear_faults("north")
    assert (await bench.delivered()).cards


async def test_a_502_after_success_leaves_the_order_to_be_asked_for(bench: Bench) -> None:
    await bench.server.set_faults("north", SupplierFaults(is_failing_after_success=True))
    reply = await bench.create()
    assert isinstance(reply, HttpReply)
    error = next_site.parse_create_reply(reply)
    assert isinstance(error, SupplierError)
    assert (error.error_class, error.is_effect_possible) == (ErrorClass.TEMPORARY, True)
    assert (await bench.delivered()).cards


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        ("is_failing", ErrorClass.TEMPORARY),
        ("is_out_of_stock", ErrorClass.OUT_OF_STOCK),
        ("is_without_balance", ErrorClass.NO_BALANCE),
        ("is_delisted", ErrorClass.DELISTED),
    ],
)
async def test_each_refusal_arrives_with_its_class(bench: Bench, fault: str, error_class: ErrorClass) -> None:
    await bench.control("PUT", "/faults/north", {"faults": {fault: True}, "order_number": "RD1"})
    reply = await bench.create()
    assert isinstance(reply, HttpReply)
    error = next_site.parse_create_reply(reply)
    assert isinstance(error, SupplierError)
    assert error.error_class is error_class
    await bench.control("DELETE", "/faults/north?order_number=RD1")
    assert isinstance(await bench.create(), HttpReply)
    assert (await bench.delivered()).cards


async def test_bad_cards_and_lies_arrive_as_switched(bench: Bench) -> None:
    switches = {
        "RD2": SupplierFaults(is_card_invalid=True),
        "RD3": SupplierFaults(is_card_duplicate=True),
        "RD4": SupplierFaults(is_wrong_product=True),
        "RD5": SupplierFaults(is_denying_orders=True),
        "RD6": SupplierFaults(late_seconds=0.3),
        "RD7": SupplierFaults(is_ordering_twice=True),
    }
    for order_number, faults in switches.items():
        await bench.server.set_faults("north", faults, order_number=order_number)
    for number in ("RD1", *switches, "RD7"):
        assert isinstance(await bench.create(f"{number}-1-1"), HttpReply)
    assert (await bench.delivered("RD2-1-1")).cards[0].startswith("void ")
    assert (await bench.delivered("RD3-1-1")).cards == (await bench.delivered("RD2-1-1")).cards
    assert (await bench.delivered("RD4-1-1")).items[0].sku_id == 2
    denied = await bench.find("RD5-1-1")
    assert isinstance(denied, SupplierError)
    assert denied.error_class is ErrorClass.NOT_FOUND
    ledger = bench.sandbox.suppliers["north"].ledger
    late = ledger.find("RD6-1-1")
    assert late is not None
    await until(lambda: late.is_delivered(now()))
    assert (await bench.delivered("RD6-1-1")).cards
    assert [entry.downstream_order_no for entry in ledger.orders.values()].count("RD7-1-1") == 2


async def test_a_delivery_is_told_to_the_callback_url(bench: Bench) -> None:
    bench.shop.reply = next_site.callback_reply()
    await bench.create(url=f"{bench.shop.url}/hooks/north")
    await until(lambda: len(bench.sandbox.attempts) == 1)
    order = next_site.parse_callback(bench.shop.requests[0], NORTH, now=now())
    assert order.downstream_order_no == "RD1-1-1"
    assert bench.sandbox.attempts[0].is_accepted


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/pay", {"provider": "moon", "order_number": "RD1", "total": "1"}, 404),
        ("POST", "/pay", {"provider": "epay", "order_number": "RD1", "total": "much"}, 409),
        ("POST", "/pay", {"provider": "epay"}, 422),
        ("PUT", "/faults/north", {"faults": {"is_dwon": True}}, 422),
        ("PUT", "/faults/moon", {"faults": {}}, 404),
        ("DELETE", "/faults/moon", None, 404),
        ("PUT", "/stock/north/99", {"stock_count": 1}, 404),
        ("PUT", "/stock/north/1", {"stock_count": 0}, 200),
    ],
)
async def test_the_controls_say_what_is_wrong(bench: Bench, method: str, path: str, content: Any, status: int) -> None:
    assert (await bench.control(method, path, content)).status_code == status


async def test_an_unknown_supplier_and_path_are_not_found(bench: Bench) -> None:
    for path in ("/supplier/moon/api/v1/upstream/ping", "/elsewhere"):
        assert (await bench.client.post(bench.server.url + path)).status_code == 404
    assert (await bench.control("GET", "/parties")).json()["north"] == {"is_down": False}


async def test_a_sandbox_stops_at_once_although_a_caller_waits(bench: Bench) -> None:
    await bench.server.set_faults("south", SupplierFaults(slow_seconds=60))
    own = SandboxServer(bench.sandbox)
    await own.start()
    request = next_site.build_create_order(CREDENTIALS.access("south"), sku_id=1, quantity=1, downstream_order_no="RD1-1-1", now=now())
    waiting = asyncio.create_task(bench.call(own.supplier_url("south"), request, patience_seconds=30))
    await until(lambda: bool(bench.sandbox.suppliers["south"].ledger.orders))
    started = now()
    await own.stop()
    assert isinstance(await waiting, AnswerLost)
    assert now() - started < timedelta(seconds=3)
    assert isinstance(await bench.call(own.url, request), NotSent)


async def test_a_sandbox_whose_ports_are_taken_says_so_and_leaves_nothing_behind(bench: Bench) -> None:
    with pytest.raises(OSError, match="in use"):
        await SandboxServer(bench.sandbox, port=bench.server.port).start()
    assert isinstance(await bench.create(), HttpReply)
