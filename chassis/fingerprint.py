"""Fingerprints: equal values can be recognised without keeping them.

A fingerprint is `v<key version>:<hex>`, where hex is HMAC-SHA256 (RFC 2104), under the installation's key,
over::

    the kind in UTF-8, behind its length in 4 bytes, big-endian
    the normalised value in UTF-8

All services share one key, so they can join on a contact that none of them stores; the kind keeps a contact
from matching a card. A keyed hash is needed because phone numbers and card codes can be guessed one by one.

The same thing is typed in several ways, so a value is normalised before it is hashed. Both functions here
follow NFKC (Unicode TR 15: full-width letters and digits become plain ones, a no-break space becomes a
space), drop characters of the category Cf (zero-width, soft hyphen, direction marks) and trim.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping

_SMALLEST_KEY_BYTES = 32
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]*")
_MAINLAND_PHONE = re.compile(r"(?:00)?86(1[3-9][0-9]{9})")


class Fingerprints:
    """Makes fingerprints; `keys` are the key's versions, of which the highest makes new ones."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        assert keys, "at least one key is needed"
        assert all(len(key) >= _SMALLEST_KEY_BYTES for key in keys.values()), "a key has at least 32 bytes"
        self._keys = dict(keys)
        self._version = max(keys)

    def of(self, kind: str, normalised: str) -> str:
        """The fingerprint of a normalised value, such as `of("contact", normalised_contact(typed))`."""
        return self._made(self._version, kind, normalised)

    def all_of(self, kind: str, normalised: str) -> list[str]:
        """The fingerprint under every known version, newest first: what to look for in stored rows."""
        return [self._made(version, kind, normalised) for version in sorted(self._keys, reverse=True)]

    def _made(self, version: int, kind: str, normalised: str) -> str:
        name = kind.encode()
        value = len(name).to_bytes(4, "big") + name + normalised.encode(errors="surrogatepass")
        return f"v{version}:{hmac.new(self._keys[version], value, hashlib.sha256).hexdigest()}"


def normalised_contact(typed: str) -> str:
    """One form for every way to type a contact.

    An e-mail address or chat name is case-folded. A phone or QQ number keeps its digits only; the country
    code of a mainland phone (+86, 0086, 86) is dropped, since most people leave it out.
    """
    text = _plain(typed)
    if not _NUMBER.fullmatch(text):
        return _folded(text)
    digits = "".join(character for character in text if character in "0123456789")
    mainland = _MAINLAND_PHONE.fullmatch(digits)
    return mainland[1] if mainland else digits


def normalised_card(typed: str) -> str:
    """One form for every way to paste a card secret; letters keep their case, which often matters."""
    return _plain(typed)


def _plain(text: str) -> str:
    kept = "".join(character for character in text if unicodedata.category(character) != "Cf")
    # Dropping a character can bring two together that NFKC then joins, hence first drop, then normalise.
    return unicodedata.normalize("NFKC", kept).strip()


def _folded(text: str) -> str:
    """Case-folded and still in NFKC: folding may leave a form that NFKC changes again (Unicode, section 3.13)."""
    before = ""
    while text != before:
        before, text = text, _plain(text.casefold())
    return text
