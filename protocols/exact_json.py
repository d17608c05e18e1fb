"""JSON of signed messages: numbers keep the text they came with, and no name may occur twice.

Whoever signs a JSON message signs the *text* of its numbers, and what a binary float makes of them is a matter of the reader. So a
number arrives here as `JsonNumber`, the very characters, and leaves as the digits of an exact decimal; nothing is ever a float. A name
that occurs twice is refused, since two readers could each believe another one.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from protocols.errors import ProtocolError

MAX_NUMBER_LENGTH = 40
_LARGEST_EXPONENT = 30


class JsonNumber(str):
    """A number as it stands in a JSON text. Compared and hashed as that text; `plain` is its value."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The shortest decimal text of the value, without exponent or trailing zeros: `15.50` and `1.55e1` are `15.5`.

        Raises ValueError for a number that no amount, status or time can be.
        """
        if len(self) > MAX_NUMBER_LENGTH:
            raise ValueError("number")
        try:
            value = Decimal(self)
        except InvalidOperation as error:
            raise ValueError("number") from error
        if value.is_zero():
            return "0"
        if abs(value.adjusted()) > _LARGEST_EXPONENT:
            raise ValueError("number")
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


def shortest_number(text: str) -> JsonNumber:
    """A decimal text as the number that is sent for it, in its shortest form; raises ValueError."""
    return JsonNumber(JsonNumber(text).plain)


def decode_object(body: bytes, malformed: Callable[[str], ProtocolError]) -> dict[str, Any]:
    """The members of a JSON object; numbers inside are JsonNumber, the rest as `json` gives it.

    Raises `malformed("body")` for anything else, also for a name that occurs twice or a value such as NaN.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("name")
        return dict(pairs)

    def refused(constant: str) -> Any:
        raise ValueError(constant)

    try:
        content = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=unique,
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=refused,
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise malformed("body") from error
    if not isinstance(content, dict):
        raise malformed("body")
    return content


def encode_object(members: Mapping[str, str]) -> bytes:
    """A JSON object whose texts are strings and whose JsonNumbers are numbers, digit by digit as given."""
    pairs = (f"{json.dumps(name)}:{value if isinstance(value, JsonNumber) else json.dumps(value)}" for name, value in members.items())
    return ("{" + ",".join(pairs) + "}").encode()


def signed_texts(content: Mapping[str, Any], malformed: Callable[[str], ProtocolError]) -> dict[str, str]:
    """Each member as the text that is signed for it: strings as they are, numbers plain; null is left out.

    Raises `malformed(name)` for a member that is neither, since its text would be a guess.
    """
    texts: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, JsonNumber):
            try:
                texts[name] = value.plain
            except ValueError as error:
                raise malformed(name) from error
        elif isinstance(value, str):
            texts[name] = value
        elif value is not None:
            raise malformed(name)
    return texts


def text_member(content: Mapping[str, Any], name: str, malformed: Callable[[str], ProtocolError]) -> str:
    """A member that is a non-empty text, or a number as plain text; raises `malformed(name)` for any other, and for none."""
    value = signed_texts({name: content.get(name)}, malformed).get(name, "")
    if not value:
        raise malformed(name)
    return value
