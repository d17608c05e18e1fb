"""How a dujiao-next site signs a call between sites, in both directions (its published integration guide,
sections 2 and 5).

Three headers: `Dujiao-Next-Api-Key`, `Dujiao-Next-Timestamp` (unix seconds, at most 60 s away from the
receiver's clock) and `Dujiao-Next-Signature`: lower-case hex HMAC-SHA256, keyed with the API secret, of

    METHOD \\n PATH \\n TIMESTAMP \\n md5hex(body)

PATH is the path of the API itself (`/api/v1/upstream/…`), without host, query or any prefix under which a
proxy serves the site. The query is therefore not signed: nothing that matters may rest on it alone. Within
its 60 seconds a call can be replayed; creating an order is safe against that by its idempotency, the others
change nothing twice.
"""

import hashlib
import hmac
import re
from datetime import datetime

from protocols.errors import EmptyKey
from protocols.http import HttpRequest, Pairs
from protocols.supplier import SignatureRefused

API_KEY_HEADER = "Dujiao-Next-Api-Key"
TIMESTAMP_HEADER = "Dujiao-Next-Timestamp"
SIGNATURE_HEADER = "Dujiao-Next-Signature"
MAX_SKEW_SECONDS = 60

_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")


class MissingHeaders(SignatureRefused):
    """One of the three headers is absent or empty."""

    code = "missing_auth_headers"


class MalformedTimestamp(SignatureRefused):
    """The timestamp is not a number of seconds."""

    code = "invalid_timestamp"


class TimestampExpired(SignatureRefused):
    """The timestamp is more than 60 s away from now: a replay, or a wrong clock on one side."""

    code = "timestamp_expired"


class WrongApiKey(SignatureRefused):
    """Signed with another API key than the expected one."""

    code = "invalid_api_key"


class InvalidSignature(SignatureRefused):
    """The signature does not belong to this content and this secret."""

    code = "invalid_signature"


def canonical(method: str, url_path: str, timestamp: int | str, body: bytes) -> str:
    """The text that is signed."""
    return f"{method.upper()}\n{url_path}\n{timestamp}\n{hashlib.md5(body, usedforsecurity=False).hexdigest()}"


def sign(api_secret: str, method: str, url_path: str, timestamp: int | str, body: bytes) -> str:
    """The signature, 64 lower-case hex digits; raises EmptyKey."""
    if not api_secret.strip():
        raise EmptyKey("dujiao-next")
    return hmac.new(api_secret.encode(), canonical(method, url_path, timestamp, body).encode(), hashlib.sha256).hexdigest()


def signed_headers(api_key: str, api_secret: str, method: str, url_path: str, body: bytes, *, now: datetime) -> Pairs:
    """The three headers of a call made at `now`."""
    timestamp = int(now.timestamp())
    return (
        (API_KEY_HEADER, api_key),
        (TIMESTAMP_HEADER, str(timestamp)),
        (SIGNATURE_HEADER, sign(api_secret, method, url_path, timestamp, body)),
    )


def verify(request: HttpRequest, api_key: str, api_secret: str, *, now: datetime) -> None:
    """Judge a received call; raises SignatureRefused with the protocol's error code, or EmptyKey."""
    key, timestamp, signature = (request.header(name) or "" for name in (API_KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER))
    if not key or not timestamp or not signature:
        raise MissingHeaders
    if not _TIMESTAMP.match(timestamp):
        raise MalformedTimestamp
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW_SECONDS:
        raise TimestampExpired
    if not _is_same(key, api_key):
        raise WrongApiKey
    # The timestamp is signed as it was written, so "060" and "60" are not the same call.
    if not _is_same(signature, sign(api_secret, request.method, request.url_path, timestamp, request.body)):
        raise InvalidSignature


def _is_same(received: str, expected: str) -> bool:
    return hmac.compare_digest(received.encode("utf-8", "surrogatepass"), expected.encode())
