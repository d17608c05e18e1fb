"""Payments that are created for an order: wanted over HTTP, created outside of the request, asked about until the end."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec
import pytest

from chassis.activity import Activity, Confirmed, Intent, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.store.rows import IntentRow, IntentStatus
from chassis.tokens import Principal
from chassis.vault import DataKeysInMemory, Vault
from protocols.http import HttpReply, HttpRequest, TransportFault
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from services.order.domain.order_state import OrderState
from services.order.paying.activities import AskWhetherCreatedIsPaid, OpenPayment
from services.order.paying.intents import CreatePayment, PollPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.order.builders import SHOP, pay, place, product_listed, the_order
from tests.order.wechat import API_V3_KEY, MCHID, SERIAL, WECHAT_APP_ID, WECHAT_KEY, wechat_settings
from tests.protocols.vectors import public_key

NUMBER = "RD0001"
ACTIVITIES: dict[str, tuple[type[Activity[Any]], type[Intent]]] = {
    CreatePayment.KIND: (OpenPayment, CreatePayment),
    PollPayment.KIND: (AskWhetherCreatedIsPaid, PollPayment),
}


class Street:
    """A shop on the memory desk, and WeChat Pay, whom the activities really call."""

    def __init__(self, settings: OrderSettings) -> None:
        self.settings = settings
        self.desk = MemoryDesk(order_service, settings)
        self.bench = self.desk.bench
        self.bench.tell(product_listed())
        self.shop = self.desk.admit("shop-token", Principal(SHOP, "shop", frozenset({"orders:write", "orders:read"})))
        serial = wechat_settings().merchant_serial_number
        assert serial is not None
        dialect = WechatDialect(MCHID, WECHAT_APP_ID, SERIAL, serial, API_V3_KEY, WECHAT_KEY, public_key("app"))
        self.wechat = WechatPay(dialect, notify_path=f"/notices/wechat/{SHOP}")

    async def want(self, channel: str = "wechat", number: str = NUMBER) -> httpx2.Response:
        async with self.desk.client() as client:
            return await client.post(f"/orders/{number}/payments", headers=self.shop, json={"channel": channel})

    async def look(self) -> dict[str, Any]:
        async with self.desk.client() as client:
            answer = await client.get(f"/orders/{NUMBER}/payments/wechat", headers=self.shop)
        found: dict[str, Any] = answer.json()
        return found

    def open_intents(self) -> list[IntentRow]:
        return self.bench.intents(IntentStatus.PENDING, IntentStatus.UNKNOWN)

    async def perform(self) -> list[Outcome]:
        """Carry out what is intended now."""
        outcomes: list[Outcome] = []
        for row in self.open_intents():
            kind, form = ACTIVITIES[row.kind]
            tools = Tools(self.settings, self._call, Vault("order", b"m" * 32, DataKeysInMemory()), Fingerprints({1: b"f" * 32}), self._now)
            outcome = await kind(tools).perform(msgspec.json.decode(row.payload, type=form))
            assert not isinstance(outcome, tuple)
            is_asked = row.status is IntentStatus.UNKNOWN
            (self.bench.answer if is_asked else self.bench.outcome)(row.key, outcome)
            outcomes.append(outcome)
        return outcomes

    def _now(self) -> Any:
        return self.bench.now

    async def _call(self, base_url: str, request: HttpRequest) -> HttpReply:
        assert base_url == "https://wechat.example"
        result = self.wechat.handle(request, self.bench.now).result
        if isinstance(result, TransportFault):
            raise result
        return result

    @property
    def state(self) -> OrderState:
        return the_order(self.bench, NUMBER).state


@pytest.fixture
def street() -> Street:
    street = Street(OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings())}, public_url="https://shop.example/order"))
    place(street.bench, NUMBER)
    return street


async def an_open_payment(street: Street) -> None:
    assert (await street.want()).status_code == 202
    [outcome] = await street.perform()
    assert isinstance(outcome, Confirmed)


async def test_a_payment_is_created_outside_of_the_request_and_shown_once_it_is_open(street: Street) -> None:
    answer = await street.want()
    assert (answer.status_code, answer.json()["state"], answer.json()["content"]) == (202, "pending", None)
    assert street.wechat.trade(NUMBER) is None
    await street.perform()
    seen = await street.look()
    assert (seen["state"], seen["kind"], seen["content"][:12]) == ("open", "qr_code", "weixin://wxp")
    assert seen["expires_at"] == the_order(street.bench, NUMBER).expires_at.isoformat()
    created = street.wechat.trade(NUMBER)
    assert created is not None
    assert created.total == "25.00"


async def test_wanted_again_it_is_the_same_payment(street: Street) -> None:
    await street.want()
    assert (await street.want()).json()["state"] == "pending"
    await street.perform()
    content = (await street.look())["content"]
    assert (await street.want()).json()["content"] == content
    assert street.open_intents() == []


async def test_a_lost_answer_is_followed_by_the_same_call_which_finds_the_payment(street: Street) -> None:
    await street.want()
    street.wechat.faults.set(PaymentFaults(is_answer_lost=True))
    assert await street.perform() == [Unknown("answer_lost")]
    assert (await street.look())["state"] == "pending"
    assert street.wechat.trade(NUMBER) is not None
    street.wechat.faults.clear()
    street.bench.advance(seconds=1)
    await street.perform()
    assert (await street.look())["state"] == "open"


async def test_a_refused_payment_is_tried_again_when_it_is_wanted_again(street: Street) -> None:
    street.wechat.gateway.closed.add(NUMBER)
    await street.want()
    assert await street.perform() == [Refused("ORDER_CLOSED")]
    seen = await street.look()
    assert (seen["state"], seen["reason"]) == ("refused", "ORDER_CLOSED")
    street.wechat.gateway.closed.clear()
    assert (await street.want()).json()["state"] == "pending"
    await street.perform()
    assert (await street.look())["state"] == "open"


async def test_a_payment_whose_notices_are_all_lost_is_found_by_asking(street: Street) -> None:
    await an_open_payment(street)
    street.bench.advance(seconds=20)
    assert await street.perform() == [Refused("unpaid")]
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    assert street.state is OrderState.PLACED
    street.bench.advance(seconds=20)
    await street.perform()
    assert (street.state, (await street.look())["reason"]) == (OrderState.PAID, "paid")
    assert street.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]


async def test_the_questions_become_rarer_and_come_at_least_once_a_minute(street: Street) -> None:
    await an_open_payment(street)
    asked = []
    for second in range(1, 900):
        street.bench.advance(seconds=1)
        if street.open_intents():
            asked.append(second)
            await street.perform()
    pauses = [later - earlier for earlier, later in zip([0, *asked], asked, strict=False)]
    assert pauses == sorted(pauses)
    assert (pauses[0], max(pauses), len(asked)) == (10, 60, 19)


async def test_a_payment_of_which_a_notice_told_is_asked_about_no_more(street: Street) -> None:
    await an_open_payment(street)
    pay(street.bench, NUMBER, provider="wechat", trade_number="W1")
    street.bench.advance(seconds=20)
    assert street.open_intents() == []
    assert (await street.look())["state"] == "over"


async def test_a_payment_that_a_notice_and_an_answer_name_counts_once(street: Street) -> None:
    await an_open_payment(street)
    trade = street.wechat.pay(NUMBER, "25.00", street.bench.now)
    street.bench.advance(seconds=20)
    pay(street.bench, NUMBER, provider="wechat", trade_number=trade.trade_number)
    await street.perform()
    assert street.bench.said_names() == ["OrderPlaced", "PaymentConfirmed"]
    assert (await street.look())["reason"] == "paid"


async def test_another_amount_pays_nothing(street: Street) -> None:
    await an_open_payment(street)
    street.wechat.pay(NUMBER, "0.25", street.bench.now)
    street.bench.advance(seconds=20)
    await street.perform()
    assert (street.state, (await street.look())["reason"]) == (OrderState.PLACED, "other_amount")


async def test_a_payment_in_the_last_moment_is_found_by_the_last_question(street: Street) -> None:
    await an_open_payment(street)
    for _ in range(44):
        street.bench.advance(seconds=20)
        await street.perform()
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    street.bench.advance(seconds=90)
    await street.perform()
    (name, said) = street.bench.said[-1]
    assert (name, said["is_late"]) == ("PaymentConfirmed", True)


async def test_asking_ends_with_the_order(street: Street) -> None:
    await an_open_payment(street)
    for _ in range(44):
        street.bench.advance(seconds=20)
        await street.perform()
    assert street.bench.said_names() == ["OrderPlaced"]
    street.bench.advance(seconds=90)
    assert street.bench.said_names() == ["OrderPlaced", "OrderExpired"]
    await street.perform()
    assert ((await street.look())["reason"], street.open_intents()) == ("unpaid", [])
    street.bench.advance(minutes=30)
    assert street.bench.said_names() == ["OrderPlaced", "OrderExpired"]


async def test_a_silent_provider_is_asked_again_by_the_runtime(street: Street) -> None:
    await an_open_payment(street)
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    street.wechat.faults.set(PaymentFaults(is_down=True))
    street.bench.advance(seconds=20)
    assert await street.perform() == [Unknown("not_sent")]
    street.wechat.faults.clear()
    street.bench.advance(seconds=1)
    await street.perform()
    assert street.state is OrderState.PAID


async def test_an_account_that_is_gone_meanwhile_ends_the_asking(street: Street) -> None:
    await an_open_payment(street)
    street.settings.shops[SHOP] = ShopSettings()
    street.bench.advance(seconds=20)
    await street.perform()
    assert (await street.look())["reason"] == "cannot_be_asked"


async def test_what_cannot_be_paid_is_refused_and_nothing_is_recorded(street: Street) -> None:
    assert (await street.want(number="NOBODY1")).status_code == 404
    pay(street.bench, NUMBER)
    answer = await street.want()
    assert (answer.status_code, answer.json()["code"]) == (409, "order-not-payable")
    assert (await street.look())["code"] == "not-found"


@pytest.mark.parametrize("channel", ["epay", "paypal", "limits"])
async def test_a_channel_that_the_shop_does_not_have_is_not_offered(street: Street, channel: str) -> None:
    answer = await street.want(channel)
    assert (answer.status_code, answer.json()["code"]) == (409, "payment-not-offered")


@pytest.mark.parametrize(
    "settings",
    [
        OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings())}),
        OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings(merchant_private_key=None))}, public_url="https://x"),
    ],
    ids=["no public address", "no key of ours"],
)
async def test_without_an_address_or_a_key_no_payment_is_offered(settings: OrderSettings) -> None:
    street = Street(settings)
    place(street.bench, NUMBER)
    assert (await street.want()).json()["code"] == "payment-not-offered"


async def test_an_order_number_that_wechat_does_not_take_is_refused_without_a_call(street: Street) -> None:
    place(street.bench, "K1")
    await street.want(number="K1")
    assert await street.perform() == [Refused("unfit_order")]


async def test_only_the_shop_itself_asks_for_payments(street: Street) -> None:
    other = street.desk.admit("other", Principal("other", "shop", frozenset({"orders:read"})))
    async with street.desk.client() as client:
        assert (await client.post(f"/orders/{NUMBER}/payments", headers=other, json={"channel": "wechat"})).status_code == 403
        assert (await client.get(f"/orders/{NUMBER}/payments/wechat", headers=other)).status_code == 404
        assert (await client.post(f"/orders/{NUMBER}/payments", json={"channel": "wechat"})).status_code == 401
