"""The kinds of product, and what a product of each kind has to say of itself.

    card      each card is given to one buyer
    account   a card of several fields, written `name----password----…` (账号----密码); they are shown one by one
    reusable  one card is given to many buyers (循环卡密), as often as its limit allows; own stock only
    top_up    direct top-up (直充): a supplier makes it good to an account that the buyer names in the product's fields; no card
    manual    there is no stock: a person delivers, a text or goods that a carrier takes, and is shown what the buyer filled in for that

The fields of an account make its card pattern, whose groups have the fields' names: whoever has the pattern can take a card apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chassis.errors import ContractError
from contracts.values import ProductField

CARD, ACCOUNT, REUSABLE, MANUAL, TOP_UP = "card", "account", "reusable", "manual", "top_up"
KINDS = frozenset({CARD, ACCOUNT, REUSABLE, MANUAL, TOP_UP})
STOCKED_KINDS = frozenset({CARD, ACCOUNT, REUSABLE})
SOURCED_KINDS = frozenset({CARD, ACCOUNT, TOP_UP})
"""What can be bought of suppliers."""

FIELD_SEPARATOR = "----"
MAX_PATTERN_CHARACTERS = 200
MOST_FIELDS = 10
MAX_LABEL_CHARACTERS = 100
_FIELD_NAME = re.compile("[a-z][a-z0-9_]{0,31}", re.ASCII)
PARCEL = (ProductField("carrier", "Carrier"), ProductField("tracking_number", "Tracking number"))
"""What the buyer of goods is shown."""
USUAL_ACCOUNT = (ProductField("account", "Account"), ProductField("password", "Password"))


class UnknownProductKind(ContractError):
    code = "product-kind-unknown"
    title = "Products of this kind are not known"


class UnfitCardPattern(ContractError):
    code = "card-pattern-unfit"
    title = "The card pattern is not a regular expression"


class UnfitProductTerms(ContractError):
    """`reason` says what does not fit the kind."""

    code = "product-terms-unfit"
    title = "What is said of the product does not fit its kind"


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What else a product of its kind says. `fields`: of an account's cards, or those that
    the buyer of a top-up, or of what a person delivers, fills in; `use_limit`: of a reusable card, None: none. `is_sent`: what a
    person delivers is goods that a carrier takes."""

    fields: tuple[ProductField, ...] = ()
    use_limit: int | None = None
    is_sent: bool = False


def checked_listing(kind: str, card_pattern: str | None, terms: KindTerms) -> tuple[str | None, KindTerms]:
    """The card pattern and terms that a listing means; raises UnknownProductKind, UnfitCardPattern, UnfitProductTerms."""
    if kind not in KINDS:
        raise UnknownProductKind()
    if terms.use_limit is not None and kind != REUSABLE:
        raise UnfitProductTerms(reason="only cards of the kind reusable have a limit of uses")
    if terms.is_sent and kind != MANUAL:
        raise UnfitProductTerms(reason="only products of the kind manual are sent")
    _check_fields(terms.fields)
    if kind == ACCOUNT:
        if card_pattern is not None:
            raise UnfitProductTerms(reason="the fields of an account make its card pattern")
        terms = KindTerms(fields=terms.fields or USUAL_ACCOUNT)
        return account_pattern(terms.fields), terms
    if kind == MANUAL:
        if card_pattern is not None:
            raise UnfitProductTerms(reason="what a person delivers has no pattern")
        _check_form(terms.fields)
        return account_pattern(PARCEL) if terms.is_sent else None, terms
    if kind == TOP_UP:
        if card_pattern is not None or not any(each.is_required for each in terms.fields):
            raise UnfitProductTerms(reason="a top-up has a required field that says whom it is for, and no card pattern")
        _check_form(terms.fields)
        return None, terms
    if terms.fields:
        raise UnfitProductTerms(reason="products of this kind have no fields")
    if card_pattern is not None:
        _check_pattern(card_pattern)
    return card_pattern, terms


def account_pattern(fields: tuple[ProductField, ...]) -> str:
    """What a card of these fields looks like; those that are not required may be left out at the end. Raises UnfitProductTerms."""
    names = [each.name for each in fields]
    if len(fields) < 2:
        raise UnfitProductTerms(reason="an account has two fields or more")
    if any(each.pattern is not None or each.max_characters is not None for each in fields):
        raise UnfitProductTerms(reason="fields of an account have neither patterns nor limits")
    required = [each.is_required for each in fields]
    if not all(required[:2]) or required != sorted(required, reverse=True):
        raise UnfitProductTerms(reason="the first two fields of an account are required, and none behind an optional one")
    groups = [f"(?P<{name}>(?:(?!{FIELD_SEPARATOR}).)+)" for name in names]
    pattern = groups[0]
    for group, is_required in zip(groups[1:], required[1:], strict=True):
        pattern += FIELD_SEPARATOR + group if is_required else f"(?:{FIELD_SEPARATOR}{group}"
    return pattern + ")?" * required.count(False)


def _check_fields(fields: tuple[ProductField, ...]) -> None:
    names = [each.name for each in fields]
    if len(fields) > MOST_FIELDS or len(set(names)) < len(names):
        raise UnfitProductTerms(reason=f"there are at most {MOST_FIELDS} fields, of different names")
    if not all(_FIELD_NAME.fullmatch(name) for name in names):
        raise UnfitProductTerms(reason="the name of a field is of small letters, digits and underscores, at most 32")
    if any(len(each.label) > MAX_LABEL_CHARACTERS for each in fields):
        raise UnfitProductTerms(reason=f"the label of a field has at most {MAX_LABEL_CHARACTERS} characters")


def _check_form(fields: tuple[ProductField, ...]) -> None:
    """Raises UnfitCardPattern where what a buyer is asked for could not be checked."""
    for each in fields:
        if each.pattern is not None:
            _check_pattern(each.pattern)


def _check_pattern(card_pattern: str) -> None:
    if len(card_pattern) > MAX_PATTERN_CHARACTERS:
        raise UnfitCardPattern(limit=MAX_PATTERN_CHARACTERS)
    try:
        re.compile(card_pattern)
    except (re.error, OverflowError):  # the latter where it repeats something far too often
        raise UnfitCardPattern() from None
