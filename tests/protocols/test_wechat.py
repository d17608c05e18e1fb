"""WeChat Pay v3: golden vectors, wechatpayv3 as a second judge; whatever is changed, old or meant for others is refused."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpayv3.core import Core
from wechatpayv3.utils import aes_decrypt, build_authorization

from protocols import errors, wechat
from protocols.checkout import Checkout, CheckoutRefused
from protocols.http import HttpReply, HttpRequest
from protocols.wechat.resource import decrypt, encrypt
from protocols.wechat.transaction import fen_of
from tests.protocols.changed import changed_field
from tests.protocols.vectors import key_text, private_key, public_key, vectors

VECTORS = vectors("wechat")
NOW = datetime.fromisoformat(VECTORS["now"])
MCHID, APP_ID, API_V3_KEY = VECTORS["mchid"], VECTORS["app_id"], VECTORS["api_v3_key"]
PUBLIC_KEY_SERIAL, CERTIFICATE_SERIAL = VECTORS["platform_keys"]
KEYS = wechat.load_platform_keys({serial: key_text(name) for serial, name in VECTORS["platform_keys"].items()})
MERCHANT = wechat.MerchantKey(MCHID, VECTORS["merchant_serial_number"], private_key("app"))
WECHAT_KEY = private_key("wechat")
PAID = VECTORS["notices"][0]
PAID_REPLY = VECTORS["query_replies"][0]
ORDER = "RD202611210001"


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def read(headers: Mapping[str, str], body: bytes, now: datetime = NOW) -> wechat.WechatNotice:
    return wechat.parse_notice(lowered(headers), body, KEYS, api_v3_key=API_V3_KEY, mchid=MCHID, app_id=APP_ID, now=now)


def reply_of(case: dict[str, Any]) -> HttpReply:
    return HttpReply(case["status"], tuple(case["headers"].items()), case["body"].encode())


class SecondJudge(Core):  # type: ignore[misc]
    """wechatpayv3 with WeChat's public key, and no way to fetch certificates."""

    def __init__(self) -> None:
        super().__init__(
            MCHID,
            VECTORS["merchant_serial_number"],
            key_text("app-private"),
            API_V3_KEY,
            public_key=key_text("wechat-public"),
            public_key_id=PUBLIC_KEY_SERIAL,
        )

    def _update_certificates(self) -> None:
        pass


@cache
def second_judge() -> SecondJudge:
    return SecondJudge()


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body = case["expect"], case["body"].encode()
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            read(case["headers"], body)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = read(case["headers"], body)
    assert (notice.order_number, notice.trade_number) == (expect["order_number"], expect["trade_number"])
    assert (notice.total, notice.status, notice.is_paid) == (expect["total"], expect["status"], expect["is_paid"])
    assert notice.paid_at == (expect["paid_at"] and datetime.fromisoformat(expect["paid_at"]))
    assert notice.refund_number == expect["refund_number"]
    assert notice.notice_id == json.loads(body)["id"]


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_a_second_library_judges_the_signatures_alike(case: dict[str, Any]) -> None:
    headers = lowered(case["headers"])
    absent = case["expect"].get("field", "").startswith("Wechatpay-") and case["name"] != "a time that is no number"
    if headers.get("wechatpay-serial") != PUBLIC_KEY_SERIAL or "wechatpay-signature-type" not in headers or absent:
        return
    is_forged = case["verdict"] == "ForgedNotice"
    assert second_judge()._verify_signature(headers, case["body"]) is not is_forged


def test_the_second_library_reads_the_same_from_a_notice_and_we_from_its_decryption() -> None:
    decrypted = second_judge().decrypt_callback(lowered(PAID["headers"]), PAID["body"])
    resource = json.loads(PAID["body"])["resource"]
    ours = decrypt(resource, API_V3_KEY)
    assert json.loads(decrypted) == json.loads(ours)
    assert aes_decrypt(resource["nonce"], resource["ciphertext"], resource["associated_data"], API_V3_KEY) == ours.decode()


def test_a_notice_signed_here_passes_here_and_at_the_second_library() -> None:
    content = json.loads(decrypt(json.loads(PAID["body"])["resource"], API_V3_KEY))
    headers, body = wechat.sign_notice(
        content,
        WECHAT_KEY,
        serial=CERTIFICATE_SERIAL,
        api_v3_key=API_V3_KEY,
        notice_id="n-1",
        now=NOW,
        nonce="0123456789abcdef",
    )
    assert read(dict(headers), body).total == "19.90"
    by_public_key = wechat.sign_message(body, WECHAT_KEY, serial=PUBLIC_KEY_SERIAL, now=NOW, nonce="n")
    assert json.loads(second_judge().decrypt_callback(lowered(dict(by_public_key)), body)) == content


