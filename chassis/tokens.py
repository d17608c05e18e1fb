"""Tokens: who calls, and which order a buyer may see.

A signed token is three parts joined by dots, the last two in unpadded URL base64 (RFC 4648, section 5)::

    rds1.<payload>.<signature>    a service or person: {"name", "kind", "scopes", "expires_at", "shop_ids"}
    rdc1.<payload>.<signature>    a case: {"shop_id", "order_number", "expires_at"}

The payload is JSON, `expires_at` in whole Unix seconds; `shop_ids` is left out for one of the whole
installation. The signature is HMAC-SHA256 over everything before the last dot; since that begins with the
prefix, a token of one sort is never one of the other. Several keys may be known: the first signs, all
verify, so that a key can be changed without a gap.

Static tokens (for a shop's own scripts) are long random texts from the settings; they are compared by their
SHA-256 digests, all of them every time. Every comparison takes constant time, and every failure is the same
refusal, except that a token which was ours and has expired may say so.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from chassis.errors import Forbidden, Unauthorised
from chassis.secret import Secret

_SMALLEST_KEY_BYTES = 32
_SMALLEST_STATIC_TOKEN = 24
_LONGEST_TOKEN = 4_096
_SERVICE = "rds1"
_CASE = "rdc1"

SHOP_KIND = "shop"
"""The kind of a shop's own scripts; such a principal's name is the shop's id."""
SUPPLIER_KIND = "supplier"
"""The kind of a shop's supplier; such a principal's name is the supplier's code, and it belongs to that shop."""


@dataclass(frozen=True)
class Principal:
    """Who calls: a stable name, what it is (`service`, `staff`, `shop`, …) and what it may do."""

    name: str
    kind: str
    scopes: frozenset[str] = frozenset()
    shop_ids: frozenset[str] | None = None
    """The shops that one of the staff belongs to; None: all of the installation."""

    @property
    def shops(self) -> frozenset[str] | None:
        """The shops it may see and act for: a shop just itself; None: every shop of the installation."""
        return frozenset({self.name}) if self.kind == SHOP_KIND else self.shop_ids

    def is_of(self, shop_id: str) -> bool:
        """Whether it may see and act for this shop."""
        return self.shops is None or shop_id in self.shops

    def require(self, scope: str) -> None:
        """Nothing if the principal has the scope; raises Forbidden otherwise."""
        if scope not in self.scopes:
            raise Forbidden(scope=scope)


@dataclass(frozen=True)
class CaseGrant:
    """What a case token allows: to see and act on one order of one shop."""

    shop_id: str
    order_number: str


class _ServicePayload(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    kind: str
    scopes: list[str]
    expires_at: int
    shop_ids: list[str] | None = None


class _CasePayload(msgspec.Struct, frozen=True):
    shop_id: str
    order_number: str
    expires_at: int


class ServiceTokens:
    """Issues and reads the bearer tokens of services and people; `static` are further tokens with their principals."""

    def __init__(
        self,
        keys: Sequence[bytes],
        static: Sequence[tuple[Secret, Principal]] = (),
        *,
        lifetime_seconds: int = 300,
    ) -> None:
        self._signer = _Signer(_SERVICE, keys)
        self._lifetime = timedelta(seconds=lifetime_seconds)
        self._static: Mapping[bytes, Principal] = {_digest(token.reveal()): who for token, who in static}
        assert all(len(token.reveal()) >= _SMALLEST_STATIC_TOKEN for token, _ in static), "a static token is too short"

    def issue(self, principal: Principal, now: datetime) -> Secret:
        """A new token for the principal, valid for the lifetime from `now`."""
        expires_at = int((now + self._lifetime).timestamp())
        shop_ids = None if principal.shop_ids is None else sorted(principal.shop_ids)
        payload = _ServicePayload(principal.name, principal.kind, sorted(principal.scopes), expires_at, shop_ids)
        return self._signer.signed(payload)

    def principal_of(self, authorization: str | None, now: datetime) -> Principal:
        """Who an `Authorization: Bearer …` header names; raises Unauthorised if it names nobody for certain."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised()
        static = self._static_principal(token)
        if static is not None:
            return static
        payload = self._signer.verified(token, _ServicePayload, now)
        shop_ids = None if payload.shop_ids is None else frozenset(payload.shop_ids)
        return Principal(payload.name, payload.kind, frozenset(payload.scopes), shop_ids)

    def _static_principal(self, token: str) -> Principal | None:
        digest = _digest(token)
        found = None
        for known, principal in self._static.items():
            if hmac.compare_digest(known, digest):
                found = principal
        return found


class CaseTokens:
    """Issues and reads the tokens a buyer gets after proving that an order is theirs."""

    def __init__(self, keys: Sequence[bytes], *, lifetime_seconds: int = 1_800) -> None:
        self._signer = _Signer(_CASE, keys)
        self._lifetime = timedelta(seconds=lifetime_seconds)

    def issue(self, shop_id: str, order_number: str, now: datetime) -> Secret:
        """A new token for one order, valid for the lifetime from `now`."""
        expires_at = int((now + self._lifetime).timestamp())
        return self._signer.signed(_CasePayload(shop_id, order_number, expires_at))

    def grant_of(self, token: str, now: datetime) -> CaseGrant:
        """The order a token names; raises Unauthorised (with `reason="expired"` only for one that was
        ours).
        """
        payload = self._signer.verified(token, _CasePayload, now)
        return CaseGrant(payload.shop_id, payload.order_number)


PayloadT = TypeVar("PayloadT", _ServicePayload, _CasePayload)


class _Signer:
    """Signs and verifies the tokens of one prefix."""

    def __init__(self, prefix: str, keys: Sequence[bytes]) -> None:
        assert keys, "at least one key is needed"
        assert all(len(key) >= _SMALLEST_KEY_BYTES for key in keys), "a key has at least 32 bytes"
        self._prefix = prefix
        self._keys = tuple(keys)

    def signed(self, payload: _ServicePayload | _CasePayload) -> Secret:
        head = f"{self._prefix}.{_encoded(msgspec.json.encode(payload))}"
        return Secret(f"{head}.{_encoded(self._signature(self._keys[0], head))}")

    def verified(self, token: str, kind: type[PayloadT], now: datetime) -> PayloadT:
        """The payload of a token that is signed by us and has not expired at `now`; raises Unauthorised."""
        head, _, signature_text = token.rpartition(".")
        prefix, _, payload_text = head.partition(".")
        if len(token) > _LONGEST_TOKEN or not token.isascii() or prefix != self._prefix:
            raise Unauthorised()
        given = _decoded(signature_text)
        if not any(hmac.compare_digest(self._signature(key, head), given) for key in self._keys):
            raise Unauthorised()
        try:
            payload = msgspec.json.decode(_decoded(payload_text), type=kind)
        except msgspec.DecodeError:
            raise Unauthorised() from None
        if now.timestamp() >= payload.expires_at:
            raise Unauthorised(reason="expired")
        return payload

    def _signature(self, key: bytes, head: str) -> bytes:
        return hmac.new(key, head.encode(), hashlib.sha256).digest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """The bytes of unpadded URL base64; none at all for text that `_encoded` would not write."""
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    # Python's decoder skips strange characters and spare bits, so one signature would have many spellings.
    return value if _encoded(value) == text else b""
