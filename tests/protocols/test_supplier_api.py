"""The supplier API: golden vectors, plain recomputation, changed, stale and foreign calls, and its OpenAPI document."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protocols
from protocols import supplier_api
from protocols.errors import EmptyKey, MalformedNotice
from protocols.http import HttpReply, HttpRequest
from protocols.supplier import SignatureRefused, SupplierError
from protocols.supplier_api import Access, Order, openapi
from protocols.supplier_api.signing import KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from protocols.yaml_text import yaml_text
from tests.protocols.changed import changed_request, with_header
from tests.protocols.vectors import vectors

VECTORS = vectors("supplier_api")
ACCESS = Access(VECTORS["key"], VECTORS["secret"])
NOW = datetime.fromtimestamp(VECTORS["calls"][0]["timestamp"], UTC)
NUMBER, CARD = "RD1-1-1", "GAME-AAAA-BBBB-CCCC"
DELIVERED = Order(number=NUMBER, sku_id=7, quantity=1, status="delivered", amount="45.00", currency="CNY", cards=(CARD,))
CREATE = supplier_api.build_create(ACCESS, NUMBER, sku_id=7, callback_url="https://shop.example/suppliers/north/callback", now=NOW)
PAGE = supplier_api.build_page(ACCESS, after=7, limit=50, now=NOW)
CALLBACK = supplier_api.build_callback(ACCESS, DELIVERED, target="/suppliers/north/callback", now=NOW)
REQUESTS = {
    "create": CREATE,
    "create two": supplier_api.build_create(ACCESS, "RD1-1-2", sku_id=7, quantity=2, now=NOW),
    "get": supplier_api.build_get(ACCESS, NUMBER, now=NOW),
    "cancel": supplier_api.build_cancel(ACCESS, NUMBER, now=NOW),
    "balance": supplier_api.build_balance(ACCESS, now=NOW),
    "page": PAGE,
    "goods": supplier_api.build_goods(ACCESS, 7, now=NOW),
    "card question": supplier_api.build_card_question(ACCESS, NUMBER, CARD, now=NOW),
    "callback": CALLBACK,
}


def judged(request: HttpRequest, *, after_seconds: float = 0, access: Access = ACCESS) -> str:
    """The error code the receiver answers with, or "accepted"."""
    try:
        supplier_api.verify(request, access.key, access.secret, now=NOW + timedelta(seconds=after_seconds))
    except SignatureRefused as refusal:
        return refusal.code
    return "accepted"


@pytest.mark.parametrize("case", VECTORS["calls"], ids=lambda case: case["name"])
def test_each_call_is_built_and_signed_as_the_golden_one(case: dict[str, Any]) -> None:
    request = REQUESTS[case["name"]]
    assert (request.method, request.target, request.body.decode()) == (case["method"], case["target"], case["body"])
    assert supplier_api.canonical(request.method, request.target, case["timestamp"], request.body) == case["canonical"]
    assert request.header(KEY_HEADER) == ACCESS.key
    assert request.header(SIGNATURE_HEADER) == case["signature"]
    assert judged(request) == "accepted"


@given(st.binary(max_size=50), st.integers(0, 2**33), st.text(st.characters(codec="utf-8"), min_size=1, max_size=9))
def test_the_signature_is_what_a_plain_recomputation_gives(body: bytes, timestamp: int, secret: str) -> None:
    if not secret.strip():
        with pytest.raises(EmptyKey):
            supplier_api.sign(secret, "PUT", "/x?y=1", timestamp, body)
        return
    text = "PUT\n/x?y=1\n" + str(timestamp) + "\n" + hashlib.sha256(body).hexdigest()
    expected = "v1=" + hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    assert supplier_api.sign(secret, "put", "/x?y=1", timestamp, body) == expected


@given(changed_request(CREATE, [name for name, _ in CREATE.headers[:3]]))
def test_any_changed_character_of_a_signed_part_is_refused(request: HttpRequest) -> None:
    assert judged(request) != "accepted"


def test_the_query_is_signed_as_well() -> None:
    assert judged(replace(PAGE, query=(("limit", "50"), ("after", "8")))) == "invalid_signature"
    assert judged(replace(PAGE, query=PAGE.query[::-1])) == "invalid_signature"
    assert judged(replace(PAGE, query=())) == "invalid_signature"


@pytest.mark.parametrize(
    ("after_seconds", "verdict"),
    [(0, "accepted"), (300, "accepted"), (-300, "accepted"), (300.5, "stale_timestamp"), (-301, "stale_timestamp")],
)
def test_a_replay_after_five_minutes_is_refused(after_seconds: float, verdict: str) -> None:
    assert judged(CREATE, after_seconds=after_seconds) == verdict


def test_each_way_to_be_unauthentic_has_its_code() -> None:
    assert judged(replace(CREATE, headers=CREATE.headers[1:])) == "missing_signature"
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, "soon")) == "malformed_timestamp"
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, "0" + str(int(NOW.timestamp())))) == "invalid_signature"
    assert judged(with_header(CREATE, TIMESTAMP_HEADER, str(int(NOW.timestamp()) + 1))) == "invalid_signature"
    assert judged(CREATE, access=Access("another", ACCESS.secret)) == "unknown_key"
    assert judged(CREATE, access=Access(ACCESS.key, "another")) == "invalid_signature"
    assert judged(with_header(CREATE, SIGNATURE_HEADER, "é")) == "invalid_signature"
    for empty in ("", " "):
        with pytest.raises(EmptyKey):
            judged(CREATE, access=Access(ACCESS.key, empty))


def test_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    old = supplier_api.sign("old", CREATE.method, CREATE.target, int(NOW.timestamp()), CREATE.body)
    assert judged(with_header(CREATE, SIGNATURE_HEADER, f"{old} {CREATE.header(SIGNATURE_HEADER)}")) == "accepted"
    assert judged(with_header(CREATE, SIGNATURE_HEADER, f"{old} {old}")) == "invalid_signature"


@pytest.mark.parametrize("case", VECTORS["replies"], ids=lambda case: case["name"])
def test_each_golden_reply_is_classified(case: dict[str, Any]) -> None:
    answer = supplier_api.parse_order_reply(HttpReply(case["http_status"], body=case["body"].encode()), number=NUMBER)
    expect = case["expect"]
    if "error_class" in expect:
        assert isinstance(answer, SupplierError)
        assert (answer.error_class.value, answer.code, answer.is_effect_possible) == tuple(expect.values())
        return
    assert isinstance(answer, Order)
    assert (answer.status, list(answer.cards)) == (expect["status"], expect["cards"])
    assert all(card not in repr(answer) for card in answer.cards)


PARSERS: tuple[Any, ...] = (
    lambda reply: supplier_api.parse_order_reply(reply, number=NUMBER),
    supplier_api.parse_balance_reply,
    supplier_api.parse_page_reply,
    lambda reply: supplier_api.parse_goods_reply(reply, sku_id=7),
    supplier_api.parse_card_reply,
)


@given(st.sampled_from(PARSERS), st.integers(100, 599), st.binary(max_size=100))
def test_no_bytes_break_the_reply_parsers(parse: Any, status: int, body: bytes) -> None:
    answer = parse(HttpReply(status, body=body))
    assert isinstance(answer, SupplierError)
    assert answer.is_effect_possible or 400 <= status < 500


def test_other_goods_than_asked_for_are_unreadable() -> None:
    body = b'{"sku_id":8,"name":"x","price":"1.00","currency":"CNY","is_on_sale":true}'
    assert isinstance(supplier_api.parse_goods_reply(HttpReply(200, body=body), sku_id=7), SupplierError)
    assert isinstance(supplier_api.parse_goods_reply(HttpReply(200, body=body), sku_id=8), supplier_api.Goods)


def test_a_callback_is_read_and_answered() -> None:
    assert supplier_api.parse_callback(CALLBACK, ACCESS, now=NOW) == DELIVERED
    assert supplier_api.callback_reply().status == 200
    assert CARD not in repr(CALLBACK) + repr(DELIVERED) + repr(supplier_api.CardQuestion(number=NUMBER, card=CARD))


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"event":"order.changed","order":{}}', b'{"event":"else","order":null}'])
def test_a_rightly_signed_callback_without_its_fields_is_malformed(body: bytes) -> None:
    headers = supplier_api.signed_headers(ACCESS.key, ACCESS.secret, "POST", "/callback", body, now=NOW)
    with pytest.raises(MalformedNotice):
        supplier_api.parse_callback(HttpRequest("POST", "/callback", headers=headers, body=body), ACCESS, now=NOW)


# the document

DOCUMENT = openapi.document()
DOCUMENT_FILE = Path(protocols.__file__).parent.parent / "docs" / "supplier-api.yaml"


def test_the_published_document_is_that_of_the_message_classes() -> None:
    assert DOCUMENT_FILE.read_text(encoding="utf-8") == yaml_text(DOCUMENT), "write it again: python -m protocols.supplier_api.openapi"


def test_every_call_stands_in_the_document() -> None:
    described = {
        (method.upper(), path) for path, calls in DOCUMENT["paths"].items() for method in calls if method in ("get", "put", "post")
    }
    made = set()
    for request in REQUESTS.values():
        if request is not CALLBACK:
            path = request.url_path.removeprefix(supplier_api.API_ROOT)
            for value, name in ((NUMBER, "{number}"), ("RD1-1-2", "{number}"), ("/goods/7", "/goods/{sku_id}")):
                path = path.replace(value, name)
            made.add((request.method, path))
    assert made == described


def test_every_reference_of_the_document_leads_somewhere() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for each in value.values() for found in references(each)]
        return [found for each in value for found in references(each)] if isinstance(value, list) else []

    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        place: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


def test_every_failure_code_stands_in_the_document_with_its_status() -> None:
    told = {
        (code, int(status))
        for calls in DOCUMENT["paths"].values()
        for method, call in calls.items()
        if method != "parameters"
        for status, answer in call["responses"].items()
        if status not in ("200", "201")
        for code in answer["description"].split(", ")
    }
    assert told == {(code, status) for code, (status, _) in supplier_api.FAILURES.items()}


def test_what_must_be_there_is_what_the_classes_demand() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for message in openapi.MESSAGES:
        demanded = [each.encode_name for each in msgspec.structs.fields(message) if each.required]
        assert schemas[message.__name__]["required"] == demanded
