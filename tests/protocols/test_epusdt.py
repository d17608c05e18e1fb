"""epusdt: golden vectors, a plain second judge; any changed character is refused."""

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import epusdt, errors
from protocols.checkout import CheckoutRefused
from protocols.coin_payment import CoinPayment
from protocols.exact_json import JsonNumber, decode_object, signed_texts
from tests.protocols.changed import changed_text
from tests.protocols.vectors import vectors

VECTORS = vectors("epusdt")
TOKEN: str = VECTORS["token"]
PAID: bytes = VECTORS["notices"][0]["body"].encode()
MEMBERS: dict[str, Any] = json.loads(PAID)
ORDER, TOTAL, TRADE = "RD202611210001", "19.90", VECTORS["trade_number"]
PAYMENT = CoinPayment(**VECTORS["payment"])

texts = st.text(st.characters(codec="utf-8"), max_size=8)
amounts = st.decimals(min_value=0, max_value=10**9, places=2)


def second_judge(body: bytes, token: str) -> bool:
    """The rule written a second time, with numbers as exact decimals of another reader."""
    content = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    pairs = []
    for name in sorted(content):
        value = content[name]
        text = format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
        if name != "signature" and text:
            pairs.append(name + "=" + text)
    return bool(hashlib.md5(("&".join(pairs) + token).encode()).hexdigest() == content["signature"])


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            epusdt.parse_notice(body, TOKEN)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = epusdt.parse_notice(body, TOKEN)
    signed = signed_texts(decode_object(body, errors.MalformedNotice), errors.MalformedNotice)
    assert epusdt.canonical(signed) == case["canonical"]
    assert {name: getattr(notice, name) for name in expect} == expect


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_a_second_judge_finds_the_same_signatures_genuine(case: dict[str, Any]) -> None:
    if case["verdict"] != "MalformedNotice":
        assert second_judge(case["body"].encode(), TOKEN) is (case["verdict"] == "accepted")


@given(texts, amounts, amounts, texts)
def test_whatever_is_signed_here_passes_the_second_judge(order: str, amount: Decimal, coins: Decimal, note: str) -> None:
    body = epusdt.sign_notice(
        {"order_id": order, "amount": JsonNumber(str(amount)), "actual_amount": JsonNumber(str(coins)), "note": note}, TOKEN
    )
    assert second_judge(body, TOKEN)


@given(changed_text(PAID.decode()))
def test_any_changed_character_of_a_notice_is_refused(changed: str) -> None:
    try:
        notice = epusdt.parse_notice(changed.encode(), TOKEN)
    except (errors.ForgedNotice, errors.MalformedNotice):
        return
    assert notice == epusdt.parse_notice(PAID, TOKEN)  # white space between members, and nothing else


@given(st.integers(0, len(PAID) - 1))
def test_a_truncated_notice_is_refused(length: int) -> None:
    with pytest.raises(errors.MalformedNotice):
        epusdt.parse_notice(PAID[:length], TOKEN)


def test_the_order_of_the_members_does_not_matter_and_a_copy_says_the_same() -> None:
    turned = json.dumps(dict(reversed(MEMBERS.items()))).encode()
    assert epusdt.parse_notice(turned, TOKEN) == epusdt.parse_notice(PAID, TOKEN) == epusdt.parse_notice(PAID, TOKEN)


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_signs_and_accepts_nothing(token: str) -> None:
    bare = {name: value for name, value in MEMBERS.items() if name != "signature"}
    forged = json.dumps({**bare, "signature": hashlib.md5(VECTORS["notices"][0]["canonical"].encode()).hexdigest()}).encode()
    with pytest.raises(errors.EmptyKey):
        epusdt.parse_notice(forged, token)
    with pytest.raises(errors.EmptyKey):
        epusdt.build_create(PAYMENT, token)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parsers(body: bytes) -> None:
    for parse in (
        lambda: epusdt.parse_notice(body, TOKEN),
        lambda: epusdt.parse_create_reply(body, order_number=ORDER, total=TOTAL),
        lambda: epusdt.parse_query_reply(body, order_number=ORDER, trade_number=TRADE, total=TOTAL),
    ):
        try:
            parse()
        except errors.ProtocolError:
            pass


def test_a_payment_is_created_as_the_golden_one_and_judged_over_there() -> None:
    request = epusdt.build_create(PAYMENT, TOKEN)
    golden = VECTORS["create"]
    assert (request.method, request.url_path) == ("POST", "/api/v1/order/create-transaction")
    assert json.loads(request.body, parse_float=str) == golden["body"]
    assert b'"amount":19.9,' in request.body  # a number, digit by digit
    assert epusdt.canonical(epusdt.verify_create(request, TOKEN)) == golden["canonical"]
    assert second_judge(request.body, TOKEN)
    with pytest.raises(errors.ForgedNotice):
        epusdt.verify_create(request, "another token")


def test_a_gateway_with_its_own_ways_is_a_matter_of_settings() -> None:
    other = epusdt.EpusdtVariant(
        create_path="/payments/v1/create", status_path="/s/", further_fields=(("network", "tron"), ("token", "usdt"))
    )
    request = epusdt.build_create(PAYMENT, TOKEN, variant=other)
    assert request.url_path == "/payments/v1/create"
    assert json.loads(request.body)["network"] == "tron"
    assert second_judge(request.body, TOKEN)
    assert epusdt.build_query("T/1", variant=other).target == "/s/T%2F1"


@pytest.mark.parametrize("total", ["19.901", "1e3", "-1", "", "NaN"])
def test_what_no_gateway_takes_is_not_sent(total: str) -> None:
    with pytest.raises(ValueError):
        epusdt.build_create(CoinPayment(ORDER, total, "https://shop.example"), TOKEN)


@pytest.mark.parametrize("case", VECTORS["create_replies"], ids=lambda case: case["name"])
def test_each_golden_create_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            epusdt.parse_create_reply(body, order_number=ORDER, total=TOTAL)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    answer = epusdt.parse_create_reply(body, order_number=ORDER, total=TOTAL)
    if isinstance(answer, CheckoutRefused):
        assert expect == {"error_code": answer.error_code, "is_known_already": answer.is_known_already}
        return
    expires_at = answer.expires_at and answer.expires_at.isoformat()
    told = {name: getattr(answer, name) for name in ("content", "trade_number", "payable")}
    assert expect == {**told, "kind": answer.kind.value, "expires_at": expires_at}


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            epusdt.parse_query_reply(body, order_number=ORDER, trade_number=TRADE, total=TOTAL)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = epusdt.parse_query_reply(body, order_number=ORDER, trade_number=TRADE, total=TOTAL)
    assert {"state": standing.state.value, **({"error_code": standing.error_code} if standing.error_code else {})} == expect
    if standing.state.value == "paid":
        assert (standing.trade_number, standing.total) == (TRADE, TOTAL)


def test_the_query_is_built_as_the_golden_one() -> None:
    request = epusdt.build_query(TRADE)
    assert (request.method, request.target) == ("GET", VECTORS["query"]["target"])
