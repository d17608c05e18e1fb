"""How a call of the supplier API is signed, in both directions.

Three headers: `Redress-Key` names the account, `Redress-Timestamp` is the sender's clock in unix seconds, at most 300 away from the
receiver's, and `Redress-Signature` is `v1=` and the lower-case hex HMAC-SHA256, keyed with the account's secret, of

    METHOD \\n TARGET \\n TIMESTAMP \\n sha256hex(body)

TARGET is path and query as they stand on the request line; of a supplier's own server from `/supplier/v1` on, whatever prefix a proxy
puts in front. Several signatures may stand in the header with spaces between them, so that a secret can be changed without a gap: one
that fits is enough. A call can be replayed for 300 seconds; that changes nothing, since every call may be repeated.
"""

import hashlib
import hmac
import re
from datetime import datetime

from protocols.errors import EmptyKey
from protocols.http import HttpRequest, Pairs
from protocols.supplier import SignatureRefused

KEY_HEADER = "Redress-Key"
TIMESTAMP_HEADER = "Redress-Timestamp"
SIGNATURE_HEADER = "Redress-Signature"
SCHEME = "v1="
MAX_SKEW_SECONDS = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")


class MissingSignature(SignatureRefused):
    """One of the three headers is absent or empty."""

    code = "missing_signature"


class MalformedTimestamp(SignatureRefused):
    """The timestamp is not a number of seconds."""

    code = "malformed_timestamp"


class StaleTimestamp(SignatureRefused):
    """The timestamp is too far from now: a replay, or a wrong clock on one side."""

    code = "stale_timestamp"


class UnknownKey(SignatureRefused):
    """Signed for another account than the expected one."""

    code = "unknown_key"


class InvalidSignature(SignatureRefused):
    """No signature belongs to this content and this secret."""

    code = "invalid_signature"


def canonical(method: str, target: str, timestamp: int | str, body: bytes) -> str:
    """The text that is signed."""
    return f"{method.upper()}\n{target}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"


def sign(secret: str, method: str, target: str, timestamp: int | str, body: bytes) -> str:
    """The signature with its scheme; raises EmptyKey."""
    if not secret.strip():
        raise EmptyKey("supplier api")
    text = canonical(method, target, timestamp, body).encode()
    return SCHEME + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def signed_headers(key: str, secret: str, method: str, target: str, body: bytes, *, now: datetime) -> Pairs:
    """The three headers of a call made at `now`."""
    timestamp = int(now.timestamp())
    return (
        (KEY_HEADER, key),
        (TIMESTAMP_HEADER, str(timestamp)),
        (SIGNATURE_HEADER, sign(secret, method, target, timestamp, body)),
    )


def verify(request: HttpRequest, key: str, secret: str, *, now: datetime) -> None:
    """Judge a received call; raises SignatureRefused with the protocol's error code, or EmptyKey. Compared in constant time."""
    named, timestamp, signatures = (request.header(name) or "" for name in (KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER))
    if not named or not timestamp or not signatures:
        raise MissingSignature
    if not _TIMESTAMP.match(timestamp):
        raise MalformedTimestamp
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW_SECONDS:
        raise StaleTimestamp
    if not _is_same(named, key):
        raise UnknownKey
    expected = sign(secret, request.method, request.target, timestamp, request.body)
    if not any(_is_same(each, expected) for each in signatures.split(" ")[:10]):
        raise InvalidSignature


def _is_same(received: str, expected: str) -> bool:
    return hmac.compare_digest(received.encode("utf-8", "surrogatepass"), expected.encode())
