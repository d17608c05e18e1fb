"""The keys of WeChat Pay's API v3.

WeChat signs with a *platform key* and names it in each message by a serial: `PUB_KEY_ID_…` for the public key that newer merchants are
given, or the serial number of a platform certificate, in hex. Several can be valid at once, while one replaces another, so we hold a set
of them. We sign with our merchant key, named by the serial number of our certificate. The *API v3 key*, 32 bytes that both sides know,
encrypts what is in a notice. (Source: WeChat Pay's merchant guide, API v3, keys and certificates.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from protocols.alipay.keys import load_private_key, load_public_key
from protocols.errors import UnusableKey

__all__ = ["WINDOW", "MerchantKey", "PlatformKeys", "load_platform_key", "load_platform_keys", "load_private_key"]

WINDOW = timedelta(minutes=5)
"""How far the time in a signed message may be from ours (source: the guide on verifying signatures)."""

PlatformKeys = Mapping[str, RSAPublicKey]
"""WeChat's keys by their serials in capital letters."""


@dataclass(frozen=True)
class MerchantKey:
    """Our account, and the key that we sign for it with. `serial_number`: of our API certificate, in hex."""

    mchid: str
    serial_number: str
    private_key: RSAPrivateKey = field(repr=False)


def load_platform_key(serial: str, text: str) -> RSAPublicKey:
    """The RSA key in a PEM certificate, a PEM public key or its bare base64; raises EmptyKey, UnusableKey.

    A certificate must have the serial number that it is configured under.
    """
    if "-----BEGIN CERTIFICATE-----" not in text:
        return load_public_key(text)
    try:
        certificate = load_pem_x509_certificate(text.encode())
        key = certificate.public_key()
        is_named_so = int(serial, 16) == certificate.serial_number
    except ValueError as error:
        raise UnusableKey("platform certificate") from error
    if not isinstance(key, RSAPublicKey) or not is_named_so:
        raise UnusableKey("platform certificate")
    return key


def load_platform_keys(texts: Mapping[str, str]) -> PlatformKeys:
    """All of WeChat's keys, by their serials; raises EmptyKey, UnusableKey."""
    return {serial.upper(): load_platform_key(serial, text) for serial, text in texts.items()}
