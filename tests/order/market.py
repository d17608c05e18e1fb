"""A shop that takes payments by every provider, on the memory desk, and the sandbox's parties, whom its activities really call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx2
import msgspec

from chassis.activity import Activity, Intent, Outcome, Tools
from chassis.fingerprint import Fingerprints
from chassis.secret import Secret
from chassis.store.rows import IntentRow, IntentStatus
from chassis.tokens import Principal
from chassis.vault import DataKeysInMemory, Vault
from protocols.epay import EpayV2Variant
from protocols.http import HttpReply, HttpRequest, TransportFault
from protocols.unionpay import load_certificate
from sandbox.behaviour.dialects import AlipayDialect, EpayDialect
from sandbox.behaviour.epay_v2 import EpayV2Dialect
from sandbox.behaviour.epusdt import EpusdtDialect
from sandbox.behaviour.gateways import PaymentGateway
from sandbox.behaviour.payments import PaymentProvider
from sandbox.behaviour.tokenpay import TokenPayDialect
from sandbox.behaviour.unionpay import UnionPay, UnionPayDialect
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.epusdt import EpusdtSettings
from services.order.channels.tokenpay import TokenPaySettings
from services.order.channels.unionpay import UnionPaySettings
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.notices.activities import AskProvider
from services.order.notices.intents import ConfirmPayment
from services.order.paying.activities import AskHowPaymentStands, OpenPayment
from services.order.paying.closing import CloseAtProvider
from services.order.paying.intents import ClosePayment, CreatePayment, PollPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.order.builders import SHOP, product_listed, the_order
from tests.order.conftest import ALIPAY_KEY, APP_ID, EPAY_KEY, KEYS, PID, SELLER_ID
from tests.order.wechat import API_V3_KEY, MCHID, SERIAL, WECHAT_APP_ID, WECHAT_KEY, wechat_settings
from tests.protocols.vectors import private_key, public_key

NUMBER = "RD000001"
UNIONPAY_MERCHANT = "777290058110048"
TOKEN, COIN_KEY = "epusdt-token", "tokenpay-key"
PUBLIC_URL = "https://shop.example/order"
ACTIVITIES: dict[str, tuple[type[Activity[Any]], type[Intent]]] = {
    CreatePayment.KIND: (OpenPayment, CreatePayment),
    PollPayment.KIND: (AskHowPaymentStands, PollPayment),
    ConfirmPayment.KIND: (AskProvider, ConfirmPayment),
    ClosePayment.KIND: (CloseAtProvider, ClosePayment),
}


def every_account(**changed: Any) -> ShopSettings:
    """A shop with an account at every provider."""
    return ShopSettings(
        **{
            "alipay": AlipaySettings(
                app_id=APP_ID,
                seller_id=SELLER_ID,
                alipay_public_key=(KEYS / "alipay-public.pem").read_text(),
                app_private_key=Secret((KEYS / "app-private.pem").read_text()),
                gateway_url="https://alipay.example",
            ),
            "wechat": wechat_settings(),
            "epay": EpaySettings(pid=PID, key=Secret(EPAY_KEY), gateway_url="https://epay.example"),
            "epay_v2": EpayV2Settings(
                pid=PID,
                platform_public_key=(KEYS / "alipay-public.pem").read_text(),
                merchant_private_key=Secret((KEYS / "app-private.pem").read_text()),
                gateway_url="https://epay_v2.example",
                ways=EpayV2Variant(),
            ),
            "epusdt": EpusdtSettings(token=Secret(TOKEN), gateway_url="https://epusdt.example"),
            "tokenpay": TokenPaySettings(key=Secret(COIN_KEY), gateway_url="https://tokenpay.example"),
            "unionpay": UnionPaySettings(
                merchant_number=UNIONPAY_MERCHANT,
                root_certificate=(KEYS / "unionpay-root.pem").read_text(),
                middle_certificate=(KEYS / "unionpay-middle.pem").read_text(),
                merchant_certificate=(KEYS / "app-certificate.pem").read_text(),
                merchant_private_key=Secret((KEYS / "app-private.pem").read_text()),
                gateway_url="https://unionpay.example",
            ),
            "return_url": "https://shop.example/orders/{order_number}",
            **changed,
        }
    )


def every_party() -> dict[str, PaymentProvider]:
    """The provider's side of each of those accounts."""
    serial = wechat_settings().merchant_serial_number
    assert serial is not None

    def path(code: str) -> str:
        return f"/notices/{code}/{SHOP}"

    wechat = WechatDialect(MCHID, WECHAT_APP_ID, SERIAL, serial, API_V3_KEY, WECHAT_KEY, public_key("app"))
    alipay = AlipayDialect(APP_ID, SELLER_ID, ALIPAY_KEY, public_key("app"))
    merchant = load_certificate((KEYS / "app-certificate.pem").read_text())
    own = (KEYS / "unionpay-certificate.pem").read_text()
    unionpay = UnionPayDialect(UNIONPAY_MERCHANT, own, merchant, private_key("unionpay"))
    return {
        "unionpay": UnionPay(unionpay, notify_path=path("unionpay")),
        "alipay": PaymentProvider(alipay, notify_path=path("alipay")),
        "wechat": WechatPay(wechat, notify_path=path("wechat")),
        "epay": PaymentProvider(EpayDialect(PID, EPAY_KEY), notify_path=path("epay")),
        "epay_v2": PaymentGateway(EpayV2Dialect(PID, ALIPAY_KEY, public_key("app")), notify_path=path("epay_v2")),
        "epusdt": PaymentGateway(EpusdtDialect(TOKEN), notify_path=path("epusdt")),
        "tokenpay": PaymentGateway(TokenPayDialect(COIN_KEY), notify_path=path("tokenpay")),
    }


