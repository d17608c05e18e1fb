"""The payment providers' behaviour, without a network: schedules, queries, every fault."""

from collections.abc import Callable
from typing import Any

import pytest

from protocols import alipay, epay
from protocols.errors import ForgedNotice
from protocols.form import decode_form, unique_fields
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from protocols.payment import PaymentStanding, PaymentState
from sandbox.behaviour.faults import PaymentFaults
from sandbox.behaviour.payments import DueNotice, PaymentProvider, PaymentRefused
from sandbox.behaviour.reaction import Reaction
from tests.protocols.vectors import private_key, public_key
from tests.sandbox.parties import APP_ID, EPAY_KEY, PID, SELLER_ID, START, alipay_provider, at, epay_provider

SUCCESS = HttpReply(200, body=b"success")
PROVIDERS = [alipay_provider, epay_provider]


def read(notice: DueNotice) -> Any:
    """The notice as a shop reads it."""
    request = notice.request
    if notice.provider == "alipay":
        form = decode_form(request.body)
        return alipay.parse_notice(form, public_key("alipay"), app_id=APP_ID, seller_id=SELLER_ID)
    fields = decode_form(request.body) if request.body else unique_fields(request.query)
    return epay.parse_notice(fields, EPAY_KEY, pid=PID)


def query(provider: PaymentProvider, order_number: str) -> HttpRequest:
    if provider.name == "alipay":
        return alipay.build_query(order_number, app_id=APP_ID, private_key=private_key("app"), now=START)
    return epay.build_query(order_number, pid=PID, key=EPAY_KEY)


def standing(provider: PaymentProvider, order_number: str) -> PaymentStanding:
    result = provider.handle(query(provider, order_number), START).result
    assert isinstance(result, HttpReply)
    if provider.name == "alipay":
        return alipay.parse_query_reply(result.body, public_key("alipay"), order_number=order_number)
    return epay.parse_query_reply(result.body, order_number=order_number, pid=PID)


def attempts(provider: PaymentProvider, answer: HttpReply) -> list[float]:
    """The moments of all notices, in seconds from the beginning, while the shop keeps giving this answer."""
    moments: list[float] = []
    while (due_at := provider.next_due_at()) is not None:
        for notice in provider.due_notices(due_at):
            moments.append((due_at - START).total_seconds())
            provider.answered(notice, answer)
    return moments


@pytest.mark.parametrize("make", PROVIDERS)
def test_a_payment_is_told_once_when_the_shop_says_success(make: Any) -> None:
    provider = make()
    trade = provider.pay("RD1", "19.90", START)
    [notice] = provider.due_notices(START)
    told = read(notice)
    assert (told.order_number, told.total, told.trade_number, told.is_paid) == ("RD1", "19.90", trade.trade_number, True)
    assert provider.answered(notice, SUCCESS)
    assert provider.next_due_at() is None


def test_the_order_number_can_stand_in_the_notify_path() -> None:
    provider = alipay_provider()
    provider.pay("RD1", "19.90", START)
    assert provider.due_notices(START)[0].request.url_path == "/notices/alipay/RD1"


def test_alipay_repeats_for_a_day_and_epay_for_one_and_a_half_hours() -> None:
    alipay_side, epay_side = alipay_provider(), epay_provider()
    for provider in (alipay_side, epay_side):
        provider.pay("RD1", "1", START)
    minutes = [0, 4, 14, 24, 84, 204, 564, 1464]
    assert attempts(alipay_side, HttpReply(200, body=b"fail")) == [minute * 60 for minute in minutes]
    assert attempts(epay_side, HttpReply(500, body=b"success")) == [0, 15, 75, 255, 2055, 5655]


@pytest.mark.parametrize("body", [b"SUCCESS", b"success\n", b" success", b"", b"fail", b'"success"'])
def test_only_the_exact_success_word_ends_the_schedule(body: bytes) -> None:
    provider = epay_provider()
    provider.pay("RD1", "1", START)
    [notice] = provider.due_notices(START)
    assert not provider.answered(notice, HttpReply(200, body=body))
    assert not provider.answered(notice, AnswerLost())
    assert provider.next_due_at() == at(15)


def test_every_repetition_of_a_notice_carries_the_same_notify_id() -> None:
    provider = alipay_provider()
    provider.pay("RD1", "1", START)
    ids = {read(notice).notify_id for moment in (0, 240, 900) for notice in provider.due_notices(at(moment))}
    assert len(ids) == 1


@pytest.mark.parametrize("make", PROVIDERS)
def test_a_query_tells_absent_unpaid_and_paid(make: Any) -> None:
    provider = make()
    assert standing(provider, "RD1").state is PaymentState.ABSENT
    provider.open("RD1", "19.90", START)
    assert standing(provider, "RD1").state is PaymentState.UNPAID
    trade = provider.pay("RD1", "19.90", START)
    expected = PaymentStanding(PaymentState.PAID, "RD1", trade.trade_number, "19.90")
    assert standing(provider, "RD1") == expected


