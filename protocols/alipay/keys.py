"""RSA2: PKCS#1 v1.5 over SHA-256, the signature in base64 (source: Alipay's signing guide, `sign_type=RSA2`).

Keys arrive as PEM or, as Alipay's console shows them, as bare base64 of the DER bytes. A base64 text is
accepted only in its one canonical spelling, so that a changed character of a signature never verifies.

A private key is checked when it is loaded, which takes some thirty milliseconds: each text is loaded once.
"""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from protocols.errors import EmptyKey, UnusableKey


@lru_cache(maxsize=256)
def load_public_key(text: str) -> RSAPublicKey:
    """The RSA public key in a PEM or bare base64 text; raises EmptyKey, UnusableKey."""
    try:
        key = load_pem_public_key(text.encode()) if _is_pem(text) else load_der_public_key(_der(text))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey("public key") from error
    if not isinstance(key, RSAPublicKey):
        raise UnusableKey("public key")
    return key


@lru_cache(maxsize=256)
def load_private_key(text: str) -> RSAPrivateKey:
    """The RSA private key (PKCS#1 or PKCS#8) in a PEM or bare base64 text; raises EmptyKey, UnusableKey."""
    try:
        key = load_pem_private_key(text.encode(), None) if _is_pem(text) else load_der_private_key(_der(text), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey("private key") from error
    if not isinstance(key, RSAPrivateKey):
        raise UnusableKey("private key")
    return key


def rsa2_sign(content: bytes, private_key: RSAPrivateKey) -> str:
    """The signature of the content as base64 text. Deterministic: the same content and key give the same text."""
    return base64.b64encode(private_key.sign(content, PKCS1v15(), hashes.SHA256())).decode()


def is_rsa2_signature(signature: str, content: bytes, public_key: RSAPublicKey) -> bool:
    """Whether the base64 text is this key's signature of the content."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(raw).decode() != signature:
        return False
    try:
        public_key.verify(raw, content, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _is_pem(text: str) -> bool:
    if not text.strip():
        raise EmptyKey("rsa key")
    return "-----BEGIN" in text


def _der(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
