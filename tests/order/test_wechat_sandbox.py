"""WeChat Pay end to end without a network: the sandbox's party tells and answers the order service on the memory desk."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.activity import Confirmed, Outcome, Refused, Tools, Unknown
from chassis.fingerprint import Fingerprints
from chassis.vault import DataKeysInMemory, Vault
from protocols.http import HttpReply, HttpRequest, TransportFault
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.wechat import WechatDialect, WechatPay
from services.order.domain.order_state import OrderState
from services.order.search.activities import AskWhetherPaid
from services.order.search.intents import FindPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.order.builders import NUMBER, SHOP, allocated, card_id, place, product_listed, the_order
from tests.order.wechat import API_V3_KEY, MCHID, SERIAL, WECHAT_APP_ID, WECHAT_KEY, wechat_settings
from tests.protocols.vectors import public_key

SETTINGS = OrderSettings(shops={SHOP: ShopSettings(wechat=wechat_settings())})


class Street:
    """A shop on the memory desk, and WeChat Pay, who tell and ask each other."""

    def __init__(self) -> None:
        self.desk = MemoryDesk(order_service, SETTINGS)
        self.bench = self.desk.bench
        self.bench.tell(product_listed())
        merchant_serial = SETTINGS.shops[SHOP].wechat
        assert merchant_serial is not None
        assert merchant_serial.merchant_serial_number is not None
        dialect = WechatDialect(
            MCHID, WECHAT_APP_ID, SERIAL, merchant_serial.merchant_serial_number, API_V3_KEY, WECHAT_KEY, public_key("app")
        )
        self.wechat = WechatPay(dialect, notify_path=f"/notices/wechat/{SHOP}")

    async def tell_all(self) -> list[int]:
        """Let WeChat send what it still has to send, at the times at which it does; the shop's answers."""
        statuses = []
        while (due_at := self.wechat.next_due_at()) is not None:
            self.bench.now = max(self.bench.now, due_at)
            for notice in self.wechat.due_notices(self.bench.now):
                async with self.desk.client() as client:
                    request = notice.request
                    answer = await client.post(request.url_path, headers=dict(request.headers), content=request.body)
                self.wechat.answered(notice, HttpReply(answer.status_code, body=answer.content))
                statuses.append(answer.status_code)
        return statuses

    async def ask(self) -> Outcome:
        """The shop asks about the order."""

        async def carried(base_url: str, request: HttpRequest) -> HttpReply:
            result = self.wechat.handle(request, self.bench.now).result
            if isinstance(result, TransportFault):
                raise result
            return result

        vault = Vault("order", b"m" * 32, DataKeysInMemory())
        activity = AskWhetherPaid(Tools(SETTINGS, carried, vault, Fingerprints({1: b"f" * 32}), lambda: self.bench.now))
        outcome = await activity.perform(
            FindPayment(
                key="k",
                target=f"wechat/{SHOP}",
                shop_id=SHOP,
                order_id=UUID(card_id(1)),
                order_number=NUMBER,
                provider="wechat",
                is_said_paid=False,
            )
        )
        assert not isinstance(outcome, tuple)
        return outcome

    @property
    def state(self) -> OrderState:
        return the_order(self.bench).state


@pytest.fixture
def street() -> Street:
    street = Street()
    place(street.bench)
    return street


async def test_a_buyer_pays_and_gets_the_card(street: Street) -> None:
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    assert await street.tell_all() == [204]
    street.bench.tell(allocated())
    assert street.bench.said_names() == ["OrderPlaced", "PaymentConfirmed", "CardDelivered"]
    assert isinstance(await street.ask(), Confirmed)


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        (PaymentFaults(duplicate_notice_count=2), [204, 204, 204]),
        (PaymentFaults(lost_notice_count=3), [204]),
        (PaymentFaults(notice_delay_seconds=600), [204]),
    ],
    ids=["thrice", "lost", "late"],
)
async def test_notices_that_come_often_or_late_pay_once(street: Street, faults: PaymentFaults, statuses: list[int]) -> None:
    street.wechat.faults.set(faults)
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    assert await street.tell_all() == statuses
    assert street.state is OrderState.PAID
    assert street.bench.said_names().count("PaymentConfirmed") == 1


async def test_a_forgery_pays_nothing_and_the_true_notice_afterwards_does(street: Street) -> None:
    street.wechat.forge_notice(NUMBER, "25.00", street.bench.now)
    assert await street.tell_all() == [400]
    assert (street.state, await street.ask()) == (OrderState.PLACED, Refused("absent"))
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    assert await street.tell_all() == [204]
    assert street.state is OrderState.PAID


@pytest.mark.parametrize("faults", [PaymentFaults(is_notice_forged=True), PaymentFaults(notice_total="0.25")], ids=["forged", "amount"])
async def test_a_notice_that_stays_wrong_is_repeated_for_a_day_in_vain(street: Street, faults: PaymentFaults) -> None:
    street.wechat.faults.set(faults)
    street.wechat.pay(NUMBER, "25.00", street.bench.now)
    assert await street.tell_all() == [400] * 16
    assert street.state is not OrderState.PAID
    assert isinstance(await street.ask(), Confirmed)  # what WeChat really has


async def test_a_silent_or_lying_provider_is_unknown_or_denies(street: Street) -> None:
    assert await street.ask() == Refused("absent")
    street.wechat.open(NUMBER, "25.00", street.bench.now)
    assert await street.ask() == Refused("unpaid")
    for faults in (PaymentFaults(is_down=True), PaymentFaults(is_answer_lost=True), PaymentFaults(is_failing=True)):
        street.wechat.faults.set(faults)
        assert isinstance(await street.ask(), Unknown)
