"""Small pure rules: supplier-order numbers, scores, limits, settings."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.secret import Secret
from services.inventory.settings import InventorySettings, SupplierAccount, limits_advice
from services.inventory.sourcing.domain.limits import Limits, limits_of
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
    assert limits_of({}) == Limits(2.0, 2, 300.0)
    assert limits_of(limits_advice(InventorySettings())) == Limits()
    assert limits_of({"unheard_of": 1}) == Limits()


@pytest.mark.parametrize(("base", "url"), [(None, None), ("https://a.example/", "https://a.example/suppliers/north/callback")])
def test_an_account_shows_no_secret_and_knows_its_callback(base: str | None, url: str | None) -> None:
    account = SupplierAccount(base_url="http://n", api_key="k", api_secret=Secret("hidden"), callback_base_url=base)
    assert "hidden" not in repr(InventorySettings(suppliers={"north": account}))
    assert account.callback_url("north") == url
