"""Values that mean the same in every service: money, the trade's problem types, and what a shop promises after the sale.

Money is a whole number of minor units (fen, cents) with its currency. Currencies are ISO 4217 codes with
the standard's number of decimals; USDT, which the trade also takes and ISO does not know, has the 6
decimals of its token contract.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

import msgspec

LARGEST_AMOUNT_MINOR = 2**53 - 1
"""The largest whole number that every JSON reader holds exactly (RFC 8259, section 6)."""

# ISO 4217 list one (active codes, without funds, precious metals and test codes).
_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY"
    " COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
    " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR"
    " MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG"
    " SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES"
    " WST XCD YER ZAR ZMW ZWG"
)
_WITH_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_WITH_SIX_DECIMALS = "USDT"

_MINOR_DIGITS = {
    currency: digits
    for digits, currencies in (
        (0, _WITHOUT_DECIMALS),
        (2, _WITH_TWO_DECIMALS),
        (3, _WITH_THREE_DECIMALS),
        (6, _WITH_SIX_DECIMALS),
    )
    for currency in currencies.split()
}

_CURRENCY_PATTERN = "^[A-Z]{3,4}$"
_DECIMAL_TEXT = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


class UnfitAmount(ValueError):
    """A text or number that is no amount of its currency; `reason` says why and never repeats it."""

    code: ClassVar[str] = "unfit_amount"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CurrencyMismatch(ValueError):
    """Amounts of two currencies were added or compared: nobody here knows a rate."""

    code: ClassVar[str] = "currency_mismatch"

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} is not {right}")
        self.left = left
        self.right = right


class Money(msgspec.Struct, frozen=True):
    """An amount of money, never negative: `amount_minor` in the currency's minor units, `currency` an ISO 4217 code or USDT.

    Direction (paid, given back) is told by the field that holds it. Making any other raises UnfitAmount.
    """

    amount_minor: Annotated[
        int,
        msgspec.Meta(ge=0, le=LARGEST_AMOUNT_MINOR, extra_json_schema={"x-unit": "minor units of the currency"}),
    ]
    currency: Annotated[str, msgspec.Meta(pattern=_CURRENCY_PATTERN, extra_json_schema={"x-unit": "ISO 4217 code or USDT"})]

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int or not 0 <= self.amount_minor <= LARGEST_AMOUNT_MINOR:
            raise UnfitAmount("amount is not a whole number of minor units from 0 to 2^53-1")
        if len(self.currency) not in (3, 4) or not (self.currency.isascii() and self.currency.isalpha() and self.currency.isupper()):
            raise UnfitAmount("currency is not a code of 3 or 4 capital letters")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """What is left; raises UnfitAmount when it would be less than nothing."""
        self._same_currency(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.amount_minor * quantity, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.amount_minor < other.amount_minor

    def __le__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.amount_minor <= other.amount_minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


class ProblemType(StrEnum):
    """What a buyer may say is wrong, as the trade's shops ask it; the values are the words on the wire."""

    NOT_DELIVERED = "not_delivered"
    INVALID_CARD = "invalid_card"
    ALREADY_USED = "already_used"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    BOUGHT_BY_MISTAKE = "bought_by_mistake"
    CHARGED_TWICE = "charged_twice"
    DELAYED = "delayed"
    HOW_TO = "how_to"
    ILLEGAL_CONTENT = "illegal_content"
    OTHER = "other"


def minor_digits(currency: str) -> int:
    """How many decimals a currency has (CNY 2, JPY 0, USDT 6); raises UnfitAmount for an unknown code."""
    try:
        return _MINOR_DIGITS[currency]
    except KeyError:
        raise UnfitAmount("unknown currency") from None


def money_from_decimal_text(text: str, currency: str) -> Money:
    """The exact amount a provider writes as "1.00"; raises UnfitAmount.

    Plain decimal digits with at most one point: no sign, exponent, blank or leading zero, and no more
    decimals than the currency has, since a rounded amount is another amount.
    """
    digits = minor_digits(currency)
    match = _DECIMAL_TEXT.fullmatch(text)
    if match is None:
        raise UnfitAmount("not a plain decimal number")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > digits:
        raise UnfitAmount("more decimals than the currency has")
    if len(whole) > len(str(LARGEST_AMOUNT_MINOR)):
        raise UnfitAmount("too large")
    return Money(int(whole + fraction.ljust(digits, "0")), currency)


class ProductField(msgspec.Struct, frozen=True):
    """A field of a product: of its cards, or of what its buyer has to say. `label`: as people read it. `pattern`: what the whole value
    matches, a regular expression. `max_characters`: of what a buyer says, null: 200."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    label: Annotated[str, msgspec.Meta(min_length=1)]
    is_required: bool = True
    pattern: str | None = None
    max_characters: Annotated[int, msgspec.Meta(ge=1, le=500, extra_json_schema={"x-unit": "characters"})] | None = None


def decimal_text(money: Money) -> str:
    """The amount with all decimals of its currency, "1.00"; the inverse of `money_from_decimal_text`."""
    digits = minor_digits(money.currency)
    if digits == 0:
        return str(money.amount_minor)
    text = str(money.amount_minor).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"


MAX_POLICY_DAYS = 3_650
_Days = Annotated[int, msgspec.Meta(ge=0, le=MAX_POLICY_DAYS, extra_json_schema={"x-unit": "days"})]
_SomeDays = Annotated[int, msgspec.Meta(ge=1, le=MAX_POLICY_DAYS, extra_json_schema={"x-unit": "days"})]


class AfterSalesPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop promises for a product after the sale. Days are of 24 hours and count from the delivery of each card.

    `refund`: for a buyer whose card works: never, within `refund_days`, or while the card was not shown yet (and within `refund_days`,
    where they are given). `fee_basis_points`: what is kept of such a refund, in hundredths of a percent. `warranty_days` (质保): so long a
    card that stops working is made good. `is_pro_rata`: what is paid back for it is the share of the warranty that is left, as for
    accounts that are used up by the day; else all of it. `is_exchangeable`: another card may be given instead of the money.
    `borne_by`: whom a faulty card costs its price, the shop or the supplier of the card.
    """

    refund: Literal["none", "within_days", "unused"]
    refund_days: _SomeDays | None = None
    fee_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000, extra_json_schema={"x-unit": "hundredths of a percent"})] = 0
    warranty_days: _Days = 0
    is_pro_rata: bool = False
    is_exchangeable: bool = True
    borne_by: Literal["shop", "supplier"] = "supplier"
