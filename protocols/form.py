"""Form fields: strict decoding, and the one rule that makes "sorted pairs joined by &" safe to sign.

Alipay and epay sign `a=1&b=2` built from *decoded* values. That text alone does not tell `{a: "1&b=2"}` from
`{a: "1", b: "2"}`: whoever may choose a product name or a free parameter that is signed along could move the
boundaries and obtain a valid signature for another order number. So a parameter name is refused unless it is
a plain word, and a value if it contains `&word=`. Within these rules each signed text has exactly one
reading. The price: a payment whose free text contains such a piece is confirmed by query only.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from protocols.errors import MalformedForm

MAX_FIELD_COUNT = 100

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_BOUNDARY = re.compile(r"&[A-Za-z_][A-Za-z0-9_]*=")


def decode_form(raw: bytes) -> dict[str, str]:
    """Fields of a form body or query string, decoded once, empty values kept.

    Raises MalformedForm: not UTF-8, no pairs, more than MAX_FIELD_COUNT, or a name that occurs twice (the two
    ends could each believe another one).
    """
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELD_COUNT,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise MalformedForm("body") from error
    return unique_fields(pairs)


def unique_fields(pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The pairs as a dictionary; raises MalformedForm for a name that occurs twice."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise MalformedForm(name if _NAME.match(name) else "name")
        fields[name] = value
    return fields


def ambiguous_field(fields: Mapping[str, str]) -> str | None:
    """The first field that would let the signed text be read in two ways (or cannot be encoded at all), or None."""
    for name, value in fields.items():
        if not _NAME.match(name):
            return "name"
        if _BOUNDARY.search(value) or not _is_utf8(value):
            return name
    return None


def joined(fields: Mapping[str, str]) -> str:
    """`a=1&b=2`, sorted by name in code-point order (ASCII order for the names allowed here), values as they are."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields))


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
