"""An epusdt gateway: payments created by a signed JSON call, asked about by its own number, told by a signed JSON notice."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protocols import epusdt
from protocols.epusdt import EPUSDT, EpusdtVariant
from protocols.errors import ProtocolError
from protocols.exact_json import JsonNumber, shortest_number
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import is_number, is_yuan
from sandbox.behaviour.dialects import CASHIER_URL, MINUTE, Opening, Trade
from sandbox.behaviour.gateways import Asking, coins_for

WALLET = "TSandboxSandboxSandboxSandboxSandb"
PATIENCE = timedelta(minutes=10)


@dataclass
class EpusdtDialect:
    """Notices as posted JSON with `signature`; five repeats, whose pauses its queue chooses and nobody documents."""

    token: str = field(repr=False)
    ways: EpusdtVariant = EPUSDT
    name: str = "epusdt"
    schedule_seconds: tuple[float, ...] = (15.0, 30.0, MINUTE, 2 * MINUTE, 4 * MINUTE)

    @property
    def success_word(self) -> str:
        return self.ways.success_word

    def trade_number(self, sequence: int, now: datetime) -> str:
        return f"{now:%Y%m%d}{int(now.timestamp() * 1000)}{sequence:05d}"

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        members = {
            "trade_id": trade.trade_number,
            "order_id": trade.order_number,
            "amount": shortest_number(total),
            "actual_amount": shortest_number(coins_for(total)),
            "token": WALLET,
            "block_transaction_id": hashlib.sha256(trade.trade_number.encode()).hexdigest(),
            "status": JsonNumber("2"),
        }
        body = epusdt.sign_notice(members, "not the token" if is_forged else self.token)
        return HttpRequest("POST", url_path, headers=(("Content-Type", JSON_CONTENT_TYPE),), body=body)

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        if request.method == "GET" and request.url_path.startswith(self.ways.status_path):
            return Asking(trade_number=request.url_path.removeprefix(self.ways.status_path))
        if request.url_path != self.ways.create_path:
            return HttpReply(404, (("Content-Type", "text/plain"),), b"not found")
        try:
            texts = epusdt.verify_create(request, self.token)
        except ProtocolError:
            return epusdt.reply(401, "签名认证错误")
        number, total = texts.get("order_id", ""), texts.get("amount", "")
        if not is_number(number) or not is_yuan(total) or not texts.get("notify_url"):
            return epusdt.reply(10009, "无法解析参数")
        return Opening(number, total)

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        if not is_new:
            return epusdt.reply(10002, "支付交易已存在，请勿重复创建")
        data = {
            "trade_id": trade.trade_number,
            "order_id": trade.order_number,
            "amount": shortest_number(trade.total),
            "actual_amount": shortest_number(coins_for(trade.total)),
            "token": WALLET,
            "expiration_time": JsonNumber(int((now + PATIENCE).timestamp())),
            "payment_url": f"{CASHIER_URL}/pay/checkout-counter/{trade.trade_number}",
        }
        return epusdt.reply(200, "success", data)

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        return epusdt.reply(10003, "无可用钱包地址，无法发起支付")

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        if trade is None:
            return epusdt.reply(10008, "订单不存在")
        return epusdt.reply(200, "success", {"trade_id": trade.trade_number, "status": JsonNumber(2 if is_paid else 1)})
