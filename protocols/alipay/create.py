"""Creating a payment at Alipay: `alipay.trade.precreate` (当面付, scan to pay).

`biz_content`: `out_trade_no, total_amount` (yuan), `subject`, `time_expire` (Beijing wall clock, to the second); the notice address goes
into the common field `notify_url`. The answer names our number and `qr_code`, a text to be shown as a QR code. The same number with the
same content answers a code for the same payment; one that is paid or closed is refused with 40004 and its `sub_code`. Codes such as
`ACQ.SYSTEM_ERROR`, and 20000, say nothing: the same call is made again. (Source: Alipay's guide to trade.precreate.)
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.gateway import DONE_CODE, GATEWAY_PATH, read_answer, signed_call
from protocols.alipay.notice import beijing_text
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.errors import ReplyMismatch, UnexpectedStatus
from protocols.http import HttpRequest
from protocols.payment import is_number, is_yuan

CREATE_METHOD = "alipay.trade.precreate"
CREATE_NODE = "alipay_trade_precreate_response"
MAX_NAME_LENGTH = 256

_KNOWN_CODES = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT"})
_SAYS_NOTHING = frozenset({"20000", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"})
_UNFIT_IN_NAMES = str.maketrans("/=&", "   ")


@dataclass(frozen=True)
class AlipayPayment:
    """A payment to be created. `total` in yuan, at most two decimals."""

    order_number: str
    total: str
    name: str
    """What the buyer reads while paying: never a secret."""
    notify_url: str
    expires_at: datetime
    """Aware."""


def build_create(
    payment: AlipayPayment, *, app_id: str, private_key: RSAPrivateKey, now: datetime, gateway_path: str = GATEWAY_PATH
) -> HttpRequest:
    """The call that answers a QR code; raises ValueError for what Alipay does not take."""
    if not is_number(payment.order_number) or not is_yuan(payment.total) or not Decimal(payment.total):
        raise ValueError("order number or amount")
    content = {
        "out_trade_no": payment.order_number,
        "total_amount": payment.total,
        "subject": payment.name.translate(_UNFIT_IN_NAMES)[:MAX_NAME_LENGTH],
        "time_expire": beijing_text(payment.expires_at),
    }
    return signed_call(
        CREATE_METHOD,
        content,
        app_id=app_id,
        private_key=private_key,
        now=now,
        notify_url=payment.notify_url,
        gateway_path=gateway_path,
    )


def parse_create_reply(body: bytes, public_key: RSAPublicKey, *, order_number: str) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that Alipay refused.

    Raises MalformedReply, ForgedReply, ReplyMismatch, and UnexpectedStatus where it may have been created or not.
    """
    answer = read_answer(body, public_key, CREATE_NODE)
    if answer.code != DONE_CODE:
        if answer.code is None or not _SAYS_NOTHING.isdisjoint({answer.code, answer.error_code}):
            raise UnexpectedStatus
        return CheckoutRefused(order_number, answer.error_code, is_known_already=answer.error_code in _KNOWN_CODES)
    if answer.text("out_trade_no") != order_number:
        raise ReplyMismatch("out_trade_no")
    return Checkout(order_number, CheckoutKind.QR_CODE, answer.text("qr_code"))
