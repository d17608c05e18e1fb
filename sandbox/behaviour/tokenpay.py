"""A TokenPay installation: payments created by a signed JSON call, asked about by its own number, told by a signed JSON notice."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from protocols import alipay, tokenpay
from protocols.errors import ProtocolError
from protocols.exact_json import JsonNumber, encode_object, shortest_number
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.payment import is_number, is_yuan
from protocols.tokenpay import TOKENPAY, TokenPayVariant
from sandbox.behaviour.dialects import CASHIER_URL, MINUTE, Opening, Trade
from sandbox.behaviour.gateways import Asking, coins_for

WALLET = "TSandboxSandboxSandboxSandboxSands"


@dataclass
class TokenPayDialect:
    """Notices as posted JSON in PascalCase, repeated twice; an order that waits for payment is answered with the trade it has."""

    key: str = field(repr=False)
    ways: TokenPayVariant = TOKENPAY
    name: str = "tokenpay"
    schedule_seconds: tuple[float, ...] = (MINUTE, MINUTE)

    @property
    def success_word(self) -> str:
        return self.ways.success_word

    def trade_number(self, sequence: int, now: datetime) -> str:
        return str(uuid5(NAMESPACE_URL, f"tokenpay/{now.isoformat()}/{sequence}"))

    def notice(self, trade: Trade, *, total: str, is_forged: bool, url_path: str, now: datetime) -> HttpRequest:
        coins = coins_for(total)
        members = {
            "ActualAmount": total,
            "Amount": coins,
            "BaseCurrency": self.ways.currency,
            "BlockChainName": "TRON",
            "BlockTransactionId": hashlib.sha256(trade.trade_number.encode()).hexdigest(),
            "Currency": self.ways.coin,
            "CurrencyName": "USDT",
            "Id": trade.trade_number,
            "IsDynamicAmount": JsonNumber(0),
            "OrderUserKey": trade.order_number,
            "OutOrderId": trade.order_number,
            "PassThroughInfo": "",
            "PayAmount": coins,
            "PayTime": alipay.beijing_text(trade.paid_at or trade.opened_at),
            "Status": JsonNumber(1),
        }
        body = tokenpay.sign_notice(members, "not the key" if is_forged else self.key, variant=self.ways)
        return HttpRequest("POST", url_path, headers=(("Content-Type", JSON_CONTENT_TYPE),), body=body)

    def read(self, request: HttpRequest, now: datetime) -> Opening | Asking | HttpReply:
        try:
            if request.url_path == self.ways.query_path:
                return Asking(trade_number=tokenpay.verify_query(request, self.key, variant=self.ways))
            texts = tokenpay.verify_create(request, self.key, variant=self.ways)
        except ProtocolError:
            return _reply(False, "签名验证失败！")
        number, total = texts.get("OutOrderId", ""), texts.get("ActualAmount", "")
        if request.url_path != self.ways.create_path or not is_number(number):
            return _reply(False, "参数有误！")
        if not is_yuan(total) or not Decimal(total):
            return _reply(False, "金额有误！")
        return Opening(number, total)

    def opened(self, trade: Trade, *, is_new: bool, now: datetime) -> HttpReply:
        info = {
            "ActualAmount": trade.total,
            "Amount": coins_for(trade.total),
            "BaseCurrency": self.ways.currency,
            "BlockChainName": "TRON",
            "CurrencyName": "USDT",
            "Id": trade.trade_number,
            "OrderUserKey": trade.order_number,
            "OutOrderId": trade.order_number,
            "ToAddress": WALLET,
        }
        page = f"{CASHIER_URL}/Pay?Id={trade.trade_number}"
        message = "创建订单成功！" if is_new else "订单已存在，查询旧订单！"
        return _reply(True, message, f',"data":{json.dumps(page)},"info":{encode_object(info).decode()}')

    def declined(self, wanted: Opening, now: datetime) -> HttpReply:
        return _reply(False, "不支持的币种！")

    def told(self, asking: Asking, trade: Trade | None, *, is_paid: bool, now: datetime) -> HttpReply:
        if trade is None:
            return _reply(False, "订单不存在！")
        coins = shortest_number(coins_for(trade.total))
        data = {
            "id": trade.trade_number,
            "outOrderId": trade.order_number,
            "actualAmount": shortest_number(trade.total),
            "amount": coins,
            "currency": self.ways.coin,
            "status": "Paid" if is_paid else "Pending",
        }
        if is_paid:
            data["payAmount"] = coins
        return _reply(True, "订单信息获取成功！", f',"data":{encode_object(data).decode()}')


def _reply(is_success: bool, message: str, rest: str = "") -> HttpReply:
    body = f'{{"success":{json.dumps(is_success)},"message":{json.dumps(message)}{rest}}}'
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), body.encode())
