"""Creating a payment at UnionPay: a QR code that the buyer scans (二维码主扫), `backTransReq.do` with `txnType` 01, `txnSubType` 07.

Fields: `merId, orderId, txnTime, txnAmt` (fen), `currencyCode` 156, `backUrl`, `payTimeout` (Beijing time), `bizType` 000000,
`channelType` 08. Answered with `respCode` 00 and `qrCode`. 12 says that the order is known already; 03, 04 and 05 that nobody knows yet;
anything else is a refusal. (Never tried against the gateway.)
"""

from dataclasses import dataclass
from datetime import datetime

from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.errors import MalformedReply, UnexpectedStatus
from protocols.http import HttpRequest
from protocols.payment import is_number, is_yuan
from protocols.unionpay.calls import is_order_number, moment_text, read_answer, signed_call
from protocols.unionpay.notice import DONE_CODE, PAYMENT_TYPE, YUAN
from protocols.unionpay.signing import MerchantCertificate, Trust
from protocols.wechat.transaction import fen_of

CREATE_PATH = "/gateway/api/backTransReq.do"
KNOWN_ALREADY_CODE = "12"
OPEN_CODES = frozenset({"03", "04", "05"})


@dataclass(frozen=True)
class UnionPayPayment:
    """A payment to be created. `total` in yuan, at most two decimals. `began_at` names it together with the order number: keep it."""

    order_number: str
    total: str
    notify_url: str
    began_at: datetime
    expires_at: datetime


def build_create(payment: UnionPayPayment, own: MerchantCertificate, *, merchant_number: str) -> HttpRequest:
    """The call that answers a QR code; raises ValueError for what UnionPay does not take."""
    if not is_order_number(payment.order_number) or not is_yuan(payment.total) or fen_of(payment.total) == 0:
        raise ValueError("order number or amount")
    fields = {
        "txnType": PAYMENT_TYPE,
        "txnSubType": "07",
        "bizType": "000000",
        "channelType": "08",
        "merId": merchant_number,
        "orderId": payment.order_number,
        "txnTime": moment_text(payment.began_at),
        "txnAmt": str(fen_of(payment.total)),
        "currencyCode": YUAN,
        "backUrl": payment.notify_url,
        "payTimeout": moment_text(payment.expires_at),
    }
    return signed_call(CREATE_PATH, fields, own)


def parse_create_reply(
    body: bytes, trust: Trust, *, order_number: str, began_at: datetime, merchant_number: str, now: datetime
) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that UnionPay refused; its `trade_number` is `txnTime`, by which it is asked about.

    Raises MalformedReply, ForgedReply, ReplyMismatch, and UnexpectedStatus where it may have been created or not.
    """
    fields = read_answer(body, trust, order_number=order_number, merchant_number=merchant_number, now=now)
    code = fields.get("respCode", "")
    if code in OPEN_CODES or not code:
        raise UnexpectedStatus
    if code != DONE_CODE:
        return CheckoutRefused(order_number, code if is_number(code) else None, is_known_already=code == KNOWN_ALREADY_CODE)
    link = fields.get("qrCode", "")
    if not link:
        raise MalformedReply("qrCode")
    return Checkout(order_number, CheckoutKind.QR_CODE, link, moment_text(began_at))
