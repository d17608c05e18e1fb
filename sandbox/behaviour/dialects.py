"""The two payment protocols as a provider speaks them: how a notice looks, how a query is read and answered.

A dialect knows keys and formats; what was paid, when and how often it is told is the business of
`payments.PaymentProvider`.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols import alipay, epay
from protocols.alipay.create import CREATE_METHOD
from protocols.alipay.query import QUERY_METHOD
from protocols.errors import ProtocolError
from protocols.form import decode_form, unique_fields
from protocols.http import FORM_CONTENT_TYPE, JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import is_number, is_yuan

MINUTE = 60.0
HOUR = 60 * MINUTE
CASHIER_URL = "https://cashier.example"
"""Where buyers would be sent; nobody is there."""


@dataclass(frozen=True)
class Trade:
    """One order at the provider; `paid_at` is None while the buyer has not paid."""

    order_number: str
    trade_number: str
    total: str
    opened_at: datetime
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Opening:
    """A call that creates a payment; `total` is a plain amount."""

    order_number: str
    total: str


class Dialect(Protocol):
    """What differs between the providers."""

    name: str
    success_word: str
    schedule_seconds: tuple[float, ...]
    """Pauses between one notice and the next, until the success word comes."""

    def trade_number(self, sequence: int, now: datetime) -> str:
        """The provider's own number for its so-manieth trade."""

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str) -> HttpRequest:
        """The notice that the trade was paid, naming `total`; a forged one carries a signature of another content."""

    def asked_order(self, request: HttpRequest) -> str | Opening | HttpReply:
        """The order number that a query asks about, what a call wants opened, or the answer to one that is not acceptable."""

    def opened(self, trade: Trade) -> HttpReply:
        """The answer to a call that creates a payment."""

    def declined(self) -> HttpReply:
        """The answer to such a call where the account may take no payments any more."""

    def answer(self, order_number: str, trade: Trade | None, *, is_paid: bool) -> HttpReply:
        """The answer to a query, saying paid or not, or that there is no such order."""


