"""The gateways over real HTTP: each at a port of its own, created, paid, told and asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from protocols import epusdt, tokenpay
from protocols.checkout import Checkout
from protocols.coin_payment import CoinPayment
from protocols.epay import EpayPayment, v2
from protocols.http import HttpReply, HttpRequest, NotSent, TransportFault
from protocols.payment import PaymentState
from sandbox.behaviour.faults import PaymentFaults
from sandbox.credentials import GatewayCredentials
from sandbox.server import SandboxServer
from sandbox.wire import open_client, send
from sandbox.world import Sandbox, SandboxSetup
from tests.protocols.vectors import key_text, private_key, public_key
from tests.sandbox.shop import Shop, open_shop, until
from tests.sandbox.test_server import CREDENTIALS

ACCOUNTS = GatewayCredentials(
    epay_v2_pid="1001",
    platform_private_key=key_text("alipay-private"),
    platform_public_key=key_text("alipay-public"),
    merchant_private_key=key_text("app-private"),
    merchant_public_key=key_text("app-public"),
    epusdt_token="epusdt-test-token",
    tokenpay_key="tokenpay-test-key",
)
URL = "https://shop.example/notices"


@pytest.fixture
async def served() -> AsyncIterator[tuple[SandboxServer, Shop]]:
    async with open_shop() as shop:
        setup = SandboxSetup(
            epay_v2_notify_url=f"{shop.url}/notices/epay_v2/demo",
            epusdt_notify_url=f"{shop.url}/notices/epusdt/demo",
            tokenpay_notify_url=f"{shop.url}/notices/tokenpay/demo",
            time_factor=2_400.0,
        )
        fields = {name: getattr(CREDENTIALS, name) for name in CREDENTIALS.__struct_fields__}
        async with SandboxServer(Sandbox(setup, type(CREDENTIALS)(**{**fields, "gateways": ACCOUNTS}))) as server:
            yield server, shop
            shop.leave()


def creation(code: str, now: datetime) -> HttpRequest:
    if code == "epay_v2":
        payment = EpayPayment("RD1", "19.90", "card", "alipay", URL, URL)
        return v2.build_create(payment, pid="1001", private_key=private_key("app"), now=now)
    if code == "epusdt":
        return epusdt.build_create(CoinPayment("RD1", "19.90", URL), "epusdt-test-token")
    return tokenpay.build_create(CoinPayment("RD1", "19.90", URL), "tokenpay-test-key")


def created(code: str, reply: HttpReply, now: datetime) -> object:
    if code == "epay_v2":
        return v2.parse_create_reply(reply.body, public_key("alipay"), order_number="RD1", now=now)
    protocol = epusdt if code == "epusdt" else tokenpay
    return protocol.parse_create_reply(reply.body, order_number="RD1", total="19.90")


def state(code: str, reply: HttpReply, trade_number: str, now: datetime) -> PaymentState:
    if code == "epay_v2":
        return v2.parse_query_reply(reply.body, public_key("alipay"), order_number="RD1", pid="1001", now=now).state
    if code == "epusdt":
        return epusdt.parse_query_reply(reply.body, order_number="RD1", trade_number=trade_number, total="19.90").state
    return tokenpay.parse_query_reply(reply.body, order_number="RD1", trade_number=trade_number).state


def question(code: str, trade_number: str, now: datetime) -> HttpRequest:
    if code == "epay_v2":
        return v2.build_query("RD1", pid="1001", private_key=private_key("app"), now=now)
    return epusdt.build_query(trade_number) if code == "epusdt" else tokenpay.build_query(trade_number, "tokenpay-test-key")


@pytest.mark.parametrize(("code", "word"), [("epay_v2", b"success"), ("epusdt", b"ok"), ("tokenpay", b"ok")])
async def test_a_payment_is_created_paid_told_and_confirmed_at_the_gateways_own_port(
    served: tuple[SandboxServer, Shop], code: str, word: bytes
) -> None:
    server, shop = served
    now = datetime.now(UTC)
    shop.reply = HttpReply(200, body=word)
    async with open_client() as client:

        async def call(request: HttpRequest) -> HttpReply | TransportFault:
            return await send(client, server.gateway_url(code), request, timeout_seconds=5.0)

        reply = await call(creation(code, now))
        assert isinstance(reply, HttpReply)
        checkout = created(code, reply, now)
        assert isinstance(checkout, Checkout)
        assert checkout.trade_number is not None
        server.sandbox.providers[code].pay("RD1", "19.90", now)
        await until(lambda: len(server.sandbox.attempts) == 1)
        assert (shop.requests[0].url_path, server.sandbox.attempts[0].is_accepted) == (f"/notices/{code}/demo", True)
        answer = await call(question(code, checkout.trade_number, now))
        assert isinstance(answer, HttpReply)
        assert state(code, answer, checkout.trade_number, now) is PaymentState.PAID
        await server.set_faults(code, PaymentFaults(is_down=True))
        assert isinstance(await call(question(code, checkout.trade_number, now)), NotSent)


async def test_an_unknown_gateway_is_not_found(served: tuple[SandboxServer, Shop]) -> None:
    async with open_client() as client:
        assert (await client.post(f"{served[0].url}/gateway/moon/CreateOrder")).status_code == 404
