"""Who signs what in WeChat Pay's API v3: RSA with SHA-256, PKCS#1 v1.5, the signature in base64.

*We* sign a request over five lines, each with its line feed: the method, the path with its query, the time in Unix seconds, a nonce, the
body (empty for a GET). The signature travels in `Authorization: WECHATPAY2-SHA256-RSA2048 mchid="…",nonce_str="…",signature="…",
timestamp="…",serial_no="…"`.

*WeChat* signs a notice or an answer over three lines: the time, a nonce, the body as it came. They travel in `Wechatpay-Timestamp`,
`-Nonce`, `-Signature` and, naming the key, `-Serial`. The time must be within five minutes of ours, so what somebody has recorded cannot
be sent again later; each repeat of a notice is signed anew.

Now and then WeChat sends a message with a wrong signature on purpose, to see whether it is verified. It is simply refused.
(Source: WeChat Pay's merchant guide, API v3, signatures.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.keys import is_rsa2_signature, rsa2_sign
from protocols.errors import ForgedNotice, MalformedNotice, StaleNotice
from protocols.http import JSON_CONTENT_TYPE, HttpRequest, Pairs
from protocols.wechat.keys import WINDOW, MerchantKey, PlatformKeys

SCHEME = "WECHATPAY2-SHA256-RSA2048"

_LINE = re.compile(r"[!-~]{1,128}\Z")
_SECONDS = re.compile(r"[1-9][0-9]{0,11}\Z")
_AUTHORIZED = re.compile(r'([a-z_]+)="([^"]*)"')


@dataclass(frozen=True)
class Stamp:
    """What WeChat says beside a body, each a plain word."""

    timestamp: str
    nonce: str
    signature: str
    serial: str


def read_stamp(headers: Mapping[str, str]) -> Stamp | str:
    """The four headers, or the name of the one that is absent or malformed. Names compare without case or are in lower case."""
    if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        return "Wechatpay-Signature-Type"
    found = {name: headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "serial")}
    signature = headers.get("wechatpay-signature", "")
    for name, value in found.items():
        if not (_SECONDS if name == "timestamp" else _LINE).match(value):
            return f"Wechatpay-{name.capitalize()}"
    if not signature or len(signature) > 2_048:
        return "Wechatpay-Signature"
    return Stamp(signature=signature, **found)


def is_signed(stamp: Stamp, body: bytes, key: RSAPublicKey) -> bool:
    """Whether the key signed this body with this time and nonce."""
    return is_rsa2_signature(stamp.signature, _three_lines(stamp.timestamp, stamp.nonce, body), key)


def is_timely(timestamp: str, now: datetime) -> bool:
    """Whether a time in Unix seconds is within the window around ours."""
    return bool(_SECONDS.match(timestamp)) and abs(int(timestamp) - now.timestamp()) <= WINDOW.total_seconds()


def key_of(stamp: Stamp, keys: PlatformKeys) -> RSAPublicKey | None:
    """The key that the message names, where it is one of ours."""
    return keys.get(stamp.serial.upper())


def sign_call(method: str, target: str, body: bytes, key: MerchantKey, *, now: datetime, nonce: str) -> HttpRequest:
    """The request to WeChat, signed by us. `nonce`: a word that no other request of that second has."""
    path, _, query = target.partition("?")
    timestamp = str(int(now.timestamp()))
    signature = rsa2_sign(_five_lines(method, target, timestamp, nonce, body), key.private_key)
    said = {"mchid": key.mchid, "nonce_str": nonce, "signature": signature, "timestamp": timestamp, "serial_no": key.serial_number}
    headers = [("Authorization", f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in said.items()))]
    headers.append(("Accept", "application/json"))
    if body:
        headers.append(("Content-Type", JSON_CONTENT_TYPE))
    pairs = tuple((name, value) for name, _, value in (each.partition("=") for each in query.split("&") if each))
    request = HttpRequest(method, path, query=pairs, headers=tuple(headers), body=body)
    assert request.target == target, "another path than the one that is signed would be sent"
    return request


def verify_call(request: HttpRequest, merchant_keys: Mapping[str, RSAPublicKey], *, mchid: str, now: datetime) -> None:
    """Judge a request like WeChat, by the merchant's keys and their serials; raises MalformedNotice, ForgedNotice, StaleNotice.

    For the sandbox.
    """
    scheme, _, rest = (request.header("Authorization") or "").partition(" ")
    said = dict(_AUTHORIZED.findall(rest))
    if scheme != SCHEME or said.keys() != {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}:
        raise MalformedNotice("Authorization")
    key = merchant_keys.get(said["serial_no"])
    signed = _five_lines(request.method, request.target, said["timestamp"], said["nonce_str"], request.body)
    if key is None or said["mchid"] != mchid or not is_rsa2_signature(said["signature"], signed, key):
        raise ForgedNotice("wechat call")
    if not is_timely(said["timestamp"], now):
        raise StaleNotice("wechat call")


def sign_message(body: bytes, private_key: RSAPrivateKey, *, serial: str, now: datetime, nonce: str) -> Pairs:
    """The headers that WeChat sends beside a body. For the sandbox."""
    timestamp = str(int(now.astimezone(UTC).timestamp()))
    return (
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Nonce", nonce),
        ("Wechatpay-Signature", rsa2_sign(_three_lines(timestamp, nonce, body), private_key)),
        ("Wechatpay-Signature-Type", SCHEME),
        ("Wechatpay-Serial", serial),
    )


def _five_lines(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def _three_lines(timestamp: str, nonce: str, body: bytes) -> bytes:
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
