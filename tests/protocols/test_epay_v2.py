"""易支付 version 2: golden vectors, a plain second judge; forged, replayed, moved and foreign messages are refused."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from protocols import errors
from protocols.checkout import Checkout, CheckoutRefused
from protocols.epay import EpayPayment, canonical, v2
from protocols.epay.variant import V2, EpayVariant
from protocols.form import decode_form
from tests.protocols.changed import changed_field
from tests.protocols.vectors import private_key, public_key, vectors

VECTORS = vectors("epay_v2")
PLATFORM = public_key("alipay")
PID: str = VECTORS["pid"]
PAID: dict[str, str] = VECTORS["notices"][0]["params"]
PAID_REPLY: bytes = VECTORS["query_replies"][0]["body"].encode()
ORDER = "RD202611210001"
NOW = datetime.fromtimestamp(VECTORS["notices"][0]["now"], UTC)
PAYMENT = EpayPayment(**VECTORS["payment"])


def read(params: dict[str, str], now: datetime = NOW) -> v2.EpayV2Notice:
    return v2.parse_notice(params, PLATFORM, pid=PID, now=now)


def second_judge(fields: dict[str, Any], key: RSAPublicKey) -> bool:
    """The rule written a second time: pairs in a list, the digest made by hashlib."""
    pairs = [(name, value) for name, value in fields.items() if name not in {"sign", "sign_type"} and value not in {"", None}]
    text = "&".join("=".join((name, str(value))) for name, value in sorted(pairs))
    try:
        key.verify(base64.b64decode(fields["sign"]), hashlib.sha256(text.encode()).digest(), PKCS1v15(), Prehashed(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect = case["expect"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            read(case["params"])
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = read(case["params"])
    assert canonical(case["params"]) == case["canonical"]
    told = {name: getattr(notice, name) for name in expect}
    assert {**told, "paid_at": notice.paid_at and notice.paid_at.isoformat()} == expect


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_a_second_judge_finds_the_same_signatures_genuine(case: dict[str, Any]) -> None:
    params = case["params"]
    if case["verdict"] == "MalformedNotice":
        return
    assert second_judge(params, PLATFORM) is (case["verdict"] != "ForgedNotice")


@given(changed_field(PAID))
def test_any_changed_character_of_a_notice_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        read(changed)


@given(st.sampled_from(sorted(name for name in PAID if PAID[name] and name != "sign_type")))
def test_a_field_left_out_is_refused(field: str) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        read({name: value for name, value in PAID.items() if name != field})


def test_the_order_of_the_parameters_does_not_matter() -> None:
    assert read(dict(reversed(PAID.items()))) == read(PAID)


@given(st.integers(-100_000, 100_000))
def test_a_genuine_notice_lives_for_five_minutes_around_its_time(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    if abs(seconds) <= v2.WINDOW_SECONDS:
        assert read(PAID, now).is_paid
    else:
        with pytest.raises(errors.StaleNotice):
            read(PAID, now)


def test_a_repeat_signed_anew_reads_the_same() -> None:
    bare = {name: value for name, value in PAID.items() if name not in ("sign", "sign_type", "timestamp")}
    later = NOW + timedelta(hours=1)
    repeat = v2.sign_notice(bare, private_key("alipay"), now=later)
    assert repeat["timestamp"] != PAID["timestamp"]
    assert read(repeat, later) == read(PAID)
    assert second_judge(repeat, PLATFORM)


def test_what_our_own_key_signed_is_no_notice() -> None:
    bare = {name: value for name, value in PAID.items() if name not in ("sign", "sign_type")}
    with pytest.raises(errors.ForgedNotice):
        read(v2.sign_notice(bare, private_key("app"), now=NOW))


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, order = case["expect"], case["body"].encode(), case["order_number"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            v2.parse_query_reply(body, PLATFORM, order_number=order, pid=PID, now=NOW)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = v2.parse_query_reply(body, PLATFORM, order_number=order, pid=PID, now=NOW)
    assert standing.state.value == expect["state"]
    for name in ("trade_number", "total", "error_code"):
        assert getattr(standing, name) == expect.get(name)


@given(st.integers(0, len(PAID_REPLY) - 1), st.integers(0, 255))
def test_any_changed_byte_of_a_reply_never_yields_another_statement(position: int, byte: int) -> None:
    body = PAID_REPLY[:position] + bytes([byte]) + PAID_REPLY[position + 1 :]
    genuine = v2.parse_query_reply(PAID_REPLY, PLATFORM, order_number=ORDER, pid=PID, now=NOW)
    try:
        standing = v2.parse_query_reply(body, PLATFORM, order_number=ORDER, pid=PID, now=NOW)
    except errors.ProtocolError:
        return
    assert standing == genuine or standing.state.value == "unknown"


@given(st.integers(0, len(PAID_REPLY) - 1))
def test_a_truncated_reply_is_refused(length: int) -> None:
    with pytest.raises(errors.MalformedReply):
        v2.parse_query_reply(PAID_REPLY[:length], PLATFORM, order_number=ORDER, pid=PID, now=NOW)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reply_parsers(body: bytes) -> None:
    for parse in (
        lambda: v2.parse_query_reply(body, PLATFORM, order_number=ORDER, pid=PID, now=NOW),
        lambda: v2.parse_create_reply(body, PLATFORM, order_number=ORDER, now=NOW),
    ):
        try:
            parse()
        except errors.ProtocolError:
            pass


@pytest.mark.parametrize("case", VECTORS["create_replies"], ids=lambda case: case["name"])
def test_each_golden_create_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, order = case["expect"], case["body"].encode(), case["order_number"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            v2.parse_create_reply(body, PLATFORM, order_number=order, now=NOW)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    answer = v2.parse_create_reply(body, PLATFORM, order_number=order, now=NOW)
    if isinstance(answer, CheckoutRefused):
        assert expect == {"error_code": answer.error_code}
    else:
        assert expect == {"kind": answer.kind.value, "content": answer.content, "trade_number": answer.trade_number}


def test_requests_are_built_and_signed_as_the_golden_ones() -> None:
    own = private_key("app")
    query = v2.build_query(ORDER, pid=PID, private_key=own, now=NOW)
    create = v2.build_create(PAYMENT, pid=PID, private_key=own, now=NOW)
    page = v2.build_page_link(PAYMENT, pid=PID, private_key=own, now=NOW)
    assert (query.method, query.url_path, decode_form(query.body)) == ("POST", "/api/pay/query", VECTORS["query"]["form"])
    assert (create.method, create.url_path, decode_form(create.body)) == ("POST", "/api/pay/create", VECTORS["create"]["form"])
    assert (page.method, page.url_path, dict(page.query)) == ("GET", "/api/pay/submit", VECTORS["page"]["query"])
    for request in (query, create, page):
        assert second_judge(v2.verify_call(request, public_key("app"), now=NOW), public_key("app"))
        assert dict(parse_qsl(request.target.partition("?")[2] or request.body.decode()))["sign_type"] == "RSA"


@pytest.mark.parametrize("change", [{"money": "0.01"}, {"sign": ""}, {"timestamp": "1795262000"}, {"pid": "1002"}])
def test_a_changed_call_is_refused_over_there(change: dict[str, str]) -> None:
    request = v2.build_page_link(PAYMENT, pid=PID, private_key=private_key("app"), now=NOW)
    changed = type(request)("GET", request.url_path, query=tuple({**dict(request.query), **change}.items()))
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        v2.verify_call(changed, public_key("app"), now=NOW)


def test_an_old_call_is_refused_over_there() -> None:
    request = v2.build_query(ORDER, pid=PID, private_key=private_key("app"), now=NOW)
    with pytest.raises(errors.StaleNotice):
        v2.verify_call(request, public_key("app"), now=NOW + timedelta(seconds=301))


def test_an_answer_signed_here_passes_the_second_judge_and_is_read_back() -> None:
    content = {"code": 0, "pid": 1001, "out_trade_no": ORDER, "trade_no": "T1", "money": "1.50", "status": 1, "name": "卡 & 券"}
    body = v2.sign_answer(content, private_key("alipay"), now=NOW)
    assert second_judge(json.loads(body), PLATFORM)
    standing = v2.parse_query_reply(body, PLATFORM, order_number=ORDER, pid=PID, now=NOW)
    assert (standing.state.value, standing.trade_number, standing.total) == ("paid", "T1", "1.50")


def test_a_clone_with_its_own_ways_is_a_matter_of_settings() -> None:
    clone = EpayVariant(success_word="SUCCESS", done_code="1", submit_path="/pay/go", create_path="", query_path="/pay/find")
    page = v2.build_page_link(PAYMENT, pid=PID, private_key=private_key("app"), now=NOW, variant=clone)
    assert page.url_path == "/pay/go"
    assert v2.build_query(ORDER, pid=PID, private_key=private_key("app"), now=NOW, variant=clone).url_path == "/pay/find"
    with pytest.raises(ValueError):
        v2.build_create(PAYMENT, pid=PID, private_key=private_key("app"), now=NOW, variant=clone)
    with pytest.raises(ValueError):
        v2.build_query(ORDER, pid=PID, private_key=private_key("app"), now=NOW, variant=EpayVariant(query_path=""))
    body = v2.sign_answer(
        {"code": 1, "trade_no": "T1", "pay_type": "jump", "pay_info": "https://a.example"}, private_key("alipay"), now=NOW
    )
    assert isinstance(v2.parse_create_reply(body, PLATFORM, order_number=ORDER, now=NOW, variant=clone), Checkout)
    assert isinstance(v2.parse_create_reply(body, PLATFORM, order_number=ORDER, now=NOW, variant=V2), CheckoutRefused)


def test_nothing_of_a_refused_notice_stands_in_the_refusal() -> None:
    with pytest.raises(errors.ForgedNotice) as refusal:
        read({**PAID, "buyer": "canary-2088"})
    assert "canary" not in repr(refusal.value) + str(refusal.value)
