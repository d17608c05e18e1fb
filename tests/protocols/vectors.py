"""Reading the golden vectors and the test-only keys."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

import protocols
from protocols.alipay import load_private_key, load_public_key

_VECTORS = Path(protocols.__file__).parent / "vectors"
_KEYS = Path(__file__).parent / "keys"


def vectors(name: str) -> Any:
    """The content of `protocols/vectors/<name>.json`."""
    return json.loads((_VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def key_text(name: str) -> str:
    """A key's PEM text: alipay, app or other, each -private and -public."""
    return (_KEYS / f"{name}.pem").read_text()


def public_key(name: str) -> RSAPublicKey:
    return load_public_key(key_text(f"{name}-public"))


def private_key(name: str) -> RSAPrivateKey:
    return load_private_key(key_text(f"{name}-private"))