@given(st.data())
def test_any_changed_byte_of_a_notice_is_refused(data: st.DataObject) -> None:
    body = PAID["body"].encode()
    position = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != body[position]))
    with pytest.raises(errors.ForgedNotice):
        read(PAID["headers"], body[:position] + bytes([byte]) + body[position + 1 :])


@given(changed_field(PAID["headers"], ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature"]))
def test_any_changed_character_of_a_header_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        read(changed, PAID["body"].encode())


@given(st.integers(0, len(PAID["body"].encode()) - 1))
def test_a_truncated_notice_is_refused(length: int) -> None:
    with pytest.raises(errors.ForgedNotice):
        read(PAID["headers"], PAID["body"].encode()[:length])


@given(st.integers(-10_000, 10_000))
def test_a_notice_counts_within_five_minutes_of_our_clock_only(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    if abs(seconds) <= 300:
        assert read(PAID["headers"], PAID["body"].encode(), now).is_paid
    else:
        with pytest.raises(errors.StaleNotice):
            read(PAID["headers"], PAID["body"].encode(), now)


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(max_size=8), st.lists(st.none(), max_size=2))))
def test_nothing_that_wechat_may_sign_breaks_the_parser(content: dict[str, Any]) -> None:
    headers, body = wechat.sign_notice(
        content, WECHAT_KEY, serial=PUBLIC_KEY_SERIAL, api_v3_key=API_V3_KEY, notice_id="n", now=NOW, nonce="0123456789ab"
    )
    with pytest.raises(errors.ProtocolError):
        read(dict(headers), body)


def test_the_numbers_of_a_refused_notice_are_told_only_to_who_can_open_it() -> None:
    body = PAID["body"].encode()
    assert wechat.reveal_numbers(body, API_V3_KEY) == (ORDER, "4200002026112112345678901234")
    for key, content in (("x" * 32, body), ("short", body), ("", body), (API_V3_KEY, b"{}"), (API_V3_KEY, b"\xff")):
        assert wechat.reveal_numbers(content, key) == (None, None)


@given(st.binary(max_size=100), st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=20))
def test_what_is_encrypted_is_decrypted(content: bytes, associated: str) -> None:
    assert decrypt(encrypt(content, API_V3_KEY, nonce="0123456789ab", associated_data=associated), API_V3_KEY) == content


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect = case["expect"]

    def parse() -> Any:
        return wechat.parse_query_reply(reply_of(case), KEYS, order_number=case["order_number"], mchid=MCHID, app_id=APP_ID, now=NOW)

    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse()
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = parse()
    assert (standing.state.value, standing.order_number) == (expect["state"], ORDER)
    assert (standing.trade_number, standing.total) == (expect.get("trade_number"), expect.get("total"))
    assert standing.error_code == expect.get("error_code")


@given(st.integers(0, len(PAID_REPLY["body"].encode()) - 1), st.integers(0, 255))
def test_any_changed_byte_of_a_reply_is_refused(position: int, byte: int) -> None:
    body = PAID_REPLY["body"].encode()
    changed = body[:position] + bytes([byte]) + body[position + 1 :]
    if changed == body:
        return
    reply = HttpReply(200, tuple(PAID_REPLY["headers"].items()), changed)
    with pytest.raises(errors.ForgedReply):
        wechat.parse_query_reply(reply, KEYS, order_number=ORDER, mchid=MCHID, app_id=APP_ID, now=NOW)


def built(name: str, nonce: str) -> HttpRequest:
    expires_at = datetime.fromisoformat("2026-11-21T20:30:10+08:00")
    payment = wechat.WechatPayment(ORDER, "19.90", "Steam 充值卡 50", "https://shop.example/notices/wechat/demo", expires_at)
    if name == "query":
        return wechat.build_query(ORDER, key=MERCHANT, now=NOW, nonce=nonce)
    if name == "close":
        return wechat.build_close(ORDER, key=MERCHANT, now=NOW, nonce=nonce)
    if name == "native":
        return wechat.build_native(payment, app_id=APP_ID, key=MERCHANT, now=NOW, nonce=nonce)
    return wechat.build_h5(payment, app_id=APP_ID, buyer_ip="203.0.113.7", key=MERCHANT, now=NOW, nonce=nonce)


