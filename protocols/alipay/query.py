"""Asking Alipay about an order by our own number: `alipay.trade.query` with `out_trade_no`.

`code` 10000 carries the trade; 40004 with `ACQ.TRADE_NOT_EXIST` says that there is none; everything else, also an unsigned gateway
error, says nothing. How calls and answers are signed is told in `gateway`.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.gateway import DONE_CODE, GATEWAY_PATH, REFUSED_CODE, Answer, read_answer, signed_call
from protocols.alipay.notice import TradeStatus
from protocols.errors import MalformedReply, ReplyMismatch
from protocols.http import HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number, is_yuan

QUERY_METHOD = "alipay.trade.query"
QUERY_NODE = "alipay_trade_query_response"

_STATES = {
    TradeStatus.WAITING: PaymentState.UNPAID,
    TradeStatus.CLOSED: PaymentState.CLOSED,
    TradeStatus.SUCCESS: PaymentState.PAID,
    TradeStatus.FINISHED: PaymentState.PAID,
}


def build_query(
    order_number: str,
    *,
    app_id: str,
    private_key: RSAPrivateKey,
    now: datetime,
    gateway_path: str = GATEWAY_PATH,
) -> HttpRequest:
    """The request that asks what became of the order; `now` is an aware time."""
    content = {"out_trade_no": order_number}
    return signed_call(QUERY_METHOD, content, app_id=app_id, private_key=private_key, now=now, gateway_path=gateway_path)


def parse_query_reply(body: bytes, public_key: RSAPublicKey, *, order_number: str) -> PaymentStanding:
    """What Alipay says about the order.

    Raises MalformedReply, ForgedReply, and ReplyMismatch where the answer is authentic but about another
    order.
    """
    answer = read_answer(body, public_key, QUERY_NODE)
    if not answer.is_signed:
        return PaymentStanding(PaymentState.UNKNOWN, order_number, error_code=answer.error_code)
    return _standing(answer, order_number)


def _standing(answer: Answer, order_number: str) -> PaymentStanding:
    if answer.code != DONE_CODE:
        is_absent = answer.code == REFUSED_CODE and answer.error_code == "ACQ.TRADE_NOT_EXIST"
        state = PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN
        return PaymentStanding(state, order_number, error_code=answer.error_code)
    if answer.text("out_trade_no") != order_number:
        raise ReplyMismatch("out_trade_no")
    try:
        status = TradeStatus(answer.text("trade_status"))
    except ValueError as error:
        raise MalformedReply("trade_status") from error
    trade_number, total = answer.text("trade_no"), answer.text("total_amount")
    if not is_number(trade_number):
        raise MalformedReply("trade_no")
    if not is_yuan(total):
        raise MalformedReply("total_amount")
    return PaymentStanding(_STATES[status], order_number, trade_number, total)
