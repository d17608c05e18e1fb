"""Asking an 易支付 (epay) version 2 gateway about an order by our own number: `POST /api/pay/query`.

The signed form names `pid` and `out_trade_no`; the signed answer tells `trade_no, out_trade_no, pid, type, money, status` (0 unpaid,
1 paid, 2 refunded, 3 frozen, 4 pre-authorised) and times. "No such order" has no code of its own and no signature: a refusal whose
`msg` says 不存在 (does not exist) is taken as absent, every other as no answer.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.epay.v2.answers import read_answer, signed_call
from protocols.epay.variant import V2, EpayVariant
from protocols.errors import MalformedReply, ReplyMismatch
from protocols.http import HttpRequest
from protocols.payment import PaymentStanding, PaymentState, is_number, is_yuan

_STATES = {"0": PaymentState.UNPAID, "1": PaymentState.PAID, "2": PaymentState.CLOSED}


def build_query(order_number: str, *, pid: str, private_key: RSAPrivateKey, now: datetime, variant: EpayVariant = V2) -> HttpRequest:
    """The request that asks what became of the order; raises ValueError where the gateway cannot be asked."""
    if not variant.query_path:
        raise ValueError("this gateway cannot be asked")
    return signed_call(variant.query_path, {"pid": pid, "out_trade_no": order_number}, private_key, now=now)


def parse_query_reply(
    body: bytes, platform_key: RSAPublicKey, *, order_number: str, pid: str, now: datetime, variant: EpayVariant = V2
) -> PaymentStanding:
    """What the gateway says about the order.

    Raises MalformedReply, ForgedReply, and ReplyMismatch where the answer is authentic but about another order or merchant.
    """
    answer, is_done = read_answer(body, platform_key, variant, now=now)
    if not is_done:
        code = answer.get("code", "")
        is_absent = "不存在" in answer.get("msg", "")
        state = PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN
        return PaymentStanding(state, order_number, error_code=code if is_number(code) else None)
    if answer.get("pid") != pid:
        raise ReplyMismatch("pid")
    if answer.get("out_trade_no") != order_number:
        raise ReplyMismatch("out_trade_no")
    state = _STATES.get(answer.get("status", ""), PaymentState.UNKNOWN)
    trade_number, total = answer.get("trade_no", ""), answer.get("money", "")
    if not is_yuan(total):
        raise MalformedReply("money")
    if state is PaymentState.PAID and not is_number(trade_number):
        raise MalformedReply("trade_no")
    return PaymentStanding(state, order_number, trade_number or None, total)
