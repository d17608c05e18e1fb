"""易支付 version 1: golden vectors, plain recomputation; any changed character is refused."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import errors
from protocols.epay import build_query, canonical, parse_notice, parse_query_reply, sign, sign_notice, verify
from tests.protocols.changed import changed_field
from tests.protocols.vectors import vectors

VECTORS = vectors("epay")
KEY: str = VECTORS["key"]
PID: str = VECTORS["pid"]
PAID: dict[str, str] = VECTORS["notices"][0]["params"]

plain_names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
values = st.text(st.characters(codec="utf-8"), max_size=8)


@pytest.mark.parametrize("case", VECTORS["notices"], ids=lambda case: case["name"])
def test_each_golden_notice_gets_its_verdict(case: dict[str, Any]) -> None:
    expect = case["expect"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse_notice(case["params"], KEY, pid=PID)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    notice = parse_notice(case["params"], KEY, pid=PID)
    assert canonical(case["params"]) == case["canonical"]
    assert {name: getattr(notice, name) for name in expect} == expect


@given(
    st.dictionaries(plain_names, values, max_size=6),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=6),
)
def test_the_signature_is_what_a_plain_recomputation_gives(params: dict[str, str], key: str) -> None:
    if not key.strip():
        return
    pairs = sorted((k, v) for k, v in params.items() if v and k not in ("sign", "sign_type"))
    text = "&".join(k + "=" + v for k, v in pairs) + key
    assert sign(params, key) == hashlib.md5(text.encode()).hexdigest()
    assert verify(params, sign(params, key), key)


@given(changed_field(PAID))
def test_any_changed_character_of_a_notice_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises((errors.ForgedNotice, errors.MalformedNotice)):
        parse_notice(changed, KEY, pid=PID)


def test_the_order_of_the_parameters_does_not_matter() -> None:
    assert parse_notice(dict(reversed(PAID.items())), KEY, pid=PID) == parse_notice(PAID, KEY, pid=PID)


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_key_signs_and_accepts_nothing(key: str) -> None:
    forged = {**PAID, "sign": hashlib.md5(canonical(PAID).encode()).hexdigest()}
    with pytest.raises(errors.EmptyKey):
        parse_notice(forged, key, pid=PID)
    with pytest.raises(errors.EmptyKey):
        sign(PAID, key)
    with pytest.raises(errors.EmptyKey):
        build_query("RD1", pid=PID, key=key)


def test_a_signed_notice_is_read_back() -> None:
    bare = {name: value for name, value in PAID.items() if name not in ("sign", "sign_type")}
    assert sign_notice(bare, KEY) == PAID


@pytest.mark.parametrize("case", VECTORS["query_replies"], ids=lambda case: case["name"])
def test_each_golden_query_reply_gets_its_verdict(case: dict[str, Any]) -> None:
    expect, body, order = case["expect"], case["body"].encode(), case["order_number"]
    if case["verdict"] != "accepted":
        with pytest.raises(getattr(errors, case["verdict"])) as refusal:
            parse_query_reply(body, order_number=order, pid=PID)
        assert getattr(refusal.value, "field", None) == expect.get("field")
        return
    standing = parse_query_reply(body, order_number=order, pid=PID)
    assert standing.state.value == expect["state"]
    for name in ("trade_number", "total", "error_code"):
        if name in expect:
            assert getattr(standing, name) == expect[name]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reply_parser(body: bytes) -> None:
    try:
        parse_query_reply(body, order_number="RD1", pid=PID)
    except errors.ProtocolError:
        pass


def test_the_query_is_built_as_the_golden_one_and_hides_its_key() -> None:
    request = build_query(VECTORS["query"]["order_number"], pid=PID, key=KEY)
    assert (request.method, request.target) == ("GET", VECTORS["query"]["target"])
    assert KEY not in repr(request)
