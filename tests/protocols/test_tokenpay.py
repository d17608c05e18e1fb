"""TokenPay: golden vectors, the guide's own example, a plain second judge; any changed character is refused."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import errors, tokenpay
from protocols.checkout import CheckoutRefused
from protocols.coin_payment import CoinPayment
from protocols.exact_json import JsonNumber, decode_object, signed_texts
from protocols.http import HttpRequest
from protocols.tokenpay import TokenPayVariant
from protocols.tokenpay.paid import paid_total
from tests.protocols.changed import changed_text
from tests.protocols.vectors import vectors

VECTORS = vectors("tokenpay")
KEY: str = VECTORS["key"]
PAID: bytes = VECTORS["notices"][0]["body"].encode()
MEMBERS: dict[str, Any] = json.loads(PAID)
ORDER, TOTAL, TRADE = "RD202611210001", "19.90", VECTORS["trade_number"]
PAYMENT = CoinPayment(**VECTORS["payment"])

texts = st.text(st.characters(codec="utf-8"), max_size=8)
coins = st.decimals(min_value=Decimal("0.0001"), max_value=10**6, places=4)


def second_judge(body: bytes, key: str, *, is_empty_kept: bool = True, is_hmac: bool = False) -> bool:
    """The rule written a second time, with numbers as exact decimals of another reader."""
    content = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    pairs = []
    for name in sorted(content):
        value = content[name]
        text = format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
        if name != "Signature" and (is_empty_kept or text):
            pairs.append(name + "=" + text)
    joined = "&".join(pairs).encode()
    digest = hmac.digest(key.encode(), joined, "sha256").hex() if is_hmac else hashlib.md5(joined + key.encode()).hexdigest()
    return bool(digest == content["Signature"])


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, variant = case["expect"], case["body"].encode(), TokenPayVariant(**case["variant"])
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            tokenpay.parse_notice(body, KEY, variant=variant)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = tokenpay.parse_notice(body, KEY, variant=variant)
    signed = signed_texts(decode_object(body, errors.MalformedNotice), errors.MalformedNotice)
    assert tokenpay.canonical(signed, variant=variant) == case["canonical"]
    assert {name: getattr(notice, name) for name in expect} == expect


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_a_second_judge_finds_the_same_signatures_genuine(case: dict[str, Any]) -> None:
    if case["verdict"] != "MalformedNotice":
        assert second_judge(case["body"].encode(), KEY, **case["variant"]) is (case["verdict"] == "accepted")


def test_the_worked_example_of_the_guide_comes_out_the_same() -> None:
    guide = VECTORS["guide"]
    request = tokenpay.build_query(guide["query"]["id"], guide["key"])
    assert dict(request.query) == {"Id": guide["query"]["id"], "Signature": guide["query"]["signature"]}


@given(texts, coins, st.booleans(), st.booleans())
def test_whatever_is_signed_here_passes_the_second_judge(note: str, amount: Decimal, is_empty_kept: bool, is_hmac: bool) -> None:
    variant = TokenPayVariant(is_empty_kept=is_empty_kept, is_hmac=is_hmac)
    body = tokenpay.sign_notice({"OutOrderId": ORDER, "Amount": JsonNumber(str(amount)), "PassThroughInfo": note}, KEY, variant=variant)
    assert second_judge(body, KEY, is_empty_kept=is_empty_kept, is_hmac=is_hmac)


@given(changed_text(PAID.decode()))
def test_any_changed_character_of_a_notice_is_refused(changed: str) -> None:
    try:
        notice = tokenpay.parse_notice(changed.encode(), KEY)
    except (errors.ForgedNotice, errors.MalformedNotice):
        return
    assert notice == tokenpay.parse_notice(PAID, KEY)  # white space between members, and nothing else


@given(st.integers(0, len(PAID) - 1))
def test_a_truncated_notice_is_refused(length: int) -> None:
    with pytest.raises(errors.MalformedNotice):
        tokenpay.parse_notice(PAID[:length], KEY)


def test_the_order_of_the_fields_does_not_matter_and_a_copy_says_the_same() -> None:
    turned = json.dumps(dict(reversed(MEMBERS.items()))).encode()
    assert tokenpay.parse_notice(turned, KEY) == tokenpay.parse_notice(PAID, KEY) == tokenpay.parse_notice(PAID, KEY)


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_key_signs_and_accepts_nothing(key: str) -> None:
    bare = {name: value for name, value in MEMBERS.items() if name != "Signature"}
    forged = json.dumps({**bare, "Signature": hashlib.md5(VECTORS["notices"][0]["canonical"].encode()).hexdigest()}).encode()
    with pytest.raises(errors.EmptyKey):
        tokenpay.parse_notice(forged, key)
    with pytest.raises(errors.EmptyKey):
        tokenpay.build_create(PAYMENT, key)
    with pytest.raises(errors.EmptyKey):
        tokenpay.build_query(TRADE, key)


@given(coins, coins, st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2))
def test_fewer_coins_than_asked_for_never_pay_the_whole(asked: Decimal, paid: Decimal, total: Decimal) -> None:
    share = Decimal(paid_total(str(total), asked_coins=str(asked), paid_coins=str(paid)))
    assert (share == total) is (paid >= asked)
    assert 0 <= share <= total
    assert paid_total(str(total), asked_coins=str(asked), paid_coins=None) == str(total)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parsers(body: bytes) -> None:
    for parse in (
        lambda: tokenpay.parse_notice(body, KEY),
        lambda: tokenpay.parse_create_reply(body, order_number=ORDER, total=TOTAL),
        lambda: tokenpay.parse_query_reply(body, order_number=ORDER, trade_number=TRADE),
    ):
        try:
            parse()
        except errors.ProtocolError:
            pass


def test_a_payment_is_created_as_the_golden_one_and_judged_over_there() -> None:
    request = tokenpay.build_create(PAYMENT, KEY)
    golden = VECTORS["create"]
    assert (request.method, request.url_path) == ("POST", "/CreateOrder")
    assert json.loads(request.body, parse_float=str) == golden["body"]
    assert b'"ActualAmount":19.9,' in request.body  # a number, digit by digit
    assert tokenpay.canonical(tokenpay.verify_create(request, KEY)) == golden["canonical"]
    assert second_judge(request.body, KEY)
    with pytest.raises(errors.ForgedNotice):
        tokenpay.verify_create(request, "another key")


@pytest.mark.parametrize("total", ["19.901", "1e3", "-1", "", "NaN"])
def test_what_no_installation_takes_is_not_sent(total: str) -> None:
    with pytest.raises(ValueError):
        tokenpay.build_create(CoinPayment(ORDER, total, "https://shop.example"), KEY)


@pytest.mark.parametrize("case", VECTORS["create_replies"], ids=lambda case: case["name"])
def test_each_golden_create_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            tokenpay.parse_create_reply(body, order_number=ORDER, total=TOTAL)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    answer = tokenpay.parse_create_reply(body, order_number=ORDER, total=TOTAL)
    if isinstance(answer, CheckoutRefused):
        assert expect == {"error_code": answer.error_code, "is_known_already": answer.is_known_already}
        return
    told = {name: getattr(answer, name) for name in ("content", "trade_number", "payable", "expires_at")}
    assert expect == {**told, "kind": answer.kind.value}


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            tokenpay.parse_query_reply(body, order_number=ORDER, trade_number=TRADE)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = tokenpay.parse_query_reply(body, order_number=ORDER, trade_number=TRADE)
    assert standing.state.value == expect["state"]
    assert standing.total == expect.get("total")
    if standing.state.value == "paid":
        assert standing.trade_number == TRADE


def test_the_query_is_built_as_the_golden_one_and_judged_over_there() -> None:
    request = tokenpay.build_query(TRADE, KEY)
    assert (request.method, request.target) == ("GET", VECTORS["query"]["target"])
    assert tokenpay.verify_query(request, KEY) == TRADE
    for query in ((("Id", "other"), request.query[1]), (("Id", TRADE),), (*request.query, ("x", "1"))):
        with pytest.raises(errors.ForgedNotice):
            tokenpay.verify_query(HttpRequest("GET", "/Query", query=query), KEY)
    with pytest.raises(errors.MalformedForm):
        tokenpay.verify_query(HttpRequest("GET", "/Query", query=(*request.query, ("Id", TRADE))), KEY)
