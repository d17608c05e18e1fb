"""The signature of 易支付 (epay) version 2: SHA256withRSA over the same text as in version 1, in base64, and a time.

Signed are all fields except `sign` and `sign_type`, without empty ones, sorted by name and joined as `name=value` with `&`, values
decoded; no key is appended. Our requests are signed with our own merchant key. Notices and answers are signed with the *platform's*
key, which is one for all its merchants: a valid signature alone only says that the platform said this to somebody, so `pid` has to be
compared as well. Every signed message carries `timestamp` (seconds since 1970), which must lie within WINDOW_SECONDS of our clock:
that, unlike in version 1, ends the life of a copied notice. In JSON answers numbers count as they stand, null and nested values not
at all. (Source: copies of the platform's interface guide, and public shops that speak it.)
"""

import re
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.keys import is_rsa2_signature, rsa2_sign
from protocols.epay.signing import canonical

WINDOW_SECONDS = 300
SIGN_TYPE = "RSA"

_SECONDS = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)


def sign_fields(fields: Mapping[str, str], private_key: RSAPrivateKey, *, now: datetime) -> dict[str, str]:
    """The fields with `timestamp`, `sign` and `sign_type` added, empty ones left out; `now` is an aware time."""
    stamped = {name: value for name, value in {**fields, "timestamp": str(int(now.timestamp()))}.items() if value}
    return {**stamped, "sign": rsa2_sign(canonical(stamped).encode(), private_key), "sign_type": SIGN_TYPE}


def is_signed(fields: Mapping[str, str], public_key: RSAPublicKey) -> bool:
    """Whether the fields' `sign` is this key's signature of them."""
    return is_rsa2_signature(fields.get("sign", ""), canonical(fields).encode(), public_key)


def is_timely(fields: Mapping[str, str], now: datetime) -> bool | None:
    """Whether `timestamp` lies within the window around `now`; None where it is absent or no time at all."""
    text = fields.get("timestamp", "")
    if not _SECONDS.match(text):
        return None
    return abs(now.timestamp() - int(text)) <= WINDOW_SECONDS