def test_a_query_with_wrong_credentials_says_nothing() -> None:
    provider = epay_provider()
    provider.pay("RD1", "1", START)
    result = provider.handle(epay.build_query("RD1", pid=PID, key="guess"), START).result
    assert isinstance(result, HttpReply)
    assert epay.parse_query_reply(result.body, order_number="RD1", pid=PID).state is PaymentState.UNKNOWN
    provider = alipay_provider()
    provider.pay("RD1", "1", START)
    forged = alipay.build_query("RD1", app_id=APP_ID, private_key=private_key("other"), now=START)
    result = provider.handle(forged, START).result
    assert isinstance(result, HttpReply)
    answer = alipay.parse_query_reply(result.body, public_key("alipay"), order_number="RD1")
    assert (answer.state, answer.error_code) == (PaymentState.UNKNOWN, "isv.invalid-signature")


@pytest.mark.parametrize("make", PROVIDERS)
def test_an_order_is_paid_once_and_with_an_amount(make: Any) -> None:
    provider = make()
    provider.pay("RD1", "1", START)
    with pytest.raises(PaymentRefused):
        provider.pay("RD1", "1", START)
    with pytest.raises(PaymentRefused):
        provider.pay("RD2", "much", START)


@pytest.mark.parametrize("make", PROVIDERS)
def test_lost_notices_are_repeated_by_the_schedule(make: Any) -> None:
    provider = make()
    provider.faults.set(PaymentFaults(lost_notice_count=2), order_number="RD1")
    provider.pay("RD1", "1", START)
    moments = attempts(provider, SUCCESS)
    assert moments == [sum(provider.dialect.schedule_seconds[:2])]


@pytest.mark.parametrize("make", PROVIDERS)
def test_duplicate_notices_are_equal_copies(make: Any) -> None:
    provider = make()
    provider.faults.set(PaymentFaults(duplicate_notice_count=2))
    provider.pay("RD1", "1", START)
    notices = provider.due_notices(START)
    assert [notice.copy for notice in notices] == [0, 1, 2]
    assert len({notice.request for notice in notices}) == 1


def test_a_late_notice_comes_late() -> None:
    provider = epay_provider()
    provider.faults.set(PaymentFaults(notice_delay_seconds=400))
    provider.pay("RD1", "1", START)
    assert provider.due_notices(at(399)) == []
    assert len(provider.due_notices(at(400))) == 1


@pytest.mark.parametrize("make", PROVIDERS)
def test_a_wrong_amount_is_rightly_signed_and_the_query_tells_the_truth(make: Any) -> None:
    provider = make()
    provider.faults.set(PaymentFaults(notice_total="0.01"))
    provider.pay("RD1", "19.90", START)
    [notice] = provider.due_notices(START)
    assert read(notice).total == "0.01"
    assert standing(provider, "RD1").total == "19.90"


@pytest.mark.parametrize("make", PROVIDERS)
def test_a_forged_signature_is_refused_by_the_shop(make: Any) -> None:
    provider = make()
    provider.faults.set(PaymentFaults(is_notice_forged=True))
    provider.pay("RD1", "19.90", START)
    with pytest.raises(ForgedNotice):
        read(provider.due_notices(START)[0])


@pytest.mark.parametrize("make", PROVIDERS)
def test_a_forged_claim_comes_once_and_no_trade_stands_behind_it(make: Any) -> None:
    provider = make()
    provider.forge_notice("RD1", "19.90", START)
    with pytest.raises(ForgedNotice):
        read(provider.due_notices(START)[0])
    assert provider.next_due_at() is None
    assert standing(provider, "RD1").state is PaymentState.ABSENT


@pytest.mark.parametrize("make", PROVIDERS)
def test_queries_can_be_down_lost_failing_slow_or_wrong(make: Callable[[], PaymentProvider]) -> None:
    provider = make()
    provider.pay("RD1", "1", START)

    def reaction(faults: PaymentFaults) -> Reaction:
        provider.faults.set(faults, until=at(60))
        return provider.handle(query(provider, "RD1"), START)

    assert isinstance(reaction(PaymentFaults(is_down=True)).result, NotSent)
    assert isinstance(reaction(PaymentFaults(is_answer_lost=True)).result, AnswerLost)
    failing = reaction(PaymentFaults(is_failing=True)).result
    assert isinstance(failing, HttpReply)
    assert failing.status == 502
    assert reaction(PaymentFaults(slow_seconds=3)).latency_seconds == 3
    provider.faults.set(PaymentFaults(is_query_unpaid=True))
    assert standing(provider, "RD1").state is PaymentState.UNPAID
    provider.faults.clear()
    assert standing(provider, "RD1").state is PaymentState.PAID


def test_faults_of_an_order_go_before_those_of_all_and_end_with_their_span() -> None:
    book = epay_provider().faults
    for_all, for_one = PaymentFaults(is_down=True), PaymentFaults(slow_seconds=1)
    book.set(for_all, until=at(10))
    book.set(for_one, order_number="RD1", until=at(5))
    assert book.holding(START, "RD1") == for_one
    assert book.holding(START, "RD1-1-2") == for_one
    assert book.holding(START, "RD11") == for_all
    assert book.holding(at(5), "RD1") == for_all
    assert book.holding(at(10), "RD1") == PaymentFaults()
