"""Alipay: golden vectors, python-alipay-sdk as a second judge; any changed character is refused."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from alipay import AliPay  # python-alipay-sdk
from hypothesis import given
from hypothesis import strategies as st

from protocols import errors
from protocols.alipay import (
    QUERY_NODE,
    build_query,
    load_private_key,
    load_public_key,
    parse_notice,
    parse_query_reply,
    sign_notice,
    sign_reply,
    verify_request,
)
from protocols.alipay.notice import notice_content
from protocols.form import decode_form
from tests.protocols.changed import changed_field
from tests.protocols.vectors import key_text, private_key, public_key, vectors

VECTORS = vectors("alipay")
ALIPAY_KEY = public_key("alipay")
PAID_FORM: dict[str, str] = VECTORS["notices"][0]["form"]
PAID_REPLY: bytes = VECTORS["query_replies"][0]["body"].encode()
ORDER = "RD202611210001"


def read(form: dict[str, str]) -> Any:
    return parse_notice(form, ALIPAY_KEY, app_id=VECTORS["app_id"], seller_id=VECTORS["seller_id"])


def second_judge() -> AliPay:
    return AliPay(
        appid=VECTORS["app_id"],
        app_private_key_string=key_text("app-private"),
        alipay_public_key_string=key_text("alipay-public"),
    )


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect = case["expect"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            read(case["form"])
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = read(case["form"])
    assert notice_content(case["form"]).decode() == case["canonical"]
    assert notice.order_number == expect["order_number"]
    assert notice.trade_number == expect["trade_number"]
    assert notice.total == expect["total"]
    assert notice.notify_id == expect["notify_id"]
    assert notice.status.value == expect["status"]
    assert notice.is_paid == (expect["paid_at"] is not None)
    assert notice.paid_at == (expect["paid_at"] and datetime.fromisoformat(expect["paid_at"]))
    assert notice.refund_number == case["form"].get("out_biz_no")


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_a_second_library_judges_the_signatures_alike(case: dict[str, Any]) -> None:
    form = dict(case["form"])
    signature = form.pop("sign")
    if not signature or form["sign_type"] != "RSA2":
        return
    try:
        read(case["form"])
        is_forged = False
    except errors.ForgedNotice:
        is_forged = True
    except errors.ProtocolError:
        is_forged = False
    assert second_judge().verify(form, signature) is not is_forged


def test_a_notice_signed_here_passes_the_second_library() -> None:
    fields = {name: value for name, value in PAID_FORM.items() if name not in ("sign", "sign_type")}
    signed = sign_notice(fields, private_key("alipay"))
    assert signed == PAID_FORM
    assert second_judge().verify({k: v for k, v in signed.items() if k != "sign"}, signed["sign"])


@given(changed_field(PAID_FORM))
def test_any_changed_character_of_a_notice_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        read(changed)


def test_another_spelling_of_the_same_signature_is_refused() -> None:
    sign = PAID_FORM["sign"]
    assert sign.endswith("==")  # so four bits of the last character are spare
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = spare[spare.index(sign[-3]) ^ 1]
    assert base64.b64decode(sign[:-3] + last + "==") == base64.b64decode(sign)
    for other in (sign[:-3] + last + "==", sign + "=", sign[:9] + " " + sign[9:], sign + "\n"):
        with pytest.raises(errors.ForgedNotice):
            read({**PAID_FORM, "sign": other})


@given(st.sampled_from(sorted(PAID_FORM)), st.text(max_size=3))
def test_a_field_left_out_or_added_is_refused(field: str, name: str) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        # Only sign_type is outside the signature and may be absent: then it still stands for RSA2.
        read({k: v for k, v in PAID_FORM.items() if k != (field if field != "sign_type" else "sign")})
    if name not in PAID_FORM:
        with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
            read({**PAID_FORM, name: "1"})


def test_the_order_of_the_fields_does_not_matter() -> None:
    assert read(dict(reversed(PAID_FORM.items()))) == read(PAID_FORM)


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, order = case["expect"], case["body"].encode(), case["order_number"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse_query_reply(body, ALIPAY_KEY, order_number=order)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = parse_query_reply(body, ALIPAY_KEY, order_number=order)
    assert standing.state.value == expect["state"]
    assert standing.order_number == order
    assert standing.trade_number == expect.get("trade_number")
    assert standing.total == expect.get("total")
    assert standing.error_code == expect.get("error_code")


@given(st.integers(0, len(PAID_REPLY) - 1), st.integers(0, 255))
def test_any_changed_byte_of_a_reply_never_yields_another_statement(position: int, byte: int) -> None:
    body = PAID_REPLY[:position] + bytes([byte]) + PAID_REPLY[position + 1 :]
    genuine = parse_query_reply(PAID_REPLY, ALIPAY_KEY, order_number=ORDER)
    try:
        standing = parse_query_reply(body, ALIPAY_KEY, order_number=ORDER)
    except errors.ProtocolError:
        return
    assert standing == genuine or standing.state.value == "unknown"


@given(st.integers(0, len(PAID_REPLY) - 1))
def test_a_truncated_reply_is_refused(length: int) -> None:
    with pytest.raises(errors.MalformedReply):
        parse_query_reply(PAID_REPLY[:length], ALIPAY_KEY, order_number=ORDER)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reply_parser(body: bytes) -> None:
    try:
        parse_query_reply(body, ALIPAY_KEY, order_number=ORDER)
    except errors.ProtocolError:
        pass


def test_the_query_is_built_and_signed_as_the_golden_one() -> None:
    golden = VECTORS["query"]
    request = build_query(
        golden["order_number"],
        app_id=VECTORS["app_id"],
        private_key=private_key("app"),
        now=datetime.fromisoformat(golden["now"]),
    )
    assert (request.method, request.target) == ("POST", "/gateway.do")
    fields = decode_form(request.body)
    assert fields == golden["form"]
    verify_request(fields, public_key("app"))
    with pytest.raises(errors.ForgedNotice):
        verify_request({**fields, "biz_content": '{"out_trade_no":"RD2"}'}, public_key("app"))
    with pytest.raises(errors.MalformedNotice):
        verify_request({name: value for name, value in fields.items() if name != "sign"}, public_key("app"))


def test_a_request_of_the_second_library_passes_here() -> None:
    judge = second_judge()
    query = judge.sign_data(judge.build_body("alipay.trade.query", {"out_trade_no": ORDER}))
    verify_request(dict(parse_qsl(query)), public_key("app"))


def test_a_reply_signed_here_passes_the_second_library() -> None:
    node = {"code": "10000", "out_trade_no": ORDER, "subject": "a/b 卡"}
    raw = sign_reply(node, private_key("alipay"), name=QUERY_NODE).decode()
    assert second_judge()._verify_and_return_sync_response(raw, "alipay_trade_query_response") == node


def test_keys_load_as_pem_and_as_the_bare_text_of_the_console() -> None:
    def bare(pem: str) -> str:
        return "".join(line for line in pem.splitlines() if "-----" not in line)

    for name in ("app", "alipay"):
        assert load_public_key(bare(key_text(f"{name}-public"))) == public_key(name)
        private = load_private_key(bare(key_text(f"{name}-private")))
        assert private.public_key() == public_key(name)


@pytest.mark.parametrize("load", [load_public_key, load_private_key])
def test_an_empty_or_unusable_key_is_refused(load: Any) -> None:
    with pytest.raises(errors.EmptyKey):
        load(" \n")
    for text in ("nonsense", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"):
        with pytest.raises(errors.UnusableKey):
            load(text)


def test_nothing_of_a_refused_notice_stands_in_the_refusal() -> None:
    form = {**PAID_FORM, "buyer_id": "canary-2088"}
    with pytest.raises(errors.ForgedNotice) as refusal:
        read(form)
    assert "canary" not in repr(refusal.value) + str(refusal.value)
    assert json.dumps(refusal.value.args) == '["alipay notice"]'
