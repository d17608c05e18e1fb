"""The shared shop and the open API of acg-faka: golden vectors, a second judge, changed and foreign calls, sentences for codes."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import acg_faka
from protocols.acg_faka import Article, SharedAccess, SharedTrade
from protocols.acg_faka.replies import SharedBalance, SharedGoods
from protocols.errors import EmptyKey
from protocols.http import HttpReply, HttpRequest, Pairs
from protocols.supplier import SignatureRefused, SupplierError
from tests.protocols.vectors import vectors

VECTORS = vectors("acg_faka")
ACCESS = SharedAccess(VECTORS["app_id"], VECTORS["app_key"])
CODE = "A1B2C3D4E5F60718"
TRADE = acg_faka.build_trade(
    ACCESS,
    Article(CODE, "月卡", {"区服": "亚服", "版本": "标准"}),
    quantity=1,
    number="RD1-1-1",
    contact="desk+1@shop.example",
)
V4_TRADE = acg_faka.build_v4_trade(ACCESS, sku_id=7, quantity=1, number="RD1-1-1")
REQUESTS = {
    "connect": acg_faka.build_connect(ACCESS),
    "items": acg_faka.build_items(ACCESS),
    "stock": acg_faka.build_stock(ACCESS, Article(CODE, "月卡", {"区服": "亚服"})),
    "state": acg_faka.build_inventory_state(ACCESS, Article(CODE), quantity=2),
    "trade": TRADE,
    "query": acg_faka.build_query(ACCESS, "583920174628301745"),
    "v4_connect": acg_faka.build_v4_connect(ACCESS),
    "v4_stock": acg_faka.build_v4_stock(ACCESS, 7),
    "v4_trade": V4_TRADE,
}
PARSERS: dict[str, Callable[[HttpReply], SharedTrade | SupplierError]] = {
    "trade": acg_faka.parse_trade_reply,
    "query": acg_faka.parse_query_reply,
    "v4_trade": acg_faka.parse_v4_trade_reply,
}


def judged(request: HttpRequest, access: SharedAccess = ACCESS) -> str:
    """The code of the refusal, or "accepted"."""
    verify = acg_faka.verify_v4 if request.url_path.startswith("/plugin/") else acg_faka.verify_shared
    try:
        verify(request, access)
    except SignatureRefused as refusal:
        return refusal.code
    return "accepted"


def second_judge(pairs: Pairs, key: str) -> str:
    """As a PHP site does it: fields into tables, sorted by name, empty ones out, encoded, decoded again, hashed."""
    tables: dict[str, dict[str, str] | str] = {}
    for name, value in pairs:
        outer, bracket, inner = name.partition("[")
        if bracket:
            table = tables.setdefault(outer, {})
            assert isinstance(table, dict)
            table[inner.removesuffix("]")] = value
        else:
            tables[outer] = value
    tables.pop("sign", None)
    query = []
    for outer in sorted(tables):
        entry = tables[outer]
        if isinstance(entry, dict):
            query += [f"{quote_plus(f'{outer}[{inner}]')}={quote_plus(value)}" for inner, value in entry.items()]
        elif entry != "":
            query.append(f"{quote_plus(outer)}={quote_plus(entry)}")
    return hashlib.md5(unquote_plus("&".join(query) + "&key=" + key).encode()).hexdigest()


@pytest.mark.parametrize("case", VECTORS["calls"], ids=lambda case: case["name"])
def test_each_call_is_built_and_signed_as_the_golden_one(case: dict[str, Any]) -> None:
    request = REQUESTS[case["name"]]
    assert (request.method, request.url_path, request.body.decode()) == ("POST", case["url_path"], case["body"])
    assert {name: request.header(name) for name in case["headers"]} == case["headers"]
    fields = tuple(parse_qsl(case["body"], keep_blank_values=True))
    assert acg_faka.canonical(fields, ACCESS.app_key) == case["canonical"]
    assert judged(request) == "accepted"


names = st.text("abcxyz_", min_size=1, max_size=5)
values = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
tables = st.dictionaries(st.text("区服版本ab", min_size=1, max_size=3), values, max_size=3)


@given(st.dictionaries(names, values, max_size=6), tables, st.text("ABC123%+", min_size=1, max_size=9))
def test_the_signature_is_what_the_second_judge_says(fields: dict[str, str], choices: dict[str, str], key: str) -> None:
    pairs = (*((name, value) for name, value in fields.items() if name != "sku"), *((f"sku[{k}]", v) for k, v in choices.items()))
    assert acg_faka.sign(pairs, key) == second_judge(pairs, key)


@pytest.mark.parametrize("key", ["", " "])
def test_with_an_empty_key_nothing_is_signed_or_accepted(key: str) -> None:
    with pytest.raises(EmptyKey):
        acg_faka.build_connect(SharedAccess("1024", key))
    with pytest.raises(EmptyKey):
        acg_faka.verify_shared(TRADE, SharedAccess(ACCESS.app_id, key))


def with_field(request: HttpRequest, name: str, value: str) -> HttpRequest:
    fields = [(k, value if k == name else v) for k, v in parse_qsl(request.body.decode(), keep_blank_values=True)]
    return replace(request, body=urlencode(fields).encode())


@pytest.mark.parametrize(
    ("name", "value"), [("num", "2"), ("request_no", "RD1-1-2"), ("race", ""), ("sku[区服]", "美服"), ("password", "1"), ("app_key", "k")]
)
def test_a_changed_field_is_refused(name: str, value: str) -> None:
    assert judged(with_field(TRADE, name, value)) == "invalid_signature"


def test_a_field_that_is_added_or_left_out_is_refused() -> None:
    assert judged(replace(TRADE, body=TRADE.body + b"&coupon=X")) == "invalid_signature"
    assert judged(replace(TRADE, body=TRADE.body.replace(b"&num=1", b""))) == "invalid_signature"


def test_another_account_and_another_key_are_refused() -> None:
    for request in (TRADE, V4_TRADE):
        assert judged(request, SharedAccess("1025", ACCESS.app_key)) == "wrong_account"
        assert judged(request, SharedAccess(ACCESS.app_id, "another")) == "invalid_signature"
    assert judged(replace(TRADE, body=b"")) == "missing_signature"
    assert judged(replace(TRADE, body=b"\xff=1")) == "missing_signature"
    assert judged(replace(V4_TRADE, headers=())) == "missing_signature"
    assert judged(replace(V4_TRADE, body=V4_TRADE.body.replace(b"quantity=1", b"quantity=9"))) == "invalid_signature"


def test_the_order_of_the_fields_does_not_matter() -> None:
    fields = parse_qsl(V4_TRADE.body.decode())
    assert judged(replace(V4_TRADE, body=urlencode(fields[::-1]).encode())) == "accepted"


def test_the_key_stays_out_of_what_is_shown() -> None:
    assert ACCESS.app_key not in repr(ACCESS) + repr(TRADE)


@pytest.mark.parametrize("case", VECTORS["replies"], ids=lambda case: f"{case['kind']}: {case['name']}")
def test_each_golden_reply_is_classified(case: dict[str, Any]) -> None:
    answer = PARSERS[case["kind"]](HttpReply(case["http_status"], body=case["body"].encode()))
    expect = case["expect"]
    if "error_class" in expect:
        assert isinstance(answer, SupplierError)
        assert (answer.error_class.value, answer.code, answer.is_effect_possible) == tuple(expect.values())
        return
    assert isinstance(answer, SharedTrade)
    assert (answer.trade_number, list(answer.cards)) == (expect["trade_number"], expect["cards"])
    assert all(card not in repr(answer) for card in answer.cards)


@given(st.sampled_from(sorted(PARSERS)), st.integers(100, 599), st.binary(max_size=100))
def test_no_bytes_break_the_reply_parsers(kind: str, status: int, body: bytes) -> None:
    answer = PARSERS[kind](HttpReply(status, body=body))
    assert isinstance(answer, SupplierError)
    assert answer.is_effect_possible or 400 <= status < 500


def reply(body: str) -> HttpReply:
    return HttpReply(200, body=body.encode())


def test_balance_goods_and_stock_are_read() -> None:
    connected = acg_faka.parse_connect_reply(reply('{"code":200,"msg":"success","data":{"shopName":"S","balance":17.5}}'))
    assert connected == SharedBalance(Decimal("17.5"))
    items = (
        '{"code":200,"data":[{"id":3,"name":"游戏","children":[{"id":1,"code":"A","stock":3,"delivery_way":0},'
        '{"id":2,"code":"B","delivery_way":1}]},{"id":4,"name":"音乐","children":[]}]}'
    )
    assert acg_faka.parse_items_reply(reply(items)) == (SharedGoods("A", 3, True), SharedGoods("B", None, False))
    assert acg_faka.parse_stock_reply(reply('{"code":200,"data":{"stock":"12"}}')) == 12
    assert acg_faka.parse_state_reply(reply('{"code":200,"msg":"success","data":[]}')) is True
    for parse in (acg_faka.parse_connect_reply, acg_faka.parse_items_reply, acg_faka.parse_stock_reply):
        assert isinstance(parse(reply('{"code":200,"data":{"stock":"many","balance":"-"}}')), SupplierError)
        assert isinstance(parse(HttpReply(503)), SupplierError)
    refused = acg_faka.parse_state_reply(reply('{"code":0,"msg":"库存不足"}'))
    assert isinstance(refused, SupplierError)
