"""WeChat Pay, API v3: payments are created (Native, H5), asked about and closed by signed calls; notices are signed and encrypted.

Every answer is signed, also one that refuses. A notice is signed anew each time; 200 or 204 ends its repeats, whatever the body.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols import wechat
from protocols.alipay.notice import BEIJING, beijing_text
from protocols.errors import ProtocolError
from protocols.http import JSON_CONTENT_TYPE, AnswerLost, HttpReply, HttpRequest
from protocols.wechat.create import H5_PATH, NATIVE_PATH
from protocols.wechat.notice import SCHEDULE_SECONDS
from protocols.wechat.numbers import PATH, is_order_number
from protocols.wechat.transaction import fen_of
from sandbox.behaviour.dialects import Opening, Trade
from sandbox.behaviour.gateways import Asking, PaymentGateway
from sandbox.behaviour.payments import PaymentRefused
from sandbox.behaviour.reaction import Reaction

_CLOSING = "/close"


@dataclass
class WechatDialect:
    """One merchant's account. `serial` names WeChat's own key, `merchant_serial_number` the merchant's."""

    mchid: str
    app_id: str
    serial: str
    merchant_serial_number: str
    api_v3_key: str = field(repr=False)
    wechat_private_key: RSAPrivateKey = field(repr=False)
    merchant_public_key: RSAPublicKey = field(repr=False)
    name: str = "wechat"
    success_word: str = ""
    """None: the status is what counts."""
    schedule_seconds: tuple[float, ...] = tuple(float(pause) for pause in SCHEDULE_SECONDS)
    closed: set[str] = field(default_factory=set)
    """Order numbers that nobody can pay any more."""
    pages: set[str] = field(default_factory=set)
    """Order numbers that were created for a browser."""

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"4200{beijing_text(now)[:10].replace('-', '')}{sequence:016d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        notice_id = hashlib.sha256(f"wechat notice {trade.trade_number}".encode()).hexdigest()[:32]
        content = self._transaction(trade, "SUCCESS", total)
        nonce = _nonce(trade.trade_number, now)
        headers, body = wechat.sign_notice(
            content,
            self.wechat_private_key,
            serial=self.serial,
            api_v3_key=self.api_v3_key,
            notice_id=notice_id,
            now=now,
            nonce=nonce,
        )
        if is_forged:
            other = wechat.sign_message(b"another content", self.wechat_private_key, serial=self.serial, now=now, nonce=nonce)
            headers = (("Content-Type", JSON_CONTENT_TYPE), *other)
        return HttpRequest("POST", url_path, headers=headers, body=body)

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        refusal = self.refusal(request, now)
        if refusal is not None:
            return refusal
        if request.method == "GET" and request.url_path.startswith(f"{PATH}/"):
            return Asking(order_number=unquote(request.url_path.removeprefix(f"{PATH}/")))
        if request.method == "POST" and request.url_path in (NATIVE_PATH, H5_PATH):
            return self._opening(request, now)
        return self.error(404, "RESOURCE_NOT_EXISTS", now)

    def refusal(self, request: HttpRequest, now: datetime) -> HttpReply | None:
        """The answer to a call that is not signed by the merchant, or None."""
        try:
            wechat.verify_call(request, {self.merchant_serial_number: self.merchant_public_key}, mchid=self.mchid, now=now)
        except ProtocolError:
            return self.error(401, "SIGN_ERROR", now)
        return None

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        if trade.paid_at is not None:
            return self.error(400, "ORDERPAID", now)
        if trade.order_number in self.closed:
            return self.error(400, "ORDER_CLOSED", now)
        if trade.order_number in self.pages:
            return self.signed(200, {"h5_url": f"https://cashier.example/h5?prepay_id={trade.trade_number}"}, now)
        return self.signed(200, {"code_url": f"weixin://wxpay/bizpayurl?pr={trade.trade_number}"}, now)

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        return self.error(403, "NO_AUTH", now)

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        if trade is None:
            return self.error(404, "ORDER_NOT_EXIST", now)
        state = "SUCCESS" if is_paid else "CLOSED" if trade.order_number in self.closed else "NOTPAY"
        return self.signed(200, self._transaction(trade, state, trade.total), now)

    def error(self, status: int, code: str, now: datetime) -> HttpReply:
        """A signed refusal."""
        return self.signed(status, {"code": code, "message": "sandbox"}, now)

    def signed(self, status: int, content: dict[str, Any] | None, now: datetime) -> HttpReply:
        """A signed answer; without a body where there is no content."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        headers = wechat.sign_message(body, self.wechat_private_key, serial=self.serial, now=now, nonce=_nonce(body.hex(), now))
        return HttpReply(status, (("Content-Type", JSON_CONTENT_TYPE), *headers), body)

    def _opening(self, request: HttpRequest, now: datetime) -> Opening | HttpReply:
        try:
            content = json.loads(request.body)
            number, fen = content["out_trade_no"], content["amount"]["total"]
            is_ours = (content["mchid"], content["appid"]) == (self.mchid, self.app_id)
        except (ValueError, KeyError, TypeError):
            return self.error(400, "PARAM_ERROR", now)
        if not is_ours:
            return self.error(400, "APPID_MCHID_NOT_MATCH", now)
        if not isinstance(number, str) or not is_order_number(number) or not isinstance(fen, int) or fen < 1:
            return self.error(400, "PARAM_ERROR", now)
        if request.url_path == H5_PATH:
            self.pages.add(number)
        return Opening(number, f"{fen // 100}.{fen % 100:02d}")

    def _transaction(self, trade: Trade, state: str, total: str) -> dict[str, Any]:
        content: dict[str, Any] = {
            "mchid": self.mchid,
            "appid": self.app_id,
            "out_trade_no": trade.order_number,
            "trade_type": "NATIVE",
            "trade_state": state,
            "trade_state_desc": state,
            "amount": {"total": fen_of(total), "currency": "CNY"},
        }
        if state == "SUCCESS":
            paid_at = trade.paid_at or trade.opened_at
            content |= {
                "transaction_id": trade.trade_number,
                "bank_type": "OTHERS",
                "success_time": paid_at.astimezone(BEIJING).isoformat(timespec="seconds"),
                "payer": {"openid": "sandbox"},
            }
            content["amount"] |= {"payer_total": fen_of(total), "payer_currency": "CNY"}
        return content


class WechatPay(PaymentGateway):
    """WeChat Pay for one account of one shop."""

    gateway: WechatDialect

    def is_success(self, reply: HttpReply) -> bool:
        return reply.status in (200, 204)

    def pay(self, order_number: str, total: str, now: datetime) -> Trade:
        """The buyer pays; raises PaymentRefused also for an order that was closed."""
        if order_number in self.gateway.closed:
            raise PaymentRefused("closed")
        return super().pay(order_number, total, now)

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        """Answer a call; one that closes an order has its effect even where its answer is lost."""
        number = unquote(request.url_path.removeprefix(f"{PATH}/").removesuffix(_CLOSING))
        faults = self.faults.holding(now, number)
        is_closing = request.method == "POST" and request.url_path.endswith(_CLOSING) and self.gateway.refusal(request, now) is None
        if not is_closing or faults.is_down or faults.is_failing:
            return super().handle(request, now)
        answer = self._close(number, now)
        return Reaction(AnswerLost("sandbox") if faults.is_answer_lost else answer, faults.slow_seconds)

    def _close(self, order_number: str, now: datetime) -> HttpReply:
        trade = self.trade(order_number)
        if trade is not None and trade.paid_at is not None:
            return self.gateway.error(400, "ORDERPAID", now)
        self.gateway.closed.add(order_number)
        return self.gateway.signed(204, None, now)


def _nonce(text: str, now: datetime) -> str:
    return hashlib.sha256(f"{text} {now.isoformat()}".encode()).hexdigest()[:32]
