"""Asking UnionPay about a payment: `queryTrans.do` with `txnType` 00, our `orderId` and its `txnTime`.

Answered with `respCode` 00 where it is known (34: it is not), and then `origRespCode`: 00 paid, 03, 04 and 05 not decided yet, anything
else failed; `queryId` and `txnAmt` (fen) are there when paid. (Never tried against the gateway.)
"""

from datetime import datetime

from protocols.errors import MalformedReply, ReplyMismatch
from protocols.http import HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number
from protocols.unionpay.calls import read_answer, signed_call
from protocols.unionpay.create import OPEN_CODES
from protocols.unionpay.notice import DONE_CODE, YUAN, yuan_of
from protocols.unionpay.signing import MerchantCertificate, Trust

QUERY_PATH = "/gateway/api/queryTrans.do"
ABSENT_CODE = "34"


def build_query(order_number: str, began_at_text: str, own: MerchantCertificate, *, merchant_number: str) -> HttpRequest:
    """The question what became of the payment; `began_at_text` is the `txnTime` that it was created with."""
    fields = {
        "txnType": "00",
        "txnSubType": "00",
        "bizType": "000000",
        "merId": merchant_number,
        "orderId": order_number,
        "txnTime": began_at_text,
    }
    return signed_call(QUERY_PATH, fields, own)


def parse_query_reply(
    body: bytes, trust: Trust, *, order_number: str, began_at_text: str, merchant_number: str, now: datetime
) -> PaymentStanding:
    """What UnionPay says about the payment; raises MalformedReply, ForgedReply, ReplyMismatch."""
    fields = read_answer(body, trust, order_number=order_number, merchant_number=merchant_number, now=now)
    if fields.get("txnTime") != began_at_text:
        raise ReplyMismatch("txnTime")
    code = fields.get("respCode", "")
    if code != DONE_CODE:
        state = PaymentState.ABSENT if code == ABSENT_CODE else PaymentState.UNKNOWN
        return PaymentStanding(state, order_number, error_code=code if is_number(code) else None)
    original = fields.get("origRespCode", "")
    if original in OPEN_CODES:
        return PaymentStanding(PaymentState.UNPAID, order_number)
    if original != DONE_CODE:
        return PaymentStanding(PaymentState.CLOSED, order_number, error_code=original if is_number(original) else None)
    trade_number, total = fields.get("queryId", ""), yuan_of(fields.get("txnAmt", ""))
    if not is_number(trade_number):
        raise MalformedReply("queryId")
    if total is None:
        raise MalformedReply("txnAmt")
    if fields.get("currencyCode") != YUAN:
        raise MalformedReply("currencyCode")
    return PaymentStanding(PaymentState.PAID, order_number, trade_number, total)
