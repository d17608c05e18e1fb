"""The signature of UnionPay 5.1.0: over all fields but `signature`, sorted by name in ASCII order, joined as `name=value` with `&`.

The SHA-256 of that text, written in lower-case hex, is what is signed: RSA, PKCS#1 v1.5, again with SHA-256, in base64. `signMethod` is
01. A merchant's call leaves empty fields out and names the certificate of its key by `certId`, its serial number in decimal. UnionPay's
own messages carry their certificate along, as PEM in `signPubKeyCert`: it counts where it is valid now, is issued by UnionPay's middle
certificate, that one by its root, and its subject's common name says, in its third part (`…@…@中国银联股份有限公司`), that it is
UnionPay's. (Source: UnionPay's interface description 5.1.0 and the public kits; never tried against the gateway.)
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from protocols.alipay.keys import is_rsa2_signature, rsa2_sign
from protocols.errors import EmptyKey, ForgedNotice, MalformedNotice, UnusableKey
from protocols.form import ambiguous_field, decode_form, joined
from protocols.http import HttpRequest

SIGNATURE, CERTIFICATE = "signature", "signPubKeyCert"
SIGNER_NAME = "中国银联股份有限公司"
"""Whom UnionPay's certificates name; those of its test environment say `00040000:SIGN`."""


@dataclass(frozen=True)
class Trust:
    """Whose certificates count: UnionPay's root and middle certificate, and the name of its signer."""

    root: Certificate
    middle: Certificate
    signer_name: str = SIGNER_NAME


@dataclass(frozen=True)
class MerchantCertificate:
    """Our own certificate's number, and its key."""

    certificate_number: str
    private_key: RSAPrivateKey = field(repr=False)


def load_certificate(text: str) -> Certificate:
    """The certificate in a PEM text; raises EmptyKey, UnusableKey."""
    if not text.strip():
        raise EmptyKey("certificate")
    try:
        return load_pem_x509_certificate(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey("certificate") from error


def canonical(fields: Mapping[str, str]) -> str:
    """The text whose hash is signed."""
    return joined({name: value for name, value in fields.items() if name != SIGNATURE})


def sign_fields(fields: Mapping[str, str], private_key: RSAPrivateKey) -> dict[str, str]:
    """The fields that are not empty, with their signature."""
    kept = {name: value for name, value in fields.items() if value}
    return {**kept, SIGNATURE: rsa2_sign(_digest(kept), private_key)}


def is_signed(fields: Mapping[str, str], trust: Trust, now: datetime) -> bool:
    """Whether the fields are signed by the certificate that they carry, and that one is UnionPay's and valid now (an aware time)."""
    if ambiguous_field(fields) is not None:
        return False
    key = _trusted_key(fields.get(CERTIFICATE, ""), trust, now)
    return key is not None and is_rsa2_signature(fields.get(SIGNATURE, ""), _digest(fields), key)


def verify_call(request: HttpRequest, certificates: Mapping[str, Certificate]) -> dict[str, str]:
    """The fields of a call, judged like the gateway by the merchant's certificate; raises MalformedForm, ForgedNotice. For the sandbox."""
    fields = decode_form(request.body)
    certificate = certificates.get(fields.get("certId", ""))
    key = None if certificate is None else certificate.public_key()
    if not isinstance(key, RSAPublicKey) or ambiguous_field(fields) is not None:
        raise ForgedNotice("unionpay call")
    if not is_rsa2_signature(fields.get(SIGNATURE, ""), _digest(fields), key):
        raise ForgedNotice("unionpay call")
    return fields


def required_signature(fields: Mapping[str, str]) -> None:
    """Raises MalformedNotice where a message is not signed in this way at all."""
    for name in (SIGNATURE, CERTIFICATE):
        if not fields.get(name):
            raise MalformedNotice(name)
    if fields.get("signMethod") != "01":
        raise MalformedNotice("signMethod")


def _digest(fields: Mapping[str, str]) -> bytes:
    return hashlib.sha256(canonical(fields).encode()).hexdigest().encode()


def _trusted_key(text: str, trust: Trust, now: datetime) -> RSAPublicKey | None:
    try:
        certificate = load_certificate(text)
        certificate.verify_directly_issued_by(trust.middle)
        trust.middle.verify_directly_issued_by(trust.root)
    except (EmptyKey, UnusableKey, ValueError, TypeError, InvalidSignature):
        return None
    chain = (certificate, trust.middle, trust.root)
    if not all(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in chain):
        return None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1 or str(names[0].value).split("@")[2:3] != [trust.signer_name]:
        return None
    key = certificate.public_key()
    return key if isinstance(key, RSAPublicKey) else None