class Market:
    """A shop, and the providers that it really calls. Whom was called stands in `calls`."""

    def __init__(self, settings: OrderSettings | None = None) -> None:
        self.settings = settings or OrderSettings(shops={SHOP: every_account()}, public_url=PUBLIC_URL)
        self.desk = MemoryDesk(order_service, self.settings)
        self.bench = self.desk.bench
        self.bench.tell(product_listed())
        self.shop = self.desk.admit("shop-token", Principal(SHOP, "shop", frozenset({"orders:write", "orders:read"})))
        self.parties = every_party()
        self.calls: list[str] = []

    @property
    def wechat(self) -> WechatPay:
        party = self.parties["wechat"]
        assert isinstance(party, WechatPay)
        return party

    async def want(self, channel: str = "wechat", number: str = NUMBER) -> httpx2.Response:
        async with self.desk.client() as client:
            return await client.post(f"/orders/{number}/payments", headers=self.shop, json={"channel": channel})

    async def get(self, path: str) -> dict[str, Any]:
        async with self.desk.client() as client:
            answer = await client.get(path, headers=self.shop)
        found: dict[str, Any] = answer.json()
        return found

    async def look(self, channel: str = "wechat") -> dict[str, Any]:
        return await self.get(f"/orders/{NUMBER}/payments/{channel}")

    def open_intents(self) -> list[IntentRow]:
        """What is to be done by now."""
        open_ones = self.bench.intents(IntentStatus.PENDING, IntentStatus.UNKNOWN)
        return [row for row in open_ones if row.due_at <= self.bench.now]

    async def perform(self) -> list[Outcome]:
        """Carry out what is intended now."""
        outcomes: list[Outcome] = []
        for row in self.open_intents():
            kind, form = ACTIVITIES[row.kind]
            vault = Vault("order", b"m" * 32, DataKeysInMemory())
            tools = Tools(self.settings, self._call, vault, Fingerprints({1: b"f" * 32}), self._now)
            activity, intent, is_asked = kind(tools), msgspec.json.decode(row.payload, type=form), row.status is IntentStatus.UNKNOWN
            outcome = await (activity.ask(intent) if is_asked else activity.perform(intent))
            assert not isinstance(outcome, tuple)
            (self.bench.answer if is_asked else self.bench.outcome)(row.key, outcome)
            outcomes.append(outcome)
        return outcomes

    async def pass_time(self, seconds: int, step: int = 5) -> None:
        """Let time go by, carrying out what is intended."""
        for _ in range(0, seconds, step):
            self.bench.advance(seconds=step)
            await self.perform()

    async def deliver_notices(self) -> list[int]:
        """The notices that the providers send now reach the shop; its answers."""
        statuses = []
        for party in self.parties.values():
            for notice in party.due_notices(self.bench.now):
                request = notice.request
                async with self.desk.client() as client:
                    answer = await client.request(request.method, request.target, headers=dict(request.headers), content=request.body)
                party.answered(notice, HttpReply(answer.status_code, body=answer.content))
                statuses.append(answer.status_code)
        return statuses

    def _now(self) -> datetime:
        return self.bench.now

    async def _call(self, base_url: str, request: HttpRequest) -> HttpReply:
        code = base_url.removeprefix("https://").removesuffix(".example")
        self.calls.append(code)
        result = self.parties[code].handle(request, self.bench.now).result
        if isinstance(result, TransportFault):
            raise result
        return result

    def facts(self) -> list[str]:
        """What was said of payments and cards, without the impatience of fulfilment."""
        return [name for name in self.bench.said_names() if name.startswith(("Order", "Payment", "Card"))]

    @property
    def order(self) -> Order:
        return the_order(self.bench, NUMBER)

    @property
    def state(self) -> OrderState:
        return self.order.state
