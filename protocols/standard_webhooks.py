"""Standard Webhooks 1.0: how the receiver of a webhook knows that it comes from us (https://www.standardwebhooks.com).

A delivery is a POST of JSON, `{"type", "timestamp", "data"}`, with three headers::

    webhook-id           names the message; the same over all tries, so that a receiver can pass over what it had
    webhook-timestamp    when this try was made, whole Unix seconds; receivers refuse old ones
    webhook-signature    `v1,<base64>`, one for each secret that is good now, spaces between

The signature is HMAC-SHA256 over `<id>.<timestamp>.<body>`, by the bytes that the secret holds in base64 behind `whsec_`. Between 24 and
64 bytes are allowed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32
SMALLEST_SECRET_BYTES, LARGEST_SECRET_BYTES = 24, 64


class UnfitSecret(ValueError):
    """A text that is no secret of this protocol; its message does not quote it."""


def secret_text(random: bytes) -> str:
    """The secret that these random bytes make, as it is shown to the receiver."""
    assert SMALLEST_SECRET_BYTES <= len(random) <= LARGEST_SECRET_BYTES, "the protocol wants 24 to 64 bytes"
    return PREFIX + base64.b64encode(random).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in a secret; raises UnfitSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise UnfitSecret("it is not base64") from None
    if not secret.startswith(PREFIX) or not SMALLEST_SECRET_BYTES <= len(key) <= LARGEST_SECRET_BYTES:
        raise UnfitSecret(f"it is not {PREFIX} and 24 to 64 bytes")
    return key


def signed_headers(secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> tuple[tuple[str, str], ...]:
    """The three headers of one try; `timestamp` in whole Unix seconds. Raises UnfitSecret."""
    assert "." not in message_id, "a full stop in the id would make the signed text ambiguous"
    content = b".".join((message_id.encode(), str(timestamp).encode(), body))
    signatures = [base64.b64encode(hmac.new(secret_bytes(each), content, hashlib.sha256).digest()).decode() for each in secrets]
    return (
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", " ".join(f"v1,{each}" for each in signatures)),
    )
