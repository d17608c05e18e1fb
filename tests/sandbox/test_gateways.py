"""The gateways at which payments are created, without a network: create, pay, ask, be told, and every fault."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from protocols import epusdt, tokenpay
from protocols.checkout import Checkout, CheckoutRefused
from protocols.coin_payment import CoinPayment
from protocols.epay import EpayPayment, v2
from protocols.errors import ForgedNotice, StaleNotice
from protocols.form import decode_form
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from protocols.payment import PaymentStanding, PaymentState
from sandbox.behaviour.epay_v2 import EpayV2Dialect
from sandbox.behaviour.epusdt import EpusdtDialect
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.gateways import PaymentGateway
from sandbox.behaviour.payments import DueNotice
from sandbox.behaviour.tokenpay import TokenPayDialect
from tests.protocols.vectors import private_key, public_key
from tests.sandbox.parties import PID, START, at

TOKEN, KEY, TOTAL, NOTIFY_URL = "epusdt-test-token", "tokenpay-test-key", "19.90", "https://shop.example/notices"


@dataclass(frozen=True)
class Told:
    """What a notice says, whoever sent it."""

    order_number: str
    trade_number: str
    total: str
    is_paid: bool


class Client:
    """The shop's side of one gateway."""

    word = b"ok"

    def create(self, number: str, now: datetime) -> HttpRequest:
        raise NotImplementedError

    def created(self, reply: HttpReply, number: str, now: datetime) -> Checkout | CheckoutRefused:
        raise NotImplementedError

    def ask(self, number: str, trade_number: str, now: datetime) -> HttpRequest:
        raise NotImplementedError

    def standing(self, reply: HttpReply, number: str, trade_number: str, now: datetime) -> PaymentStanding:
        raise NotImplementedError

    def read(self, request: HttpRequest, now: datetime) -> Told:
        raise NotImplementedError


class EpayClient(Client):
    word = b"success"

    def create(self, number: str, now: datetime) -> HttpRequest:
        payment = EpayPayment(number, TOTAL, "card", "alipay", NOTIFY_URL, "https://shop.example/back")
        return v2.build_create(payment, pid=PID, private_key=private_key("app"), now=now)

    def created(self, reply: HttpReply, number: str, now: datetime) -> Checkout | CheckoutRefused:
        return v2.parse_create_reply(reply.body, public_key("alipay"), order_number=number, now=now)

    def ask(self, number: str, trade_number: str, now: datetime) -> HttpRequest:
        return v2.build_query(number, pid=PID, private_key=private_key("app"), now=now)

    def standing(self, reply: HttpReply, number: str, trade_number: str, now: datetime) -> PaymentStanding:
        return v2.parse_query_reply(reply.body, public_key("alipay"), order_number=number, pid=PID, now=now)

    def read(self, request: HttpRequest, now: datetime) -> Told:
        fields = decode_form(request.body or request.target.partition("?")[2].encode())
        notice = v2.parse_notice(fields, public_key("alipay"), pid=PID, now=now)
        return Told(notice.order_number, notice.trade_number, notice.total, notice.is_paid)


class EpusdtClient(Client):
    def create(self, number: str, now: datetime) -> HttpRequest:
        return epusdt.build_create(CoinPayment(number, TOTAL, NOTIFY_URL), TOKEN)

    def created(self, reply: HttpReply, number: str, now: datetime) -> Checkout | CheckoutRefused:
        return epusdt.parse_create_reply(reply.body, order_number=number, total=TOTAL)

    def ask(self, number: str, trade_number: str, now: datetime) -> HttpRequest:
        return epusdt.build_query(trade_number)

    def standing(self, reply: HttpReply, number: str, trade_number: str, now: datetime) -> PaymentStanding:
        return epusdt.parse_query_reply(reply.body, order_number=number, trade_number=trade_number, total=TOTAL)

    def read(self, request: HttpRequest, now: datetime) -> Told:
        notice = epusdt.parse_notice(request.body, TOKEN)
        return Told(notice.order_number, notice.trade_number, notice.total, notice.is_paid)


