"""What may be printed: pure functions that take values and exceptions and give back only what is harmless.

Three rules, each on its own enough for most leaks:

* *Names.* A field whose name speaks of a card, a contact, a credential or free text loses its value, at any depth.
  `card_id`, `contact_fingerprint`, `key_version` and the like stay, since they only refer to it.
* *Types.* Text, numbers, times, ids and their containers are printed; of every other object only the type is, for its `repr` may hold
  anything. In text, what looks like an address, a phone number or a credential is masked.
* *Exceptions.* A message may quote the value that broke something (a row in PostgreSQL's DETAIL, a URL, a JSON document), so no message
  is ever printed: our errors give code and facts, all others type and place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, Final
from uuid import UUID

from chassis.errors import RedressError
from chassis.secret import Secret

REMOVED: Final = "[removed]"

Printable = str | int | float | bool | None | list["Printable"] | dict[str, "Printable"]

_MOST_TEXT = 500
_MOST_ITEMS = 50
_DEEPEST = 6
_MOST_FRAMES = 12
_MOST_EXCEPTIONS = 12


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Denied wherever the word stands in a name, unless the last word makes it a mere reference.
_SECRET_WORDS = _words(
    """activation address addresses auth buyer card cards carmi cdkey cert contact contacts cookie cookies
    credential credentials dsn holder jwt key keys mail mobile otp pem pin plaintext private pwd qq redeem secret
    secrets serial session sig sign signature telegram tel token tokens uri url user username voucher webhook wechat"""
)
_SECRET_PARTS = _words("apikey cardcode cardno carmi contact cookie credential plaintext secret token")
# Denied wherever they stand, whatever follows: a device id is as personal as the device.
_PERSONAL_WORDS = _words("geo ip ips ipv4 ipv6 lat lon ua")
_PERSONAL_PARTS = _words("authoriz device email passwd password phone useragent")
# Denied as a whole name or as its last word: they hold whatever somebody sent.
_FREE_WORDS = _words(
    """answer arg args arguments attachment bodies body comment content contents data description detail details
    doc document error exception extra field fields form header headers html input json kwargs line lines message
    messages msg note notes object output parameters params payload payloads query raw replies reply request
    response row rows sql statement stderr stdout subject text title trace traceback value values xml"""
)
_REFERENCE_WORDS = _words("fingerprint id ids kind preview reference references type")
_QUANTITY_WORDS = _words("bytes count seconds size version")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-]{0,63}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 [removed]"),
    (re.compile(r"\br[dD][a-z]1\.\S+"), REMOVED),
    (re.compile(r"(?<=://)[^/\s@]+@"), "[removed]@"),
    (re.compile(r"\?[^\s?]*=[^\s]*"), "?[removed]"),
    (re.compile(r"[^\s@<>\"'(),:;=/\[\]]+@[^\s@<>\"'(),:;=]+"), "[address]"),
    (re.compile(r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?!\d)"), "[phone]"),
)


def scrubbed(fields: Mapping[str, object]) -> dict[str, Printable]:
    """The fields with everything secret, personal or unknown taken out; the input is left as it was."""
    return _mapping(fields, 0)


def scrubbed_text(text: str) -> str:
    """Text with addresses, phone numbers and credentials masked, cut after 500 characters."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def described(error: BaseException) -> list[Printable]:
    """An exception, its causes and the members of its groups, outermost first, without any of their
    messages.
    """
    return [_described(one) for one in _chain(error)]


def is_literal_in(text: str, code: CodeType) -> bool:
    """Whether a text is written out in a function's source: then it cannot hold a value of this run."""
    return any(type(constant) is str and constant == text for constant in code.co_consts)


def place(filename: str, line_number: int | None) -> str:
    """A place in the code, by the last three parts of its path, which are the same on every machine."""
    return f"{'/'.join(Path(filename).parts[-3:])}:{line_number}"


def _mapping(fields: Mapping[Any, object], depth: int) -> dict[str, Printable]:
    printable: dict[str, Printable] = {}
    for position, (name, value) in enumerate(fields.items()):
        if position == _MOST_ITEMS:
            printable["…"] = len(fields)
            break
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            # A name nobody wrote into the program may itself be a value.
            printable[f"[name {position}]"] = REMOVED
        elif isinstance(value, bool | BaseException | None) or not _is_denied(name, isinstance(value, int)):
            # An exception is described without its message, whatever the field is called.
            printable[name] = _printable(value, depth + 1)
        else:
            printable[name] = REMOVED
    return printable


def _printable(value: object, depth: int) -> Printable:
    match value:
        case None | bool() | float():
            return value
        case Enum():
            return _printable(value.value, depth)
        case int():
            return int(value)
        case str():
            return scrubbed_text(str(value))
        case UUID() | Decimal() | timedelta():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case BaseException():
            return described(value)
        case Mapping() if depth < _DEEPEST:
            return _mapping(value, depth)
        case bytes() | bytearray() | memoryview() | Secret():
            return f"[{type(value).__name__}]"
        case Sequence() | Set() if depth < _DEEPEST:
            items: list[Printable] = [_printable(item, depth + 1) for _, item in zip(range(_MOST_ITEMS), value, strict=False)]
            return items if len(value) <= _MOST_ITEMS else [*items, "…"]
        case _:
            return f"[{type(value).__name__}]"


@lru_cache(maxsize=4_096)
def _is_denied(name: str, is_number: bool) -> bool:
    words = [word for word in _NOT_WORD.split(_CAMEL.sub("_", name).lower()) if word]
    joined = "".join(words)
    if any(part in joined for part in _PERSONAL_PARTS) or not _PERSONAL_WORDS.isdisjoint(words):
        return True
    if words and words[-1] in _FREE_WORDS:
        return True
    if any(part in joined for part in _SECRET_PARTS) or not _SECRET_WORDS.isdisjoint(words):
        is_reference = words[-1] in _REFERENCE_WORDS and len(words) > 1
        return not (is_reference or (is_number and words[-1] in _QUANTITY_WORDS))
    return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_EXCEPTIONS:
        one = waiting.pop(0)
        if id(one) in seen:  # a circle
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        if one.__cause__ is not None:
            waiting.append(one.__cause__)
        elif one.__context__ is not None and not one.__suppress_context__:
            waiting.append(one.__context__)


def _described(error: BaseException) -> Printable:
    kind = type(error)
    printable: dict[str, Printable] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    if isinstance(error, RedressError):
        printable["code"] = error.code
        printable["facts"] = scrubbed(error.facts)
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str) and _SQLSTATE.fullmatch(sqlstate):
        printable["sqlstate"] = sqlstate
    if isinstance(error, OSError) and isinstance(error.errno, int):
        printable["errno"] = error.errno
    printable["at"] = _places(error.__traceback__)
    return printable


def _places(traceback: TracebackType | None) -> list[Printable]:
    places: list[Printable] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{place(code.co_filename, traceback.tb_lineno)} {code.co_qualname}")
        traceback = traceback.tb_next
    return places[-_MOST_FRAMES:]
