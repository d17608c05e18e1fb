"""Reading a record's value as the message of its type, whatever the value is.

A value may be anything: cut off, not UTF-8, nested a hundred thousand deep, larger than a record may be, of fields that mean something
else. All of that is one answer, `Undecodable`, whose text names a place and what was expected there, and never what stood: it is stored
beside the parked message and shown to operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from contracts.envelope import MAX_VALUE_BYTES

# msgspec's own words that name types and declared fields only; any other text may quote a value.
_SAFE = re.compile(r"(Expected `[^`]*`(, got `[^`]*`)?|Object missing required field `[^`]*`)( - at `[^`]*`)?")
_PLACE = re.compile(r" - at `[^`]*`$")


class Undecodable(Exception):
    """A subscribed message that does not decode; the text names a path and a type, no value."""


def decoder_of(message_class: type[Any]) -> Callable[[bytes], Any]:
    """A function from a record's value to its message; it raises Undecodable and nothing else."""
    decode = msgspec.json.Decoder(message_class).decode

    def message_in(value: bytes) -> Any:
        if len(value) > MAX_VALUE_BYTES:
            raise Undecodable(f"larger than {MAX_VALUE_BYTES} bytes")
        try:
            return decode(value)
        except msgspec.ValidationError as error:
            raise Undecodable(_without_values(str(error))) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Undecodable("not JSON") from None
        except RecursionError:
            raise Undecodable("nested too deeply") from None

    return message_in


def _without_values(text: str) -> str:
    if _SAFE.fullmatch(text):
        return text
    place = _PLACE.search(text)
    return "unfit value" + (place[0] if place else "")