class TokenPayClient(Client):
    def create(self, number: str, now: datetime) -> HttpRequest:
        return tokenpay.build_create(CoinPayment(number, TOTAL, NOTIFY_URL), KEY)

    def created(self, reply: HttpReply, number: str, now: datetime) -> Checkout | CheckoutRefused:
        return tokenpay.parse_create_reply(reply.body, order_number=number, total=TOTAL)

    def ask(self, number: str, trade_number: str, now: datetime) -> HttpRequest:
        return tokenpay.build_query(trade_number, KEY)

    def standing(self, reply: HttpReply, number: str, trade_number: str, now: datetime) -> PaymentStanding:
        return tokenpay.parse_query_reply(reply.body, order_number=number, trade_number=trade_number)

    def read(self, request: HttpRequest, now: datetime) -> Told:
        notice = tokenpay.parse_notice(request.body, KEY)
        return Told(notice.order_number, notice.trade_number, notice.total, notice.is_paid)


Pair = tuple[PaymentGateway, Client]


def epay_pair() -> Pair:
    dialect = EpayV2Dialect(PID, private_key("alipay"), public_key("app"))
    return PaymentGateway(dialect, notify_path="/notices/epay_v2"), EpayClient()


def epusdt_pair() -> Pair:
    return PaymentGateway(EpusdtDialect(TOKEN), notify_path="/notices/epusdt"), EpusdtClient()


def tokenpay_pair() -> Pair:
    return PaymentGateway(TokenPayDialect(KEY), notify_path="/notices/tokenpay"), TokenPayClient()


every_gateway = pytest.mark.parametrize("make", [epay_pair, epusdt_pair, tokenpay_pair])


def reply_of(gateway: PaymentGateway, request: HttpRequest, now: datetime = START) -> HttpReply:
    result = gateway.handle(request, now).result
    assert isinstance(result, HttpReply)
    return result


def checkout(gateway: PaymentGateway, client: Client, number: str = "RD1", now: datetime = START) -> Checkout:
    answer = client.created(reply_of(gateway, client.create(number, now), now), number, now)
    assert isinstance(answer, Checkout)
    return answer


def standing(gateway: PaymentGateway, client: Client, trade_number: str, now: datetime = START) -> PaymentStanding:
    return client.standing(reply_of(gateway, client.ask("RD1", trade_number, now), now), "RD1", trade_number, now)


def due(gateway: PaymentGateway, now: datetime = START) -> list[DueNotice]:
    return gateway.due_notices(now)


