"""Small pure rules: supplier-order numbers, scores, limits, settings."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.secret import Secret
from services.inventory.advised import limits_from
from services.inventory.quality.domain.inspection import positions
from services.inventory.quality.domain.limits import CheckLimits, InspectionLimits
from services.inventory.settings import InventorySettings, SupplierAccount, limits_advice
from services.inventory.sourcing.domain.limits import Limits
from services.inventory.sourcing.domain.numbers import MAX_CHARACTERS, need_id_of, supplier_order_number


@given(st.uuids(), st.text(max_size=80), st.integers(1, 999), st.text(max_size=100), st.integers(1, 999))
def test_a_supplier_order_number_names_its_need_and_suits_suppliers(need_id: UUID, order: str, line: int, code: str, ordinal: int) -> None:
    number = supplier_order_number(need_id, order, line, 1, code, ordinal)
    assert need_id_of(number) == need_id
    assert len(number) <= MAX_CHARACTERS
    assert set(number) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-")


@given(st.text(max_size=80))
def test_a_number_that_is_not_ours_names_no_need(text: str) -> None:
    found = need_id_of(text)
    assert found is None or isinstance(found, UUID)
    assert need_id_of("RD1-1-1-short-1") is None


def test_numbers_of_before_still_name_their_need() -> None:
    assert need_id_of("RD1-1-1-aaaaaaaaaaaaaaaaaaaaaaaaaa-1") == UUID(int=0)


def test_limits_default_to_the_documented_ones() -> None:
    assert limits_from(Limits, {}) == Limits(2.0, 2, 300.0)
    advice = limits_advice(InventorySettings())
    assert limits_from(Limits, advice) == Limits()
    assert (limits_from(CheckLimits, advice), limits_from(InspectionLimits, advice)) == (CheckLimits(), InspectionLimits())
    assert limits_from(Limits, {"unheard_of": 1}) == Limits()


@pytest.mark.parametrize(("base", "url"), [(None, None), ("https://a.example/", "https://a.example/suppliers/north/callback")])
def test_an_account_shows_no_secret_and_knows_its_callback(base: str | None, url: str | None) -> None:
    account = SupplierAccount(base_url="http://n", api_key="k", api_secret=Secret("hidden"), callback_base_url=base)
    assert "hidden" not in repr(InventorySettings(suppliers={"north": account}))
    assert account.callback_url("north") == url


@given(st.integers(0, 10**6), st.integers(1, 15), st.integers(1, 100))
def test_a_sample_is_spread_over_the_batch_and_the_same_whenever_it_is_computed(card_count: int, wanted: int, round_number: int) -> None:
    drawn = positions(card_count, wanted, round_number)
    assert drawn == positions(card_count, wanted, round_number)
    assert len(drawn) == len(set(drawn)) == min(card_count, wanted)
    assert all(0 <= each < card_count for each in drawn)


def test_the_rounds_look_at_different_cards() -> None:
    assert len({each for round_number in range(1, 11) for each in positions(1_000, 10, round_number)}) > 95
