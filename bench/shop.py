"""The shop of the whole-flow figures: its key at the payment provider, its orders, and notices that are signed as Alipay signs them.

Everything is made before a clock starts, as the bytes of an HTTP request: what is measured is who answers, not who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from contracts.values import Money, decimal_text
from protocols import alipay

SHOP = "bench"
PRICE = Money(4_990, "CNY")
APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
NOTICES = f"/notices/alipay/{SHOP}"
SIGNERS = 2


class PaymentKey:
    """The provider's RSA key, made anew for each run."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65_537, 2_048)
        self.public_text = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self._private_text = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def notices(self, order_numbers: Sequence[str]) -> list[bytes]:
        """The body of a signed notice for each order, in their order."""
        parts = [order_numbers[start::SIGNERS] for start in range(SIGNERS)]
        found: list[bytes] = [b""] * len(order_numbers)
        with ProcessPoolExecutor(SIGNERS) as pool:
            for start, bodies in enumerate(pool.map(_signed, [self._private_text] * SIGNERS, parts)):
                found[start::SIGNERS] = bodies
        return found


def _signed(private_text: str, order_numbers: Sequence[str]) -> list[bytes]:
    key, now = alipay.load_private_key(private_text), alipay.beijing_text(datetime.now(UTC))
    return [urlencode(alipay.sign_notice(_fields(number, now), key)).encode() for number in order_numbers]


def _fields(order_number: str, now: str) -> dict[str, str]:
    """What a notice of a paid order carries."""
    return {
        "notify_time": now,
        "notify_type": "trade_status_sync",
        "notify_id": f"notify-of-{order_number}",
        "app_id": APP_ID,
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": trade_number_of(order_number),
        "out_trade_no": order_number,
        "buyer_id": "2088000000000002",
        "seller_id": SELLER_ID,
        "trade_status": "TRADE_SUCCESS",
        "total_amount": decimal_text(PRICE),
        "receipt_amount": decimal_text(PRICE),
        "buyer_pay_amount": decimal_text(PRICE),
        "subject": "card",
        "gmt_create": now,
        "gmt_payment": now,
    }


def order_numbers(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number:06d}" for number in range(count)]


def trade_number_of(order_number: str) -> str:
    return f"trade-of-{order_number}"


def order_body(order_number: str, product_code: str) -> bytes:
    """An order of one card, as the shop sends it."""
    line = {"product_code": product_code, "quantity": 1, "unit_price": msgspec.to_builtins(PRICE)}
    return msgspec.json.encode({"order_number": order_number, "lines": [line], "contact": f"buyer-{order_number.lower()}@example.com"})


def post(path: str, body: bytes, content_type: str, **headers: str) -> bytes:
    """A whole HTTP request that keeps its connection."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", f"content-type: {content_type}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def notice_request(body: bytes) -> bytes:
    return post(NOTICES, body, "application/x-www-form-urlencoded")


def order_request(order_number: str, product_code: str, authorization: str) -> bytes:
    return post("/orders", order_body(order_number, product_code), "application/json", authorization=authorization)
