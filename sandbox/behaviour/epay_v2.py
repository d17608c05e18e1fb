"""An 易支付 (epay) version 2 gateway: signed calls in, signed answers and notices out, one platform key for all its merchants."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols import alipay
from protocols.epay import V2, EpayV2Variant, v2
from protocols.errors import ProtocolError
from protocols.http import FORM_CONTENT_TYPE, JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import is_number, is_yuan
from sandbox.behaviour.dialects import CASHIER_URL, HOUR, MINUTE, Opening, Trade
from sandbox.behaviour.gateways import Asking


@dataclass
class EpayV2Dialect:
    """Calls below `/api/pay/`, notices as a GET (or posted form), RSA."""

    pid: str
    platform_private_key: RSAPrivateKey = field(repr=False)
    merchant_public_key: RSAPublicKey = field(repr=False)
    ways: EpayV2Variant = V2
    name: str = "epay_v2"
    is_notice_posted: bool = False
    schedule_seconds: tuple[float, ...] = (15.0, MINUTE, 3 * MINUTE, 30 * MINUTE, HOUR)

    @property
    def success_word(self) -> str:
        return self.ways.success_word

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"{alipay.beijing_text(now).translate(str.maketrans('', '', '- :'))}{sequence:05d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        fields = {
            "pid": self.pid,
            "trade_no": trade.trade_number,
            "out_trade_no": trade.order_number,
            "type": "alipay",
            "trade_status": "TRADE_SUCCESS",
            "addtime": alipay.beijing_text(trade.opened_at),
            "endtime": alipay.beijing_text(trade.paid_at or trade.opened_at),
            "name": "card",
            "money": total,
        }
        signed = v2.sign_notice(fields, self.platform_private_key, now=now)
        if is_forged:
            signed["sign"] = v2.sign_notice({**fields, "param": "another content"}, self.platform_private_key, now=now)["sign"]
        if self.is_notice_posted:
            return HttpRequest("POST", url_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=urlencode(signed).encode())
        return HttpRequest("GET", url_path, query=tuple(signed.items()))

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        try:
            fields = v2.verify_call(request, self.merchant_public_key, now=now)
        except ProtocolError:
            return _refusal(-3, "签名校验失败")
        if fields.get("pid") != self.pid:
            return _refusal(-3, "商户不存在或已关闭")
        number = fields.get("out_trade_no", "")
        if not is_number(number):
            return _refusal(-4, "参数错误")
        if request.url_path == self.ways.query_path:
            return Asking(order_number=number)
        if request.url_path not in (self.ways.create_path, self.ways.submit_path):
            return _refusal(-5, "接口错误")
        total = fields.get("money", "")
        return Opening(number, total) if is_yuan(total) else _refusal(-4, "金额错误")

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        if trade.paid_at is not None:
            return _refusal(-1, "订单已支付")
        content = {
            "code": int(self.ways.done_code),
            "trade_no": trade.trade_number,
            "pay_type": "jump",
            "pay_info": f"{CASHIER_URL}/pay/{trade.trade_number}",
        }
        return _json_reply(v2.sign_answer(content, self.platform_private_key, now=now))

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        return _refusal(-2, "当前商户已封禁")

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        if trade is None:
            return _refusal(-1, "订单号不存在")
        content = {
            "code": int(self.ways.done_code),
            "trade_no": trade.trade_number,
            "out_trade_no": trade.order_number,
            "type": "alipay",
            "pid": int(self.pid),
            "addtime": alipay.beijing_text(trade.opened_at),
            "name": "card",
            "money": trade.total,
            "status": int(is_paid),
        }
        return _json_reply(v2.sign_answer(content, self.platform_private_key, now=now))


def _refusal(code: int, message: str) -> HttpReply:
    """Gateways do not sign their refusals."""
    return _json_reply(json.dumps({"code": code, "msg": message}, ensure_ascii=False).encode())


def _json_reply(body: bytes) -> HttpReply:
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), body)
