"""Asking WeChat Pay about an order by our own number: `GET /v3/pay/transactions/out-trade-no/{out_trade_no}?mchid=…`.

200 brings the transaction. 404 with `ORDER_NOT_EXIST` says that there is none; unsigned it says nothing, since that is the one answer
that could make us let an order go which was paid. (Source: WeChat Pay's merchant guide, API v3, query by out_trade_no.)
"""

from datetime import datetime

from protocols.errors import MalformedReply, ReplyMismatch
from protocols.http import HttpReply, HttpRequest
from protocols.payment import PaymentStanding, PaymentState
from protocols.wechat.answers import must_be_signed, read_answer
from protocols.wechat.keys import MerchantKey, PlatformKeys
from protocols.wechat.numbers import path_of
from protocols.wechat.signing import sign_call
from protocols.wechat.transaction import STATES, read_transaction

ABSENT_CODES = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})


def build_query(order_number: str, *, key: MerchantKey, now: datetime, nonce: str) -> HttpRequest:
    """The request that asks what became of the order; `nonce` is a fresh random word."""
    return sign_call("GET", f"{path_of(order_number)}?mchid={key.mchid}", b"", key, now=now, nonce=nonce)


def parse_query_reply(
    reply: HttpReply, keys: PlatformKeys, *, order_number: str, mchid: str, app_id: str, now: datetime
) -> PaymentStanding:
    """What WeChat says about the order.

    Raises MalformedReply, ForgedReply, and ReplyMismatch where the answer is authentic but old, or about another order, merchant or
    application.
    """
    answer = read_answer(reply, keys, now=now)
    if answer.status != 200:
        is_absent = answer.status == 404 and answer.is_signed and answer.error_code in ABSENT_CODES
        return PaymentStanding(PaymentState.ABSENT if is_absent else PaymentState.UNKNOWN, order_number, error_code=answer.error_code)
    must_be_signed(answer)
    transaction = read_transaction(answer.content, MalformedReply)
    for field, said, ours in (
        ("out_trade_no", transaction.order_number, order_number),
        ("mchid", transaction.mchid, mchid),
        ("appid", transaction.app_id, app_id),
    ):
        if said != ours:
            raise ReplyMismatch(field)
    return PaymentStanding(STATES[transaction.state], order_number, transaction.trade_number, transaction.total)
