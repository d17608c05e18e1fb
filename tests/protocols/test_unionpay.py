"""UnionPay 5.1.0: golden vectors whose hashes, signatures and certificates openssl made; the library judges what is signed here."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import errors, unionpay
from protocols.checkout import CheckoutRefused
from protocols.form import decode_form
from protocols.http import HttpRequest
from tests.protocols.changed import changed_field
from tests.protocols.vectors import key_text, private_key, public_key, vectors

VECTORS = vectors("unionpay")
NOW = datetime.fromisoformat(VECTORS["now"])
MERCHANT = VECTORS["merchant_number"]
ORDER, BEGAN_AT = "RD202611210001", datetime(2026, 11, 21, 11, 59, tzinfo=UTC)
TRUST = unionpay.Trust(unionpay.load_certificate(key_text("unionpay-root")), unionpay.load_certificate(key_text("unionpay-middle")))
OURS = unionpay.load_certificate(key_text("app-certificate"))
OWN = unionpay.MerchantCertificate(str(OURS.serial_number), private_key("app"))
PAYMENT = unionpay.UnionPayPayment(
    ORDER, "19.90", "https://shop.example/notices/unionpay", BEGAN_AT, datetime(2026, 11, 21, 12, 15, tzinfo=UTC)
)
PAID: dict[str, str] = VECTORS["notices"][0]["fields"]


def read(fields: dict[str, str], now: datetime = NOW) -> unionpay.UnionPayNotice:
    return unionpay.parse_notice(fields, TRUST, merchant_number=MERCHANT, now=now)


def created(body: bytes) -> Any:
    return unionpay.parse_create_reply(body, TRUST, order_number=ORDER, began_at=BEGAN_AT, merchant_number=MERCHANT, now=NOW)


def standing(body: bytes) -> Any:
    return unionpay.parse_query_reply(body, TRUST, order_number=ORDER, began_at_text="20261121195900", merchant_number=MERCHANT, now=NOW)


def refused(case: dict[str, Any], read_it: Any) -> None:
    with pytest.raises(getattr(errors, case["verdict"])) as refusal:
        read_it()
    assert getattr(refusal.value, "field", None) == case["expect"].get("field")


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    if case["verdict"] != "accepted":
        refused(case, lambda: read(case["fields"]))
        return
    assert unionpay.canonical(case["fields"]) == case["canonical"]
    notice = read(case["fields"])
    assert {name: getattr(notice, name) for name in case["expect"]} == case["expect"]


@pytest.mark.parametrize("case", VECTORS["create_replies"], ids=lambda case: case["name"])
def test_each_golden_create_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    if case["verdict"] != "accepted":
        refused(case, lambda: created(body))
        return
    answer = created(body)
    if isinstance(answer, CheckoutRefused):
        assert case["expect"] == {"error_code": answer.error_code, "is_known_already": answer.is_known_already}
    else:
        told = {"kind": answer.kind.value, "content": answer.content, "trade_number": answer.trade_number}
        assert case["expect"] == told


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    if case["verdict"] != "accepted":
        refused(case, lambda: standing(body))
        return
    found = standing(body)
    assert found.state.value == case["expect"]["state"]
    for name in ("trade_number", "total", "error_code"):
        assert getattr(found, name) == case["expect"].get(name)


def test_calls_are_built_and_signed_as_the_golden_ones() -> None:
    request = unionpay.build_create(PAYMENT, OWN, merchant_number=MERCHANT)
    assert (request.method, request.url_path) == ("POST", "/gateway/api/backTransReq.do")
    assert decode_form(request.body) == VECTORS["create"]["form"]
    asked = unionpay.build_query(ORDER, "20261121195900", OWN, merchant_number=MERCHANT)
    assert (asked.url_path, decode_form(asked.body)) == ("/gateway/api/queryTrans.do", VECTORS["query"]["form"])


def test_a_call_is_judged_over_there_by_our_certificate() -> None:
    request = unionpay.build_create(PAYMENT, OWN, merchant_number=MERCHANT)
    certificates = {OWN.certificate_number: OURS}
    assert unionpay.verify_call(request, certificates)["orderId"] == ORDER
    for body in (request.body.replace(b"1990", b"1991"), request.body.replace(b"certId=4", b"certId=5"), b"orderId=x"):
        with pytest.raises(errors.ForgedNotice):
            unionpay.verify_call(HttpRequest("POST", request.url_path, body=body), certificates)


def test_cryptography_accepts_what_is_signed_here() -> None:
    fields = unionpay.sign_fields({"orderId": ORDER, "empty": "", "txnAmt": "1990"}, private_key("app"))
    assert "empty" not in fields
    digest = hashlib.sha256(f"orderId={ORDER}&txnAmt=1990".encode()).hexdigest().encode()
    public_key("app").verify(base64.b64decode(fields["signature"]), digest, PKCS1v15(), SHA256())


@pytest.mark.parametrize("changed", [{"total": "0"}, {"total": "1.005"}, {"order_number": "SHORT"}, {"order_number": "with-mark-1"}])
def test_what_unionpay_does_not_take_is_not_sent(changed: dict[str, str]) -> None:
    fields = {"order_number": ORDER, "total": "19.90", **changed}
    payment = unionpay.UnionPayPayment(**fields, notify_url="https://x", began_at=BEGAN_AT, expires_at=NOW)
    with pytest.raises(ValueError):
        unionpay.build_create(payment, OWN, merchant_number=MERCHANT)


def test_certificates_count_only_while_they_are_valid() -> None:
    for now in (datetime(2019, 12, 31, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)):
        with pytest.raises(errors.ForgedNotice):
            read(PAID, now)


@settings(max_examples=60)
@given(changed_field(PAID))
def test_any_changed_character_of_a_notice_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        read(changed)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parsers(body: bytes) -> None:
    for parse in (created, standing):
        with pytest.raises(errors.ProtocolError):
            parse(body)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_certificate_is_refused(text: str) -> None:
    with pytest.raises(errors.EmptyKey):
        unionpay.load_certificate(text)


def test_a_text_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(errors.UnusableKey):
        unionpay.load_certificate("nonsense")
    assert public_key("unionpay").key_size == 2_048


def test_nothing_of_a_refused_notice_stands_in_the_refusal() -> None:
    with pytest.raises(errors.ForgedNotice) as refusal:
        read({**PAID, "accNo": "canary-6216"})
    assert json.dumps(refusal.value.args) == '["unionpay notice"]'
