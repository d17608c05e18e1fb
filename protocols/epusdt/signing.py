"""The signature of epusdt: MD5 over sorted pairs with the API token appended.

As in epay version 1, but the field is called `signature`: it and empty values are dropped, the rest is sorted by name in ASCII order and
joined as `name=value` with `&`; the token follows directly; the MD5 is written in lower-case hex. Messages are JSON, and numbers are
signed in their shortest decimal form, so that `100.00` and `100` are signed alike (the gateway signs what its floats print). There is
no time in it: a copied notice stays genuine for ever, about the same order, trade and amount. (Source: the project's interface guide
and its public code.)
"""

import hashlib
import hmac
from collections.abc import Mapping

from protocols.errors import EmptyKey
from protocols.form import joined

SIGNATURE = "signature"


def canonical(texts: Mapping[str, str]) -> str:
    """The text that is signed, without the token."""
    return joined({name: value for name, value in texts.items() if value and name != SIGNATURE})


def sign(texts: Mapping[str, str], token: str) -> str:
    """The signature of a message's texts (see `protocols.exact_json.signed_texts`), 32 lower-case hex digits; raises EmptyKey."""
    if not token.strip():
        raise EmptyKey("epusdt")
    return hashlib.md5((canonical(texts) + token).encode(), usedforsecurity=False).hexdigest()


def verify(texts: Mapping[str, str], token: str) -> bool:
    """Whether the message's `signature` is that of its texts, compared in constant time; raises EmptyKey."""
    return hmac.compare_digest(sign(texts, token).encode(), texts.get(SIGNATURE, "").encode("utf-8", "surrogatepass"))
