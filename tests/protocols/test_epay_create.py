"""Creating a payment by 易支付 version 1: golden vectors, plain recomputation of the signature."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import errors
from protocols.checkout import CheckoutRefused
from protocols.epay import V1, EpayPayment, build_create, build_page_link, parse_create_reply
from protocols.form import decode_form
from tests.protocols.vectors import vectors

VECTORS = vectors("epay_create")
KEY: str = VECTORS["key"]
PID: str = VECTORS["pid"]
PAYMENT = EpayPayment(**VECTORS["payment"])


def test_page_and_call_are_signed_as_the_golden_ones_and_hide_the_key() -> None:
    page, call = build_page_link(PAYMENT, pid=PID, key=KEY), build_create(PAYMENT, pid=PID, key=KEY)
    assert (page.method, page.url_path, dict(page.query)) == ("GET", "/submit.php", VECTORS["form"])
    assert (call.method, call.url_path, decode_form(call.body)) == ("POST", "/mapi.php", VECTORS["form"])
    assert KEY not in page.target + call.body.decode() + repr(call)


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    st.integers(1, 10**10 - 1),
    st.text(st.characters(codec="utf-8"), max_size=6),
)
def test_the_signature_of_any_payment_is_what_a_plain_recomputation_gives(name: str, fen: int, note: str) -> None:
    payment = replace(PAYMENT, name=name, total=f"{fen // 100}.{fen % 100:02d}", note=note)
    fields = decode_form(build_create(payment, pid=PID, key=KEY).body)
    pairs = sorted((k, v) for k, v in fields.items() if v and k not in ("sign", "sign_type"))
    assert fields["sign"] == hashlib.md5(("&".join(k + "=" + v for k, v in pairs) + KEY).encode()).hexdigest()
    assert "" not in fields.values()


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_key_creates_nothing(key: str) -> None:
    with pytest.raises(errors.EmptyKey):
        build_create(PAYMENT, pid=PID, key=key)
    with pytest.raises(errors.EmptyKey):
        build_page_link(PAYMENT, pid=PID, key=key)


@pytest.mark.parametrize("change", [{"total": "19.901"}, {"total": "1e3"}, {"total": "-1"}, {"order_number": "a&b"}, {"order_number": ""}])
def test_what_no_gateway_takes_is_not_sent(change: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        build_create(replace(PAYMENT, **change), pid=PID, key=KEY)


def test_a_gateway_without_the_call_has_the_page_only() -> None:
    page_only = replace(V1, create_path="")
    with pytest.raises(ValueError):
        build_create(PAYMENT, pid=PID, key=KEY, variant=page_only)
    assert build_page_link(PAYMENT, pid=PID, key=KEY, variant=page_only).query


@pytest.mark.parametrize("case", VECTORS["create_replies"], ids=lambda case: case["name"])
def test_each_golden_create_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, order = case["expect"], case["body"].encode(), case["order_number"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse_create_reply(body, order_number=order)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    answer = parse_create_reply(body, order_number=order)
    if isinstance(answer, CheckoutRefused):
        assert expect == {"error_code": answer.error_code}
    else:
        assert expect == {"kind": answer.kind.value, "content": answer.content, "trade_number": answer.trade_number}


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reply_parser(body: bytes) -> None:
    try:
        parse_create_reply(body, order_number="RD1")
    except errors.ProtocolError:
        pass