@dataclass
class AlipayDialect:
    """Alipay: notices as a posted form, queries at the gateway, everything signed RSA2."""

    app_id: str
    seller_id: str
    alipay_private_key: RSAPrivateKey = field(repr=False)
    app_public_key: RSAPublicKey = field(repr=False)
    name: str = "alipay"
    success_word: str = alipay.SUCCESS_WORD
    schedule_seconds: tuple[float, ...] = (
        4 * MINUTE,
        10 * MINUTE,
        10 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        15 * HOUR,
    )

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"{alipay.beijing_text(now)[:10].replace('-', '')}22001{sequence:015d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str) -> HttpRequest:
        paid_at = trade.paid_at or trade.opened_at
        fields = {
            "notify_time": alipay.beijing_text(paid_at),
            "notify_type": "trade_status_sync",
            "notify_id": hashlib.sha256(f"alipay notice {trade.trade_number}".encode()).hexdigest()[:34],
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self.app_id,
            "auth_app_id": self.app_id,
            "out_trade_no": trade.order_number,
            "trade_no": trade.trade_number,
            "trade_status": alipay.TradeStatus.SUCCESS.value,
            "total_amount": total,
            "receipt_amount": total,
            "buyer_pay_amount": total,
            "seller_id": self.seller_id,
            "subject": "card",
            "gmt_create": alipay.beijing_text(trade.opened_at),
            "gmt_payment": alipay.beijing_text(paid_at),
        }
        signed = alipay.sign_notice(fields, self.alipay_private_key)
        if is_forged:
            other = alipay.sign_notice({**fields, "body": "another content"}, self.alipay_private_key)
            signed["sign"] = other["sign"]
        return HttpRequest("POST", url_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=urlencode(signed).encode())

    def asked_order(self, request: HttpRequest) -> str | Opening | HttpReply:
        try:
            fields = unique_fields(request.query)
            if request.body:
                fields = unique_fields((*request.query, *decode_form(request.body).items()))
            alipay.verify_request(fields, self.app_public_key)
        except ProtocolError:
            return self._gateway_error("isv.invalid-signature")
        if fields.get("app_id") != self.app_id:
            return self._gateway_error("isv.invalid-app-id")
        method = fields.get("method")
        if method not in (QUERY_METHOD, CREATE_METHOD):
            return self._gateway_error("isv.invalid-method")
        try:
            content = json.loads(fields.get("biz_content", ""))
            order_number = str(content["out_trade_no"])
            return order_number if method == QUERY_METHOD else Opening(order_number, str(content["total_amount"]))
        except (ValueError, KeyError, TypeError):
            return self._gateway_error("isv.missing-parameter")

    def opened(self, trade: Trade) -> HttpReply:
        if trade.paid_at is not None:
            node = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_HAS_SUCCESS", "sub_msg": "交易已被支付"}
        else:
            link = f"https://qr.alipay.com/{trade.trade_number}"
            node = {"code": "10000", "msg": "Success", "out_trade_no": trade.order_number, "qr_code": link}
        return self._signed(node, alipay.CREATE_NODE)

    def declined(self) -> HttpReply:
        return self._signed({"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.ACCESS_FORBIDDEN"}, alipay.CREATE_NODE)

    def answer(self, order_number: str, trade: Trade | None, *, is_paid: bool) -> HttpReply:
        if trade is None:
            return self._signed({"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"})
        status = alipay.TradeStatus.SUCCESS if is_paid else alipay.TradeStatus.WAITING
        return self._signed(
            {
                "code": "10000",
                "msg": "Success",
                "out_trade_no": order_number,
                "trade_no": trade.trade_number,
                "trade_status": status.value,
                "total_amount": trade.total,
                "store_name": "sandbox/1",
            }
        )

    def _signed(self, node: dict[str, str], name: str = alipay.QUERY_NODE) -> HttpReply:
        return _json_reply(alipay.sign_reply(node, self.alipay_private_key, name=name))

    def _gateway_error(self, sub_code: str) -> HttpReply:
        node = {"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code}
        return _json_reply(json.dumps({"error_response": node}).encode())


@dataclass
class EpayDialect:
    """易支付 version 1: notices as a GET (or posted form), queries with the key in the URL, MD5."""

    pid: str
    key: str = field(repr=False)
    name: str = "epay"
    success_word: str = epay.SUCCESS_WORD
    is_notice_posted: bool = False
    schedule_seconds: tuple[float, ...] = (15.0, MINUTE, 3 * MINUTE, 30 * MINUTE, HOUR)

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"{alipay.beijing_text(now).translate(str.maketrans('', '', '- :'))}{sequence:05d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str) -> HttpRequest:
        fields = {
            "pid": self.pid,
            "trade_no": trade.trade_number,
            "out_trade_no": trade.order_number,
            "type": "alipay",
            "name": "card",
            "money": total,
            "trade_status": "TRADE_SUCCESS",
        }
        signed = epay.sign_notice(fields, "not the key" if is_forged else self.key)
        if self.is_notice_posted:
            body = urlencode(signed).encode()
            return HttpRequest("POST", url_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=body)
        return HttpRequest("GET", url_path, query=tuple(signed.items()))

    def asked_order(self, request: HttpRequest) -> str | Opening | HttpReply:
        try:
            fields = unique_fields(request.query)
            if request.url_path in (epay.V1.create_path, epay.V1.submit_path):
                return self._opening(unique_fields((*request.query, *decode_form(request.body).items())) if request.body else fields)
        except ProtocolError:
            return _content({"code": -4, "msg": "参数错误"})
        if fields.get("act") != "order" or not fields.get("out_trade_no"):
            return _content({"code": -5, "msg": "No Act!"})
        if fields.get("pid") != self.pid or fields.get("key") != self.key:
            return _content({"code": -3, "msg": "商户密钥错误"})
        return fields["out_trade_no"]

    def _opening(self, fields: dict[str, str]) -> Opening | HttpReply:
        if fields.get("pid") != self.pid or not epay.verify(fields, fields.get("sign", ""), self.key):
            return _content({"code": -3, "msg": "签名校验失败"})
        if not is_number(fields.get("out_trade_no", "")) or not is_yuan(fields.get("money", "")):
            return _content({"code": -4, "msg": "参数错误"})
        return Opening(fields["out_trade_no"], fields["money"])

    def opened(self, trade: Trade) -> HttpReply:
        if trade.paid_at is not None:
            return _content({"code": -1, "msg": "该订单已支付"})
        page = f"{CASHIER_URL}/pay/{trade.trade_number}"
        return _content({"code": 1, "msg": "success", "trade_no": trade.trade_number, "payurl": page})

    def declined(self) -> HttpReply:
        return _content({"code": -2, "msg": "当前商户已封禁"})

    def answer(self, order_number: str, trade: Trade | None, *, is_paid: bool) -> HttpReply:
        if trade is None:
            return _content({"code": -1, "msg": "订单号不存在"})
        return _content(
            {
                "code": 1,
                "msg": "查询订单号成功！",
                "trade_no": trade.trade_number,
                "out_trade_no": order_number,
                "type": "alipay",
                "pid": self.pid,
                "addtime": alipay.beijing_text(trade.opened_at),
                "endtime": alipay.beijing_text(trade.paid_at) if trade.paid_at and is_paid else None,
                "name": "card",
                "money": trade.total,
                "status": 1 if is_paid else 0,
            }
        )


def _content(content: dict[str, object]) -> HttpReply:
    return _json_reply(json.dumps(content, ensure_ascii=False).encode())


def _json_reply(body: bytes) -> HttpReply:
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), body)
