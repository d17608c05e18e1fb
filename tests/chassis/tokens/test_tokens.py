"""A token names somebody for certain or nobody at all."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Forbidden, Unauthorised
from chassis.secret import Secret
from chassis.tokens import CaseGrant, CaseTokens, Principal, ServiceTokens

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
KEY, OTHER_KEY = bytes(range(32)), bytes(32)
STATIC = Secret("static-token-of-the-shop-script")
SCRIPT = Principal("script", "shop", frozenset({"orders:write"}))
ORDER_SERVICE = Principal("order", "service", frozenset({"vault:open", "feed:read"}))
TOKENS = ServiceTokens([KEY], [(STATIC, SCRIPT)])
CASES = CaseTokens([KEY])


def bearer(token: Secret) -> str:
    return f"Bearer {token.reveal()}"


def test_an_issued_token_names_its_principal_until_it_expires() -> None:
    header = bearer(TOKENS.issue(ORDER_SERVICE, NOW))
    assert TOKENS.principal_of(header, NOW + timedelta(seconds=299)) == ORDER_SERVICE
    with pytest.raises(Unauthorised) as caught:
        TOKENS.principal_of(header, NOW + timedelta(seconds=300))
    assert caught.value.facts == {"reason": "expired"}


def test_a_static_token_names_its_principal() -> None:
    assert TOKENS.principal_of(f"bearer  {STATIC.reveal()} ", NOW) == SCRIPT


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer rds1..",
        "Bearer rds1.e30.x",
        "Bearer é.é.é",
        "Bearer \ud800",
    ],
)
def test_a_header_that_names_nobody_is_refused_without_a_reason(header: str | None) -> None:
    with pytest.raises(Unauthorised) as caught:
        TOKENS.principal_of(header, NOW)
    assert caught.value.facts == {}


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(Unauthorised):
        TOKENS.principal_of(bearer(ServiceTokens([OTHER_KEY]).issue(ORDER_SERVICE, NOW)), NOW)


def test_a_key_can_be_changed_without_a_gap() -> None:
    changed = ServiceTokens([OTHER_KEY, KEY])
    assert changed.principal_of(bearer(TOKENS.issue(ORDER_SERVICE, NOW)), NOW) == ORDER_SERVICE
    with pytest.raises(Unauthorised):
        TOKENS.principal_of(bearer(changed.issue(ORDER_SERVICE, NOW)), NOW)


def test_a_case_token_is_no_service_token_and_the_other_way_round() -> None:
    with pytest.raises(Unauthorised):
        TOKENS.principal_of(bearer(CASES.issue("shop-1", "NO1", NOW)), NOW)
    with pytest.raises(Unauthorised):
        CASES.grant_of(TOKENS.issue(ORDER_SERVICE, NOW).reveal(), NOW)


def test_renaming_the_prefix_breaks_the_signature() -> None:
    token = CASES.issue("shop-1", "NO1", NOW).reveal()
    with pytest.raises(Unauthorised):
        TOKENS.principal_of("Bearer rds1" + token.removeprefix("rdc1"), NOW)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_case_token_names_its_order_until_it_expires(shop_id: str, order_number: str) -> None:
    token = CASES.issue(shop_id, order_number, NOW).reveal()
    assert CASES.grant_of(token, NOW + timedelta(minutes=29)) == CaseGrant(shop_id, order_number)
    with pytest.raises(Unauthorised):
        CASES.grant_of(token, NOW + timedelta(minutes=30))


@given(st.data())
def test_any_changed_character_is_noticed(data: st.DataObject) -> None:
    token = CASES.issue("shop-1", "NO1", NOW).reveal()
    position = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != token[position]))
    with pytest.raises(Unauthorised):
        CASES.grant_of(token[:position] + character + token[position + 1 :], NOW)


@pytest.mark.parametrize("extra", ["=", "\n", "A", "!", "."])
def test_a_token_has_one_spelling_only(extra: str) -> None:
    with pytest.raises(Unauthorised):
        CASES.grant_of(CASES.issue("shop-1", "NO1", NOW).reveal() + extra, NOW)


@given(st.text(max_size=200))
def test_any_other_text_is_refused_and_never_crashes(text: str) -> None:
    with pytest.raises(Unauthorised):
        CASES.grant_of(text, NOW)
    with pytest.raises(Unauthorised):
        TOKENS.principal_of(f"Bearer {text}", NOW)


def test_an_endless_token_is_refused() -> None:
    with pytest.raises(Unauthorised):
        CASES.grant_of("rdc1." + "A" * 5_000 + ".A", NOW)


def test_a_token_is_a_secret_and_shows_nothing_of_the_order_it_hides() -> None:
    token = CASES.issue("shop-1", "NO1", NOW)
    assert token.reveal() not in repr(token)
    assert base64.urlsafe_b64encode(KEY).decode().rstrip("=") not in token.reveal()


def test_a_principal_may_do_what_its_scopes_say() -> None:
    ORDER_SERVICE.require("vault:open")
    with pytest.raises(Forbidden) as caught:
        ORDER_SERVICE.require("refund:approve")
    assert caught.value.facts == {"scope": "refund:approve"}


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_a_missing_or_short_key_is_a_bug(keys: list[bytes]) -> None:
    with pytest.raises(AssertionError):
        ServiceTokens(keys)
    with pytest.raises(AssertionError):
        CaseTokens(keys)


def test_a_short_static_token_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        ServiceTokens([KEY], [(Secret("short"), SCRIPT)])
