"""The upstream supplier interface: golden vectors, plain recomputation, stale and changed calls."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import dujiao_next as next_site
from protocols.dujiao_next import SupplierAccess, SupplierError, SupplierOrder
from protocols.dujiao_next.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER
from protocols.errors import EmptyKey, MalformedNotice
from protocols.http import HttpReply, HttpRequest
from tests.protocols.changed import changed_request, with_header
from tests.protocols.vectors import vectors

VECTORS = vectors("dujiao_next")
ACCESS = SupplierAccess(VECTORS["api_key"], VECTORS["api_secret"])
NOW = datetime.fromtimestamp(VECTORS["calls"][0]["timestamp"], UTC)
CREATE = next_site.build_create_order(
    ACCESS,
    sku_id=7,
    quantity=2,
    downstream_order_no="RD1-1-1",
    callback_url="https://shop.example/callback",
    trace_id="t-1",
    now=NOW,
)
REQUESTS = {
    "ping": next_site.build_ping(ACCESS, now=NOW),
    "products": next_site.build_products(ACCESS, now=NOW),
    "create": CREATE,
    "get": next_site.build_get_order(ACCESS, 101, now=NOW),
    "find": next_site.build_find_order(ACCESS, "RD1-1-1", now=NOW),
    "cancel": next_site.build_cancel_order(ACCESS, 101, now=NOW),
}
PARSERS: dict[str, Any] = {
    "create": next_site.parse_create_reply,
    "get": next_site.parse_get_reply,
    "find": lambda reply: next_site.parse_find_reply(reply, downstream_order_no="RD1-1-1"),
    "cancel": next_site.parse_cancel_reply,
}


def judged(request: HttpRequest, *, after_seconds: float = 0, access: SupplierAccess = ACCESS) -> str:
    """The error code the receiver answers with, or "accepted"."""
    try:
        next_site.verify(request, access.api_key, access.api_secret, now=NOW + timedelta(seconds=after_seconds))
    except next_site.SignatureRefused as refusal:
        return refusal.code
    return "accepted"


@pytest.mark.parametrize("case", VECTORS["calls"], ids=lambda case: case["name"])
def test_each_call_is_built_and_signed_as_the_golden_one(case: dict[str, Any]) -> None:
    request = REQUESTS[case["name"]]
    assert (request.method, request.url_path) == (case["method"], case["url_path"])
    assert [list(pair) for pair in request.query] == case["query"]
    assert request.body.decode() == case["body"]
    assert request.header("dujiao-next-api-key") == ACCESS.api_key
    assert request.header("Dujiao-Next-Timestamp") == str(case["timestamp"])
    assert request.header("Dujiao-Next-Signature") == case["signature"]
    assert next_site.canonical(request.method, request.url_path, case["timestamp"], request.body) == case["canonical"]
    assert judged(request) == "accepted"


@given(
    st.binary(max_size=50),
    st.integers(0, 2**33),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=9),
)
def test_the_signature_is_what_a_plain_recomputation_gives(body: bytes, timestamp: int, secret: str) -> None:
    if not secret.strip():
        with pytest.raises(EmptyKey):
            next_site.sign(secret, "POST", "/x", timestamp, body)
        return
    text = "POST\n/x\n" + str(timestamp) + "\n" + hashlib.md5(body).hexdigest()
    expected = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    assert next_site.sign(secret, "POST", "/x", timestamp, body) == expected


@given(changed_request(CREATE, [name for name, _ in CREATE.headers[:3]]))
def test_any_changed_character_of_a_signed_part_is_refused(request: HttpRequest) -> None:
    assert judged(request) != "accepted"


@pytest.mark.parametrize(
    ("after_seconds", "verdict"),
    [
        (0, "accepted"),
        (60, "accepted"),
        (-60, "accepted"),
        (60.5, "timestamp_expired"),
        (-61, "timestamp_expired"),
        (86_400, "timestamp_expired"),
    ],
)
def test_a_replay_after_a_minute_is_refused(after_seconds: float, verdict: str) -> None:
    assert judged(CREATE, after_seconds=after_seconds) == verdict


def test_a_refreshed_timestamp_does_not_fit_the_old_signature() -> None:
    later = str(int(NOW.timestamp()) + 600)
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, later), after_seconds=600) == "invalid_signature"


def test_each_way_to_be_unauthentic_has_its_code() -> None:
    assert judged(replace(CREATE, headers=CREATE.headers[1:])) == "missing_auth_headers"
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, "soon")) == "invalid_timestamp"
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, "0" + str(int(NOW.timestamp())))) == "invalid_signature"
    assert judged(CREATE, access=SupplierAccess("another", ACCESS.api_secret)) == "invalid_api_key"
    assert judged(CREATE, access=SupplierAccess(ACCESS.api_key, "another")) == "invalid_signature"
    assert judged(with_header(CREATE, SIGNATURE_HEADER, "é")) == "invalid_signature"


@pytest.mark.parametrize("case", VECTORS["replies"], ids=lambda case: f"{case['kind']}: {case['name']}")
def test_each_golden_reply_is_classified(case: dict[str, Any]) -> None:
    answer = PARSERS[case["kind"]](HttpReply(case["http_status"], body=case["body"].encode()))
    expect = case["expect"]
    if "error_class" in expect:
        assert isinstance(answer, SupplierError)
        assert answer.error_class.value == expect["error_class"]
        assert (answer.code, answer.is_effect_possible) == (expect["code"], expect["is_effect_possible"])
        assert "secret" not in repr(answer)
        return
    assert isinstance(answer, SupplierOrder)
    assert (answer.order_id, answer.status.value) == (expect["order_id"], expect["status"])
    assert list(answer.cards) == expect["cards"]
    assert all(card not in repr(answer) for card in answer.cards)


@given(st.sampled_from(sorted(PARSERS)), st.integers(100, 599), st.binary(max_size=100))
def test_no_bytes_break_the_reply_parsers(kind: str, status: int, body: bytes) -> None:
    answer = PARSERS[kind](HttpReply(status, body=body))
    assert isinstance(answer, SupplierError)
    assert answer.is_effect_possible or 400 <= status < 500


def test_ping_and_products_are_read() -> None:
    ping = HttpReply(200, body=b'{"ok":true,"balance":"10.00","currency":"CNY"}')
    assert next_site.parse_ping_reply(ping) == next_site.SupplierAccount("10.00", "CNY")
    products = HttpReply(
        200,
        body=b'{"ok":true,"total":1,"items":[{"id":3,"is_active":true,"skus":['
        b'{"id":7,"price_amount":"9.90","stock_quantity":5,"is_active":true},'
        b'{"id":8,"price_amount":"5.00","stock_quantity":-1,"is_active":false}]}]}',
    )
    assert next_site.parse_products_reply(products) == (
        next_site.SupplierListing(7, 3, "9.90", 5, is_active=True),
        next_site.SupplierListing(8, 3, "5.00", None, is_active=False),
    )
    for parse in (next_site.parse_ping_reply, next_site.parse_products_reply):
        assert isinstance(parse(HttpReply(200, body=b'{"ok":true}')), SupplierError)
        assert isinstance(parse(HttpReply(503)), SupplierError)


def callback_request(body: str, signature: str | None = None) -> HttpRequest:
    golden = VECTORS["callback"]
    headers = (
        ("Dujiao-Next-Api-Key", ACCESS.api_key),
        ("Dujiao-Next-Timestamp", str(golden["timestamp"])),
        ("Dujiao-Next-Signature", signature or golden["signature"]),
    )
    return HttpRequest("POST", "/api/v1/upstream/callback", headers=headers, body=body.encode())


def test_the_golden_callback_is_read() -> None:
    golden = VECTORS["callback"]
    order = next_site.parse_callback(callback_request(golden["body"]), ACCESS, now=NOW)
    assert order.downstream_order_no == golden["expect"]["downstream_order_no"]
    assert list(order.cards) == golden["expect"]["cards"]
    assert next_site.callback_reply().body == b'{"ok":true,"message":"received"}'


def test_a_changed_or_stale_callback_is_refused() -> None:
    body = VECTORS["callback"]["body"]
    with pytest.raises(next_site.SignatureRefused):
        next_site.parse_callback(callback_request(body.replace("RD1", "RD2")), ACCESS, now=NOW)
    with pytest.raises(next_site.SignatureRefused):
        next_site.parse_callback(callback_request(body), ACCESS, now=NOW + timedelta(minutes=2))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"order_id": 1, "status": "paid"},
        {"order_id": "1", "status": "paid", "downstream_order_no": "A"},
        {"order_id": 1, "status": "delivered", "downstream_order_no": "A", "fulfillment": "card"},
    ],
)
def test_a_rightly_signed_callback_without_its_fields_is_malformed(content: dict[str, Any]) -> None:
    with pytest.raises(MalformedNotice):
        next_site.parse_callback(next_site.build_callback(ACCESS, content, now=NOW), ACCESS, now=NOW)
