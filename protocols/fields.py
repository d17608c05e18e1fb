"""Fields of a notice that must be there, and numbers among them."""

from collections.abc import Mapping

from protocols.errors import MalformedNotice
from protocols.payment import is_number


def required(fields: Mapping[str, str], name: str) -> str:
    """The field's value; raises MalformedNotice where it is absent or empty."""
    value = fields.get(name, "")
    if not value:
        raise MalformedNotice(name)
    return value


def number(fields: Mapping[str, str], name: str) -> str:
    """The order, trade or status number in the field; raises MalformedNotice where it is absent or no plain number."""
    value = required(fields, name)
    if not is_number(value):
        raise MalformedNotice(name)
    return value


def optional_number(fields: Mapping[str, str], name: str, max_length: int = 64) -> str | None:
    """The number in the field, None where it is absent or empty; raises MalformedNotice where it is no plain number."""
    value = fields.get(name) or None
    if value is not None and not is_number(value, max_length):
        raise MalformedNotice(name)
    return value
