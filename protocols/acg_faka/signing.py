"""How acg-faka signs a form: md5 of its own fields and the key, in lower-case hex.

    fields but `sign`, the empty ones dropped, sorted by name, `name=value` as they are before encoding, joined by "&",
    then "&key=" and the key

A field may be a table: `sku[区服]=亚服`. It is sorted by the part before the bracket; the entries of one table keep the order in which
they stand in the form, and none of them is dropped for being empty. The site decodes the whole text once before hashing, the key too:
a key with "%" or "+" in it is signed as what it decodes to.

There is neither time nor nonce in it: whoever sees a call can repeat it for ever. Creating an order is safe against that by its
`request_no`, which a site takes once; the rest only reads. So these sites are called over HTTPS only.
"""

import hashlib
import hmac
from urllib.parse import unquote_plus

from protocols.errors import EmptyKey
from protocols.http import Pairs
from protocols.supplier import SignatureRefused

SIGN_FIELD = "sign"


class MissingSignature(SignatureRefused):
    """There is no account name or no signature."""

    code = "missing_signature"


class WrongAccount(SignatureRefused):
    """Made for another account than the expected one."""

    code = "wrong_account"


class InvalidSignature(SignatureRefused):
    """The signature does not belong to these fields and this key."""

    code = "invalid_signature"


def canonical(fields: Pairs, key: str) -> str:
    """The text that is hashed."""
    signed = [(name, value) for name, value in fields if name != SIGN_FIELD and (value != "" or "[" in name)]
    signed.sort(key=lambda field: field[0].partition("[")[0])
    return "&".join(f"{name}={value}" for name, value in signed) + f"&key={unquote_plus(key)}"


def sign(fields: Pairs, key: str) -> str:
    """The signature, 32 lower-case hex digits; raises EmptyKey."""
    if not key.strip():
        raise EmptyKey("acg-faka")
    return hashlib.md5(canonical(fields, key).encode(), usedforsecurity=False).hexdigest()


def check(received: str, fields: Pairs, key: str) -> None:
    """Raises InvalidSignature unless the signature is that of the fields; EmptyKey. Compared in constant time."""
    if not hmac.compare_digest(received.encode("utf-8", "surrogatepass"), sign(fields, key).encode()):
        raise InvalidSignature
