"""How a secret value is carried and shown inside a process.

A `Secret` holds text that must not reach a log, a trace, a stored row or a pickle: whatever prints it
prints asterisks, and whatever writes it out fails. Only `reveal()` gives the value, so every use can be
found by name.

A *preview* is what people may see of a card or a contact: enough for its owner to recognise it, of no use to
anyone else. It never shows more than a third of the value, nor how long the value is.
"""

import base64
import binascii
import hmac
from typing import Final, NoReturn

HIDDEN: Final = "••••"
"""What stands in a preview for everything that is not shown."""

_SHORTEST_PREVIEWED = 8
_KEY_BYTES = 32


class Secret:
    """Text that cannot be printed, pickled or encoded by accident; equal to another in constant time."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The text itself: for a socket, a cipher or a signature, never for a message."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _specification: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    __hash__ = None  # type: ignore[assignment]  # a secret is never a key of anything

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _memo: object) -> "Secret":
        return self

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def key_bytes(secret: Secret) -> bytes:
    """The 32 bytes of a key given as base64 (also the URL alphabet); ValueError, without the value, if it is not."""
    text = secret.reveal().strip().replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key must be base64 text") from None
    if len(key) != _KEY_BYTES:
        raise ValueError(f"a key must have {_KEY_BYTES} bytes, this one has {len(key)}")
    return key


def mask_card(secret: str) -> str:
    """The preview of a card: at most its first 4 and last 2 characters, nothing of one shorter than 8."""
    return _preview(secret, first=4, last=2)


def mask_contact(contact: str) -> str:
    """The preview of a contact: `b••••@e••••.org` for an e-mail address, `1••••78` for a phone or QQ number."""
    name, at, host = contact.strip().rpartition("@")
    if not (at and name):
        return _preview(contact, first=1, last=2)
    domain, dot, top = host.rpartition(".")
    shown_top = f".{top}" if dot and top.isascii() and top.isalpha() and len(top) * 3 <= len(host) else ""
    return f"{_initial(name)}{HIDDEN}@{_initial(domain)}{HIDDEN}{shown_top}"


def _initial(text: str) -> str:
    return text[:1] if len(text) > 2 and text[0].isprintable() else ""


def _preview(value: str, *, first: int, last: int) -> str:
    text = value.strip()
    if len(text) < _SHORTEST_PREVIEWED:
        return HIDDEN
    budget = len(text) // 3
    at_end = min(last, max(budget // 2, budget - first))
    at_start = min(first, budget - at_end)
    end = text[len(text) - at_end :]
    shown = f"{text[:at_start]}{HIDDEN}{end}"
    return shown if shown.isprintable() else HIDDEN
