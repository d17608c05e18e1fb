"""UnionPay's gateway 5.1.0: QR codes created by signed forms, asked about by our number and its time, told by a signed form.

Its answers are not encoded, as the real one's are described; nobody has compared the two.
"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate

from protocols import unionpay
from protocols.errors import ProtocolError
from protocols.http import FORM_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import is_number
from protocols.unionpay.calls import moment_text
from protocols.unionpay.create import CREATE_PATH
from protocols.unionpay.notice import SCHEDULE_SECONDS, yuan_of
from protocols.unionpay.query import QUERY_PATH
from protocols.wechat.transaction import fen_of
from sandbox.behaviour.dialects import Opening, Trade
from sandbox.behaviour.gateways import Asking, PaymentGateway

_ANSWERED = frozenset({"merId", "orderId", "txnTime", "txnAmt", "currencyCode", "queryId"})


@dataclass
class UnionPayDialect:
    """One merchant number. `certificate` is the text that messages carry along, `merchant` the certificate that calls are judged by."""

    merchant_number: str
    certificate: str
    merchant: Certificate
    private_key: RSAPrivateKey = field(repr=False)
    name: str = "unionpay"
    success_word: str = unionpay.SUCCESS_WORD
    schedule_seconds: tuple[float, ...] = SCHEDULE_SECONDS
    times: dict[str, str] = field(default_factory=dict)
    """`txnTime` of each order, as its creation named it."""

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"{moment_text(now)}{sequence:07d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        fields = {**self._payment(trade, total), "respCode": "00", "respMsg": "成功[0000000]", "txnSubType": "07"}
        signed = self._signed(fields)
        if is_forged:
            signed["signature"] = self._signed({**fields, "reqReserved": "another content"})["signature"]
        return HttpRequest("POST", url_path, headers=(("Content-Type", FORM_CONTENT_TYPE),), body=urlencode(signed).encode())

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        try:
            fields = unionpay.verify_call(request, {str(self.merchant.serial_number): self.merchant})
        except ProtocolError:
            return HttpReply(200, body="respCode=11&respMsg=验证签名失败".encode())
        number, moment = fields.get("orderId", ""), fields.get("txnTime", "")
        if fields.get("merId") != self.merchant_number or not is_number(number) or not moment:
            return self._answer(fields, {"respCode": "10"})
        if request.url_path == QUERY_PATH:
            return Asking(order_number=number) if self.times.get(number) == moment else self._answer(fields, {"respCode": "34"})
        total = yuan_of(fields.get("txnAmt", ""))
        if request.url_path != CREATE_PATH or total is None:
            return self._answer(fields, {"respCode": "10"})
        if self.times.setdefault(number, moment) != moment:
            return self._answer(fields, {"respCode": "12"})
        return Opening(number, total)

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        fields = self._payment(trade, trade.total)
        if trade.paid_at is not None:
            return self._answer(fields, {"respCode": "12"})
        return self._answer(fields, {"respCode": "00", "qrCode": f"https://qr.95516.com/00010000/{trade.trade_number}"})

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        return self._answer(self._named(wanted.order_number), {"respCode": "61"})

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        if trade is None:
            return self._answer(self._named(asking.order_number or ""), {"respCode": "34"})
        return self._answer(self._payment(trade, trade.total), {"respCode": "00", "origRespCode": "00" if is_paid else "05"})

    def _named(self, order_number: str) -> dict[str, str]:
        return {"merId": self.merchant_number, "orderId": order_number, "txnTime": self.times[order_number]}

    def _payment(self, trade: Trade, total: str) -> dict[str, str]:
        return {
            "merId": self.merchant_number,
            "orderId": trade.order_number,
            "txnTime": self.times.get(trade.order_number, moment_text(trade.opened_at)),
            "txnAmt": str(fen_of(total)),
            "currencyCode": "156",
            "queryId": trade.trade_number,
            "txnType": "01",
        }

    def _answer(self, fields: dict[str, str], changed: dict[str, str]) -> HttpReply:
        kept = {name: value for name, value in fields.items() if name in _ANSWERED}
        signed = self._signed({**kept, **changed})
        return HttpReply(200, body="&".join(f"{name}={value}" for name, value in signed.items()).encode())

    def _signed(self, fields: dict[str, str]) -> dict[str, str]:
        return unionpay.sign_fields(
            {**fields, "version": "5.1.0", "signMethod": "01", "signPubKeyCert": self.certificate}, self.private_key
        )


class UnionPay(PaymentGateway):
    """UnionPay for one merchant number: any answer with status 200 ends the repeating of a notice."""

    def is_success(self, reply: HttpReply) -> bool:
        return reply.status == 200
