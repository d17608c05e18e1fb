"""The signature of 易支付 (epay) version 1: MD5 over sorted pairs with the merchant key appended.

Dropped are `sign`, `sign_type` and empty values; the rest is sorted by name in ASCII order and joined as
`name=value` with `&`, values decoded; the key follows directly, without a separator; the MD5 is written in
lower-case hex. There is no time in it: a notice can be replayed for ever, and whoever sees the key (it also
travels in the query's URL) can sign. So a notice only counts once the query has confirmed it. (Source: the
public shops that speak it; the clones of the gateway differ in other details, not in this one.)
"""

import hashlib
import hmac
from collections.abc import Mapping

from protocols.errors import EmptyKey
from protocols.form import joined

_UNSIGNED = frozenset({"sign", "sign_type"})


def canonical(params: Mapping[str, str]) -> str:
    """The text that is signed, without the key."""
    return joined({name: value for name, value in params.items() if value and name not in _UNSIGNED})


def sign(params: Mapping[str, str], key: str) -> str:
    """The signature of the parameters, 32 lower-case hex digits; raises EmptyKey."""
    if not key.strip():
        raise EmptyKey("epay")
    return hashlib.md5((canonical(params) + key).encode(), usedforsecurity=False).hexdigest()


def verify(params: Mapping[str, str], signature: str, key: str) -> bool:
    """Whether the signature is that of the parameters, compared in constant time; raises EmptyKey."""
    return hmac.compare_digest(sign(params, key).encode(), signature.encode("utf-8", "surrogatepass"))
