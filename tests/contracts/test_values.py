"""Money: exact, of one currency, and never read from a text that leaves room for doubt."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import (
    LARGEST_AMOUNT_MINOR,
    CurrencyMismatch,
    Money,
    ProblemType,
    UnfitAmount,
    decimal_text,
    minor_digits,
    money_from_decimal_text,
)

currencies = st.sampled_from(["CNY", "USD", "EUR", "RUB", "JPY", "KWD", "USDT"])
amounts = st.builds(Money, st.integers(0, LARGEST_AMOUNT_MINOR), currencies)


@given(amounts)
def test_an_amount_written_as_decimals_is_read_back_exactly(money: Money) -> None:
    assert money_from_decimal_text(decimal_text(money), money.currency) == money


@given(amounts)
def test_the_decimals_say_what_the_minor_units_say(money: Money) -> None:
    assert Decimal(decimal_text(money)) == Decimal(money.amount_minor).scaleb(-minor_digits(money.currency))


@given(amounts)
def test_an_amount_travels_as_json(money: Money) -> None:
    assert msgspec.json.decode(msgspec.json.encode(money), type=Money) == money


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [("1.00", "CNY", 100), ("1", "CNY", 100), ("1.5", "CNY", 150), ("0.01", "CNY", 1), ("0", "CNY", 0),
     ("100", "JPY", 100), ("1.000001", "USDT", 1_000_001), ("1.234", "KWD", 1_234)],
)  # fmt: skip
def test_providers_decimals_become_minor_units(text: str, currency: str, amount_minor: int) -> None:
    assert money_from_decimal_text(text, currency) == Money(amount_minor, currency)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1.00 ", " 1.00", "+1.00", "-1.00", "1e2", "1E2", "NaN", "Infinity", "1,00", "1.", ".5",
     "01.00", "00", "1.000", "0.001", "1.0.0", "１.00", "1_0", "1.00\n", "0x1", "90071992547409.92", "9" * 5000],
)  # fmt: skip
def test_a_text_that_is_no_plain_amount_is_unfit_and_not_repeated(text: str) -> None:
    with pytest.raises(UnfitAmount) as unfit:
        money_from_decimal_text(text, "CNY")
    assert not text.strip() or text not in unfit.value.reason


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_unfit(text: str) -> None:
    try:
        money_from_decimal_text(text, "CNY")
    except UnfitAmount:
        pass


def test_an_unknown_currency_is_unfit() -> None:
    with pytest.raises(UnfitAmount):
        money_from_decimal_text("1.00", "XXX")


@pytest.mark.parametrize("amount_minor", [-1, LARGEST_AMOUNT_MINOR + 1, 1.0, True])
def test_an_amount_is_a_whole_number_that_every_reader_can_hold(amount_minor: int) -> None:
    with pytest.raises(UnfitAmount):
        Money(amount_minor, "CNY")


@pytest.mark.parametrize("currency", ["", "cny", "CN", "CNYCN", "CN1", "CNY\n", "ＣＮＹ"])
def test_a_currency_is_a_code_in_capitals(currency: str) -> None:
    with pytest.raises(UnfitAmount):
        Money(1, currency)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"amount_minor": 1, "currency": currency}), type=Money)


def test_amounts_of_one_currency_add_subtract_multiply_and_compare() -> None:
    assert Money(150, "CNY") + Money(50, "CNY") == Money(200, "CNY")
    assert Money(150, "CNY") - Money(50, "CNY") == Money(100, "CNY")
    assert Money(150, "CNY") * 2 == Money(300, "CNY")
    assert Money(1, "CNY") < Money(2, "CNY") <= Money(2, "CNY")
    assert Money(2, "CNY") > Money(1, "CNY") >= Money(1, "CNY")


def test_less_than_nothing_is_no_amount() -> None:
    with pytest.raises(UnfitAmount):
        Money(1, "CNY") - Money(2, "CNY")


def test_amounts_of_two_currencies_do_not_meet() -> None:
    yuan, dollar = Money(1, "CNY"), Money(1, "USD")
    for meet in (yuan.__add__, yuan.__sub__, yuan.__lt__, yuan.__le__, yuan.__gt__, yuan.__ge__):
        with pytest.raises(CurrencyMismatch):
            meet(dollar)
    assert yuan != dollar


def test_the_problem_types_are_the_trades_own() -> None:
    assert [problem.value for problem in ProblemType] == [
        "not_delivered", "invalid_card", "already_used", "wrong_item", "not_as_described",
        "bought_by_mistake", "charged_twice", "delayed", "how_to", "illegal_content", "other",
    ]  # fmt: skip
