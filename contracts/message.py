"""Public messages: frozen typed structs, JSON on the wire, found by the name in `ce_type`.

A message class says by `@published_by("order")` which service publishes it; from that and its own name
comes the type name `redress.order.OrderPlaced.v1`, the only thing a reader needs to pick the class. A type
is known once the module that holds it is imported; subscribers import their message classes by name, so
what they subscribed to is known to them.

Readers pass over fields they do not know, so a newer publisher may add optional ones; `compatibility.py`
refuses everything else. `encode` reads its own bytes back before it lets them go, so a message that its
readers would park fails at its publisher instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, TypeVar

import msgspec

from contracts.envelope import MAX_VALUE_BYTES

# msgspec's own words that name types and paths only; any other text may quote a value and is replaced.
_EXPECTED = r"Expected `[^`]*`(, got `[^`]*`| matching regex '[^']*'| (of length )?[<>]=? -?\d+)?"
_SAFE_REASON = re.compile(
    rf"({_EXPECTED}|Object missing required field `\w+`|Invalid RFC3339 encoded datetime)"
    r"( - at `\$[\w.\[\]]*`)?"
)
_PATH = re.compile(r" - at `\$[\w.\[\]]*`$", re.ASCII)


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Base of every public message; `TYPE` and `SERVICE` are set by `published_by`."""

    TYPE: ClassVar[str]
    SERVICE: ClassVar[str]


class UndecodableMessage(ValueError):
    """A value that is no message of its type; `reason` names place and expectation, never what stood."""

    code: ClassVar[str] = "undecodable_message"

    def __init__(self, type_name: str, reason: str) -> None:
        super().__init__(f"{type_name}: {reason}")
        self.type_name = type_name
        self.reason = reason


class UnpublishableMessage(ValueError):
    """A message its readers would not accept: a wrong field, or over 256 KiB. A bug of the publisher."""

    code: ClassVar[str] = "unpublishable_message"

    def __init__(self, type_name: str, reason: str) -> None:
        super().__init__(f"{type_name}: {reason}")
        self.type_name = type_name
        self.reason = reason


M = TypeVar("M", bound=Message)

_class_by_type: dict[str, type[Message]] = {}
_decoder_by_type: dict[str, msgspec.json.Decoder[Message]] = {}
_encoder = msgspec.json.Encoder()


def published_by(service: str, version: int = 1) -> Callable[[type[M]], type[M]]:
    """Class decorator: names the type after service, class and version, and makes it known to `decode`."""

    def register(message_class: type[M]) -> type[M]:
        name = f"redress.{service}.{_without_version(message_class.__name__, version)}.v{version}"
        if name in _class_by_type:
            raise TypeError(f"two classes for {name}")
        message_class.TYPE = name
        message_class.SERVICE = service
        _class_by_type[name] = message_class
        return message_class

    return register


def messages_of(service: str) -> tuple[type[Message], ...]:
    """All known message classes of a service, sorted by type name."""
    classes = (known for _, known in sorted(_class_by_type.items()))
    return tuple(known for known in classes if service == known.SERVICE)


def message_class(type_name: str) -> type[Message]:
    """The class of a type name; raises UndecodableMessage when none is known."""
    try:
        return _class_by_type[type_name]
    except KeyError:
        raise UndecodableMessage(type_name, "unknown type") from None


def decode(type_name: str, value: bytes) -> Message:
    """The message in a record's value; raises UndecodableMessage."""
    decoder = _decoder(type_name)
    if len(value) > MAX_VALUE_BYTES:
        raise UndecodableMessage(type_name, f"larger than {MAX_VALUE_BYTES} bytes")
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UndecodableMessage(type_name, _without_values(error)) from None


def encode(message: Message) -> bytes:
    """The record value of a message: compact JSON, fields in declared order; raises UnpublishableMessage."""
    type_name = message.TYPE
    value = _encoder.encode(message)
    if len(value) > MAX_VALUE_BYTES:
        raise UnpublishableMessage(type_name, f"larger than {MAX_VALUE_BYTES} bytes")
    try:
        _decoder(type_name).decode(value)
    except msgspec.DecodeError as error:
        raise UnpublishableMessage(type_name, _without_values(error)) from None
    return value


def _decoder(type_name: str) -> msgspec.json.Decoder[Message]:
    decoder = _decoder_by_type.get(type_name)
    if decoder is None:
        decoder = _decoder_by_type[type_name] = msgspec.json.Decoder(message_class(type_name))
    return decoder


def _without_values(error: Exception) -> str:
    """The reason in msgspec's words where they cannot hold a value, else only the place."""
    if not isinstance(error, msgspec.ValidationError):
        return "not well-formed JSON"
    text = str(error)
    if _SAFE_REASON.fullmatch(text):
        return text
    path = _PATH.search(text)
    return "unfit value" + (path[0] if path else "")


def _without_version(class_name: str, version: int) -> str:
    """A second version has a class of its own beside the first: `OrderPlacedV2` is `OrderPlaced.v2`."""
    return class_name if version == 1 else class_name.removesuffix(f"V{version}")
