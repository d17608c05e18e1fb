"""What a buyer fills in, for a top-up or for a person who delivers: checked against the product's fields before anything is paid, sealed,
and masked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from chassis.fingerprint import Fingerprints
from chassis.secret import HIDDEN, mask_card
from chassis.vault import Sealed, Vault
from contracts.values import ProductField
from services.order.domain.order_accounts import GivenAccount

ACCOUNT_KIND = "account"
MAX_VALUE_CHARACTERS = 200
"""Of a field whose product does not say how long it may be."""


def form_faults(form: tuple[ProductField, ...], given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with the fields, as (name, reason) without any value; nothing where the form is filled in as its product asks."""
    if not form:
        return [(name, "is not asked for this product") for name in given]
    known = {each.name for each in form}
    faults = [(name, "is no field of the product") for name in given if name not in known]
    for field in form:
        value = given.get(field.name, "").strip()
        if not value:
            if field.is_required:
                faults.append((field.name, "is missing"))
        elif len(value) > (field.max_characters or MAX_VALUE_CHARACTERS) or any(
            unicodedata.category(character).startswith("C") for character in value
        ):
            faults.append((field.name, "is too long, or holds signs that cannot be shown"))
        elif field.pattern is not None and _compiled(field.pattern).fullmatch(value) is None:
            faults.append((field.name, "does not look as the product asks"))
    return faults


def seal_account(
    line: int, given: Mapping[str, str], *, shop_id: str, owner_id: str, vault: Vault, fingerprints: Fingerprints, is_personal: bool = False
) -> tuple[GivenAccount, Sealed]:
    """What the buyer filled in for a line: sealed for the order, with its fingerprint and masked fields, or (`is_personal`) hidden ones."""
    fields = {name: value.strip() for name, value in sorted(given.items()) if value.strip()}
    content = msgspec.json.encode(fields)
    sealed = vault.seal(ACCOUNT_KIND, shop_id, owner_id, content)
    previews = tuple((name, HIDDEN if is_personal else mask_card(value)) for name, value in fields.items())
    return GivenAccount(line, sealed.reference, fingerprints.of(ACCOUNT_KIND, content.decode()), previews), sealed


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
