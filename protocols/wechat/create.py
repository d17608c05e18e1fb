"""Creating a payment at WeChat Pay, and closing one that nobody shall pay any more.

*Native*, `POST /v3/pay/transactions/native`, answers `code_url`, a text to be shown as a QR code that lives for two hours. *H5*,
`POST /v3/pay/transactions/h5`, answers `h5_url`, a page for a browser outside WeChat that lives for five minutes; it wants the buyer's
address and refuses to be opened from another page than one of the merchant's domain. The same order number with the same content
answers another link to the same payment; with other content, or paid already, it is refused.

*Closing*, `POST …/out-trade-no/{out_trade_no}/close`, answers 204 without a body; the number cannot be used again.
(Source: WeChat Pay's merchant guide, API v3, Native and H5 payment.)
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.errors import MalformedReply, UnexpectedStatus
from protocols.http import HttpReply, HttpRequest
from protocols.payment import is_yuan
from protocols.wechat.answers import Answer, must_be_signed, read_answer
from protocols.wechat.keys import MerchantKey, PlatformKeys
from protocols.wechat.numbers import is_order_number, path_of
from protocols.wechat.signing import sign_call
from protocols.wechat.transaction import CURRENCY, fen_of

NATIVE_PATH = "/v3/pay/transactions/native"
H5_PATH = "/v3/pay/transactions/h5"
MAX_NAME_LENGTH = 127

_KNOWN_CODES = frozenset({"OUT_TRADE_NO_USED", "ORDERPAID", "ORDER_PAID"})
_REFUSALS = frozenset({400, 401, 403, 404})
_LINKS = (("code_url", CheckoutKind.QR_CODE), ("h5_url", CheckoutKind.PAGE))


@dataclass(frozen=True)
class WechatPayment:
    """A payment to be created. `total` in yuan, at most two decimals."""

    order_number: str
    total: str
    name: str
    """What the buyer reads while paying: never a secret."""
    notify_url: str
    """Ours: https, public, without a query."""
    expires_at: datetime | None = None
    """Aware; WeChat wants at least a minute from now."""

    def content(self, app_id: str, mchid: str) -> dict[str, Any]:
        """The fields of a call; raises ValueError for an order number or amount that WeChat does not take."""
        if not is_order_number(self.order_number) or not is_yuan(self.total) or fen_of(self.total) == 0:
            raise ValueError("order number or amount")
        content: dict[str, Any] = {
            "appid": app_id,
            "mchid": mchid,
            "description": self.name[:MAX_NAME_LENGTH],
            "out_trade_no": self.order_number,
            "notify_url": self.notify_url,
            "amount": {"total": fen_of(self.total), "currency": CURRENCY},
        }
        if self.expires_at is not None:
            content["time_expire"] = self.expires_at.isoformat(timespec="seconds")
        return content


def build_native(payment: WechatPayment, *, app_id: str, key: MerchantKey, now: datetime, nonce: str) -> HttpRequest:
    """The call that answers a QR code; raises ValueError for what WeChat does not take."""
    return _call(NATIVE_PATH, payment.content(app_id, key.mchid), key, now, nonce)


def build_h5(payment: WechatPayment, *, app_id: str, buyer_ip: str, key: MerchantKey, now: datetime, nonce: str) -> HttpRequest:
    """The call that answers a page for the buyer's own browser; raises ValueError for what WeChat does not take."""
    scene = {"payer_client_ip": buyer_ip, "h5_info": {"type": "Wap"}}
    return _call(H5_PATH, {**payment.content(app_id, key.mchid), "scene_info": scene}, key, now, nonce)


def build_close(order_number: str, *, key: MerchantKey, now: datetime, nonce: str) -> HttpRequest:
    """The call after which nobody can pay the order any more."""
    return _call(f"{path_of(order_number)}/close", {"mchid": key.mchid}, key, now, nonce)


def parse_create_reply(reply: HttpReply, keys: PlatformKeys, *, order_number: str, now: datetime) -> Checkout | CheckoutRefused:
    """How the buyer can pay, or that WeChat refused.

    Raises MalformedReply, ForgedReply, ReplyMismatch, and UnexpectedStatus where it may have been created or not (429, 5xx).
    """
    answer = read_answer(reply, keys, now=now)
    if answer.status != 200:
        return _refused(answer, order_number)
    must_be_signed(answer)
    for name, kind in _LINKS:
        link = answer.content.get(name)
        if isinstance(link, str) and link:
            return Checkout(order_number, kind, link)
    raise MalformedReply("code_url")


def parse_close_reply(reply: HttpReply, keys: PlatformKeys, *, order_number: str, now: datetime) -> CheckoutRefused | None:
    """None once it is closed, or that WeChat refused (`ORDERPAID`: too late); raises as `parse_create_reply`."""
    answer = read_answer(reply, keys, now=now)
    if answer.status != 204:
        return _refused(answer, order_number)
    must_be_signed(answer)
    return None


def _refused(answer: Answer, order_number: str) -> CheckoutRefused:
    if answer.status not in _REFUSALS:
        raise UnexpectedStatus
    return CheckoutRefused(order_number, answer.error_code, is_known_already=answer.error_code in _KNOWN_CODES)


def _call(target: str, content: dict[str, Any], key: MerchantKey, now: datetime, nonce: str) -> HttpRequest:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return sign_call("POST", target, body, key, now=now, nonce=nonce)