@pytest.mark.parametrize("golden", VECTORS["calls"].values(), ids=VECTORS["calls"])
def test_each_call_is_built_and_signed_as_the_golden_one(golden: dict[str, str]) -> None:
    request = built(golden["name"], golden["nonce"])
    assert (request.method, request.target, request.body.decode()) == (golden["method"], golden["target"], golden["body"])
    assert request.header("authorization") == golden["authorization"]
    assert request.header("accept") == "application/json"
    merchant_keys = {MERCHANT.serial_number: public_key("app")}
    wechat.verify_call(request, merchant_keys, mchid=MCHID, now=NOW)
    with pytest.raises(errors.StaleNotice):
        wechat.verify_call(request, merchant_keys, mchid=MCHID, now=NOW + timedelta(minutes=6))
    for changed in (
        HttpRequest("PUT", request.url_path, request.query, request.headers, request.body),
        HttpRequest(request.method, request.url_path, (("mchid", "1"),), request.headers, request.body),
        HttpRequest(request.method, request.url_path, request.query, request.headers, request.body + b" "),
    ):
        with pytest.raises(errors.ForgedNotice):
            wechat.verify_call(changed, merchant_keys, mchid=MCHID, now=NOW)
    with pytest.raises(errors.ForgedNotice):
        wechat.verify_call(request, {MERCHANT.serial_number: public_key("other")}, mchid=MCHID, now=NOW)
    with pytest.raises(errors.MalformedNotice):
        wechat.verify_call(HttpRequest("GET", "/"), merchant_keys, mchid=MCHID, now=NOW)


def test_a_call_of_the_second_library_passes_here() -> None:
    target = VECTORS["calls"]["query"]["target"]
    authorization = build_authorization(target, "GET", MCHID, MERCHANT.serial_number, private_key("app"))
    timestamp = authorization.split('timestamp="')[1].split('"')[0]
    path, _, query = target.partition("?")
    request = HttpRequest("GET", path, (("mchid", query.removeprefix("mchid=")),), (("Authorization", authorization),))
    now = datetime.fromtimestamp(int(timestamp), NOW.tzinfo)
    wechat.verify_call(request, {MERCHANT.serial_number: public_key("app")}, mchid=MCHID, now=now)


@pytest.mark.parametrize("case", VECTORS["create_replies"] + VECTORS["close_replies"], ids=lambda case: case["name"])
def test_each_golden_reply_to_creating_and_closing_gets_its_verdict(case: dict[str, Any]) -> None:
    parse = wechat.parse_close_reply if case in VECTORS["close_replies"] else wechat.parse_create_reply
    expect = case["expect"]
    if case["verdict"] not in ("accepted", "refused"):
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse(reply_of(case), KEYS, order_number=ORDER, now=NOW)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    answer = parse(reply_of(case), KEYS, order_number=ORDER, now=NOW)
    if case["verdict"] == "refused":
        assert answer == CheckoutRefused(ORDER, expect["error_code"], expect["is_known_already"])
    elif expect:
        assert isinstance(answer, Checkout)
        assert (answer.kind.value, answer.content) == (expect["kind"], expect["content"])
    else:
        assert answer is None


@pytest.mark.parametrize(("number", "total"), [("RD1", "1"), ("R" * 33, "1"), ("RD.0001", "1"), (ORDER, "0.00"), (ORDER, "1.001")])
def test_what_wechat_does_not_take_is_not_sent(number: str, total: str) -> None:
    payment = wechat.WechatPayment(number, total, "card", "https://shop.example/n")
    with pytest.raises(ValueError):
        wechat.build_native(payment, app_id=APP_ID, key=MERCHANT, now=NOW, nonce="n")


@pytest.mark.parametrize(("total", "fen"), [("0.01", 1), ("1", 100), ("1.5", 150), ("19.90", 1_990), ("100000.00", 10_000_000)])
def test_yuan_become_fen(total: str, fen: int) -> None:
    assert fen_of(total) == fen


def test_a_certificate_is_taken_only_under_its_own_serial() -> None:
    certificate = key_text("wechat-certificate")
    assert wechat.load_platform_key(CERTIFICATE_SERIAL, certificate) == public_key("wechat")
    for serial in ("7132D72A03E93CDDF8C03BBD1F37EEDF2D0ABBA3", PUBLIC_KEY_SERIAL):
        with pytest.raises(errors.UnusableKey):
            wechat.load_platform_key(serial, certificate)
    with pytest.raises(errors.UnusableKey):
        wechat.load_platform_key(CERTIFICATE_SERIAL, certificate.replace("MIID", "AAAA"))
    with pytest.raises(errors.EmptyKey):
        wechat.load_platform_key(PUBLIC_KEY_SERIAL, "")


@pytest.mark.parametrize(("key", "error"), [("", errors.EmptyKey), ("short", errors.UnusableKey), ("ü" * 32, errors.UnusableKey)])
def test_an_unusable_api_key_is_ours_to_mend(key: str, error: type[errors.ProtocolError]) -> None:
    with pytest.raises(error):
        wechat.parse_notice(lowered(PAID["headers"]), PAID["body"].encode(), KEYS, api_v3_key=key, mchid=MCHID, app_id=APP_ID, now=NOW)


def test_nothing_of_a_refused_notice_stands_in_the_refusal() -> None:
    with pytest.raises(errors.ForgedNotice) as refusal:
        read(PAID["headers"], PAID["body"].replace("支付成功", "canary").encode())
    assert "canary" not in repr(refusal.value) + str(refusal.value)