@every_gateway
def test_a_payment_is_created_paid_told_once_and_confirmed_when_asked(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    created = checkout(gateway, client)
    assert created.trade_number is not None
    assert created.content.startswith("https://cashier.example/")
    assert standing(gateway, client, created.trade_number).state is PaymentState.UNPAID
    gateway.pay("RD1", TOTAL, START)
    [notice] = due(gateway)
    told = client.read(notice.request, START)
    assert (told.order_number, told.trade_number, Decimal(told.total), told.is_paid) == ("RD1", created.trade_number, Decimal(TOTAL), True)
    answer = standing(gateway, client, created.trade_number)
    assert (answer.state, answer.trade_number) == (PaymentState.PAID, created.trade_number)
    assert gateway.answered(notice, HttpReply(200, body=client.word))
    assert gateway.next_due_at() is None


@every_gateway
def test_notices_are_repeated_and_each_is_signed_as_of_its_own_time(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    gateway.pay("RD1", TOTAL, START)
    moments: list[float] = []
    while (moment := gateway.next_due_at()) is not None:
        [notice] = due(gateway, moment)
        assert client.read(notice.request, moment).is_paid
        assert not gateway.answered(notice, HttpReply(200, body=b"fail"))
        moments.append((moment - START).total_seconds())
    assert len(moments) == len(gateway.gateway.schedule_seconds) + 1


def test_a_version_2_notice_that_was_held_up_is_stale() -> None:
    gateway, client = epay_pair()
    gateway.pay("RD1", TOTAL, START)
    [notice] = due(gateway)
    with pytest.raises(StaleNotice):
        client.read(notice.request, at(301))


@every_gateway
def test_late_lost_double_and_wrong_notices_come_as_switched(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    switches = {
        "RD1": PaymentFaults(notice_delay_seconds=100),
        "RD2": PaymentFaults(lost_notice_count=1),
        "RD3": PaymentFaults(duplicate_notice_count=2),
        "RD4": PaymentFaults(notice_total="0.01"),
    }
    for number, faults in switches.items():
        gateway.faults.set(faults, order_number=number)
        gateway.pay(number, TOTAL, START)
    first = [client.read(notice.request, START) for notice in due(gateway)]
    assert [told.order_number for told in first] == ["RD3"] * 3 + ["RD4"]
    assert len(set(first[:3])) == 1
    assert first[3].total == "0.01"
    later = START + timedelta(seconds=100)
    assert {client.read(notice.request, later).order_number for notice in due(gateway, later)} == set(switches)


@every_gateway
def test_forged_notices_are_refused_by_the_shop_and_nothing_stands_behind_a_claim(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    gateway.forge_notice("RD1", TOTAL, START)
    gateway.faults.set(PaymentFaults(is_notice_forged=True), order_number="RD2")
    gateway.pay("RD2", TOTAL, START)
    notices = due(gateway)
    assert len(notices) == 2
    for notice in notices:
        with pytest.raises(ForgedNotice):
            client.read(notice.request, START)
    assert gateway.trade("RD1") is None
    assert standing(gateway, client, "a-trade-of-nobody").state is PaymentState.ABSENT


@every_gateway
def test_calls_can_be_down_lost_failing_slow_or_wrong(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    call = client.create("RD1", START)
    gateway.faults.set(PaymentFaults(is_down=True))
    assert isinstance(gateway.handle(call, START).result, NotSent)
    assert gateway.trade("RD1") is None
    gateway.faults.set(PaymentFaults(is_failing=True))
    assert reply_of(gateway, call).status == 502
    gateway.faults.set(PaymentFaults(slow_seconds=3))
    assert gateway.handle(call, START).latency_seconds == 3
    gateway.faults.set(PaymentFaults(is_answer_lost=True))
    assert isinstance(gateway.handle(client.create("RD9", START), START).result, AnswerLost)
    assert gateway.trade("RD9") is not None  # what was asked for has happened
    gateway.faults.set(PaymentFaults(is_query_unpaid=True))
    trade = gateway.pay("RD1", TOTAL, START)
    assert standing(gateway, client, trade.trade_number).state is PaymentState.UNPAID
    gateway.faults.clear()
    assert standing(gateway, client, trade.trade_number).state is PaymentState.PAID


@every_gateway
def test_a_call_with_a_signature_of_somebody_else_is_refused_over_there(make: Callable[[], Pair]) -> None:
    gateway, client = make()
    call = client.create("RD1", START)
    changed = HttpRequest(call.method, call.url_path, call.query, call.headers, call.body.replace(b"19.9", b"0.1"))
    assert changed != call
    assert isinstance(client.created(reply_of(gateway, changed), "RD1", START), CheckoutRefused)
    assert gateway.trade("RD1") is None


def test_creating_twice_is_answered_in_each_gateways_own_way() -> None:
    gateway, client = epusdt_pair()
    checkout(gateway, client)
    again = client.created(reply_of(gateway, client.create("RD1", START)), "RD1", START)
    assert again == CheckoutRefused("RD1", "10002", is_known_already=True)
    for make in (epay_pair, tokenpay_pair):
        gateway, client = make()
        assert checkout(gateway, client) == checkout(gateway, client)


@every_gateway
@pytest.mark.parametrize("path", ["/", "/api/pay/refund", "/elsewhere"])
def test_a_call_to_nowhere_opens_nothing(make: Callable[[], Pair], path: str) -> None:
    gateway, client = make()
    call = client.create("RD1", START)
    assert isinstance(gateway.handle(HttpRequest(call.method, path, call.query, call.headers, call.body), START).result, HttpReply)
    assert gateway.trade("RD1") is None
