"""Tokens of people and shops: made once, kept to their owner, never printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.errors import Forbidden
from chassis.secret import Secret
from chassis.tokens import ServiceTokens
from redress.errors import UserError
from redress.keyring import FILE_NAME, known_tokens, scopes_of, tokens_made_once, with_shop
from redress.settings import RedressSettings, Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_missing_tokens_are_made_once_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    settings = RedressSettings(data_folder=tmp_path)
    made = tokens_made_once(settings, ["a"])
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    again = tokens_made_once(settings, ["a", "b"])
    assert again.staff == made.staff
    assert again.shops["a"] == made.shops["a"]
    assert known_tokens(settings).shops.keys() == {"a", "b"}
    assert made.shops["a"].reveal() not in repr(made)


def test_tokens_of_the_settings_win(tmp_path: Path) -> None:
    tokens_made_once(RedressSettings(data_folder=tmp_path), ["a"])
    staff, shop = Secret("s" * 30), Secret("t" * 30)
    known = known_tokens(RedressSettings(data_folder=tmp_path, staff_token=staff, shop_tokens={"a": shop}))
    assert known.staff == staff
    assert known.shops["a"] == shop


def test_a_shop_may_order_and_not_operate(tmp_path: Path) -> None:
    made = tokens_made_once(RedressSettings(data_folder=tmp_path), ["a"])
    tokens = ServiceTokens([b"k" * 32], made.principals())
    shop = tokens.principal_of(made.shop_authorization("a"), NOW)
    assert (shop.name, shop.kind) == ("a", "shop")
    shop.require("orders:write")
    with pytest.raises(Forbidden):
        shop.require("ops")
    staff = tokens.principal_of(made.staff_authorization(), NOW)
    staff.require("ops")
    with pytest.raises(Forbidden):
        staff.require("orders:write")


def test_a_missing_token_is_told_in_words(tmp_path: Path) -> None:
    known = known_tokens(RedressSettings(data_folder=tmp_path))
    with pytest.raises(UserError, match="REDRESS_STAFF_TOKEN"):
        known.staff_authorization()
    with pytest.raises(UserError, match="no token of the shop x"):
        known.shop_authorization("x")


def test_a_shop_that_is_added_has_a_token_and_people_who_see_nothing_else(tmp_path: Path) -> None:
    settings = RedressSettings(data_folder=tmp_path)
    tokens_made_once(settings, ["main"])
    made = with_shop(settings, "second", {"mei": "owner", "li": "viewer"})
    known = known_tokens(settings)
    assert (known.added, set(known.shops), set(known.people)) == (("second",), {"main", "second"}, {"mei", "li"})
    tokens = ServiceTokens([b"k" * 32], known.principals())
    mei = tokens.principal_of(f"Bearer {made.people['mei'].token.reveal()}", NOW)
    assert mei.shops == frozenset({"second"})
    assert ("inventory:write" in mei.scopes, "ops" in mei.scopes) == (True, False)
    assert tokens.principal_of(f"Bearer {made.people['li'].token.reveal()}", NOW).scopes == scopes_of("viewer")
    again = with_shop(settings, "third", {"mei": "owner"})
    assert again.people["mei"].token == made.people["mei"].token
    assert again.people["mei"].shops == ("second", "third")
    assert made.people["mei"].token.reveal() not in repr(made)


@pytest.mark.parametrize("people", [{"staff": "owner"}, {"main": "owner"}, {"mei": "viewer"}])
def test_a_name_that_is_taken_or_a_second_role_is_refused_and_changes_nothing(tmp_path: Path, people: dict[str, Role]) -> None:
    settings = RedressSettings(data_folder=tmp_path)
    tokens_made_once(settings, ["main"])
    with_shop(settings, "second", {"mei": "owner"})
    before = (tmp_path / FILE_NAME).read_text()
    with pytest.raises(UserError):
        with_shop(settings, "third", people)
    assert (tmp_path / FILE_NAME).read_text() == before
