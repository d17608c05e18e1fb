"""`alipay.trade.precreate`: signed like every call, its answer believed only under Alipay's signature; python-alipay-sdk judges both."""

import json
from datetime import UTC, datetime

import pytest
from alipay import AliPay  # python-alipay-sdk

from protocols import errors
from protocols.alipay import (
    CREATE_NODE,
    QUERY_NODE,
    AlipayPayment,
    build_create,
    parse_create_reply,
    sign_reply,
    verify_request,
)
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.form import decode_form, joined
from tests.protocols.vectors import key_text, private_key, public_key, vectors

VECTORS = vectors("alipay")
ORDER = "RD202611210001"
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DONE = {"code": "10000", "msg": "Success", "out_trade_no": ORDER, "qr_code": "https://qr.alipay.com/bax0"}


def payment(**changed: str) -> AlipayPayment:
    fields = {"order_number": ORDER, "total": "19.90", "name": "卡 a/b=c&d", "notify_url": "https://shop.example/n", **changed}
    return AlipayPayment(**fields, expires_at=datetime(2026, 11, 21, 4, 15, tzinfo=UTC))


def second_judge() -> AliPay:
    return AliPay(
        appid=VECTORS["app_id"], app_private_key_string=key_text("app-private"), alipay_public_key_string=key_text("alipay-public")
    )


def read(body: bytes) -> Checkout | CheckoutRefused:
    return parse_create_reply(body, public_key("alipay"), order_number=ORDER)


def test_the_call_is_signed_as_the_second_library_signs_it() -> None:
    request = build_create(payment(), app_id=VECTORS["app_id"], private_key=private_key("app"), now=NOW)
    fields = decode_form(request.body)
    verify_request(fields, public_key("app"))
    signature = fields.pop("sign")
    assert second_judge()._sign(joined(fields)) == signature
    assert (fields["method"], fields["notify_url"], fields["timestamp"]) == (
        "alipay.trade.precreate",
        "https://shop.example/n",
        "2026-11-21 12:00:00",
    )
    assert json.loads(fields["biz_content"]) == {
        "out_trade_no": ORDER,
        "total_amount": "19.90",
        "subject": "卡 a b c d",
        "time_expire": "2026-11-21 12:15:00",
    }


@pytest.mark.parametrize("changed", [{"total": "0.00"}, {"total": "1.005"}, {"total": ""}, {"order_number": "a b"}])
def test_what_alipay_does_not_take_is_not_sent(changed: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        build_create(payment(**changed), app_id=VECTORS["app_id"], private_key=private_key("app"), now=NOW)


def test_a_signed_answer_holds_the_code_to_be_shown_and_passes_the_second_library() -> None:
    body = sign_reply(DONE, private_key("alipay"), name=CREATE_NODE)
    assert read(body) == Checkout(ORDER, CheckoutKind.QR_CODE, "https://qr.alipay.com/bax0")
    assert second_judge()._verify_and_return_sync_response(body.decode(), CREATE_NODE) == DONE


@pytest.mark.parametrize(
    ("node", "code", "is_known"),
    [
        ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}, "ACQ.TRADE_HAS_SUCCESS", True),
        ({"code": "40004", "sub_code": "ACQ.ACCESS_FORBIDDEN"}, "ACQ.ACCESS_FORBIDDEN", False),
        ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, "isv.insufficient-isv-permissions", False),
    ],
)
def test_a_refusal_is_told_by_its_code(node: dict[str, str], code: str, is_known: bool) -> None:
    assert read(sign_reply(node, private_key("alipay"), name=CREATE_NODE)) == CheckoutRefused(ORDER, code, is_known)


def test_an_unsigned_error_of_the_gateway_refuses_and_creates_nothing() -> None:
    body = json.dumps({"error_response": {"code": "40002", "sub_code": "isv.invalid-signature"}}).encode()
    assert read(body) == CheckoutRefused(ORDER, "isv.invalid-signature")


@pytest.mark.parametrize("node", [{"code": "20000", "sub_code": "isp.unknow-error"}, {"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, {}])
def test_what_says_nothing_is_no_refusal(node: dict[str, str]) -> None:
    with pytest.raises(errors.UnexpectedStatus):
        read(sign_reply(node, private_key("alipay"), name=CREATE_NODE))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (sign_reply(DONE, private_key("other"), name=CREATE_NODE), errors.ForgedReply),
        (json.dumps({CREATE_NODE: DONE}).encode(), errors.ForgedReply),
        (sign_reply(DONE, private_key("alipay"), name=CREATE_NODE).replace(b"bax0", b"evil"), errors.ForgedReply),
        (sign_reply({**DONE, "out_trade_no": "RD2"}, private_key("alipay"), name=CREATE_NODE), errors.ReplyMismatch),
        (sign_reply({**DONE, "qr_code": ""}, private_key("alipay"), name=CREATE_NODE), errors.MalformedReply),
        (sign_reply(DONE, private_key("alipay"), name=CREATE_NODE)[:-9], errors.MalformedReply),
        (sign_reply(DONE, private_key("alipay"), name=QUERY_NODE), errors.UnexpectedStatus),
    ],
    ids=["another key", "unsigned", "changed", "another order", "no code", "truncated", "another answer"],
)
def test_a_forged_changed_or_foreign_answer_shows_nobody_a_code(body: bytes, error: type[errors.ProtocolError]) -> None:
    with pytest.raises(error):
        read(body)
