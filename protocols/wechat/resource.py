"""The encrypted part of a WeChat Pay notice: `{algorithm, ciphertext, nonce, associated_data}`.

AES-256-GCM with the API v3 key; the nonce's 12 characters and the associated data go in as the bytes of their text; `ciphertext` is the
base64 of the encrypted bytes with the tag of 16 behind them. (Source: WeChat Pay's merchant guide, API v3, decrypting notices.)
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocols.errors import EmptyKey, MalformedNotice, UndecipherableNotice, UnusableKey

ALGORITHM = "AEAD_AES_256_GCM"
NONCE_LENGTH = 12
KEY_LENGTH = 32


def decrypt(resource: Mapping[str, Any], api_v3_key: str) -> bytes:
    """What is inside; raises EmptyKey, UnusableKey, MalformedNotice, UndecipherableNotice."""
    cipher = _cipher(api_v3_key)
    if resource.get("algorithm") != ALGORITHM:
        raise MalformedNotice("algorithm")
    nonce, associated = _text(resource, "nonce"), _text(resource, "associated_data")
    if len(nonce) != NONCE_LENGTH:
        raise MalformedNotice("nonce")
    try:
        content = base64.b64decode(_text(resource, "ciphertext").decode(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedNotice("ciphertext") from error
    try:
        return cipher.decrypt(nonce, content, associated)
    except (InvalidTag, ValueError) as error:
        raise UndecipherableNotice("wechat notice") from error


def encrypt(content: bytes, api_v3_key: str, *, nonce: str, associated_data: str) -> dict[str, str]:
    """The part as WeChat writes it. For the sandbox."""
    sealed = _cipher(api_v3_key).encrypt(nonce.encode(), content, associated_data.encode())
    return {
        "algorithm": ALGORITHM,
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
        "associated_data": associated_data,
    }


def _cipher(api_v3_key: str) -> AESGCM:
    if not api_v3_key.strip():
        raise EmptyKey("wechat api v3 key")
    if len(api_v3_key.encode()) != KEY_LENGTH:
        raise UnusableKey("wechat api v3 key")
    return AESGCM(api_v3_key.encode())


def _text(resource: Mapping[str, Any], field: str) -> bytes:
    value = resource.get(field, "" if field == "associated_data" else None)
    if not isinstance(value, str):
        raise MalformedNotice(field)
    try:
        return value.encode()
    except UnicodeEncodeError as error:  # a lone surrogate
        raise MalformedNotice(field) from error
