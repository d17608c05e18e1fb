"""An acg-faka site that others buy from (`protocols.acg_faka`), by its shared shop and by a V4 site's open API, honestly or not.

It keeps books and misbehaves as the supplier of `suppliers` does; only the words differ. A number that was traded under is refused the
second time, as the sites do, and an order is found by their own number alone. Orders that are not ready show the notice of goods that
are sent by hand. There are no callbacks and no cancelling. The books go by the buying side's number where a call tells it: Redress puts
it into `contact`, while `request_no` and `trade_no` are made of it.
"""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from protocols.acg_faka import SharedAccess, verify_shared, verify_v4
from protocols.acg_faka.open_api import API_ROOT
from protocols.acg_faka.wording import REQUEST_KNOWN
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest, TransportFault
from protocols.supplier import SignatureRefused
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.ledger import OrderRefused, SupplierOrderEntry
from sandbox.behaviour.suppliers import CardSupplier, spoiled_answer

BY_HAND = "正在发货中，请耐心等待，如有疑问，请联系客服。"

_SENTENCES = {
    "sku_unavailable": "当前商品已停售",
    "insufficient_stock": "库存不足",
    "insufficient_balance": "余额不足",
    "order_not_found": "订单不存在",
    "bad_request": "购买数量不正确",
    "request_known": REQUEST_KNOWN,
    "wrong_account": "商户ID不存在",
    "missing_signature": "商户ID不存在",
    "invalid_signature": "密钥错误",
}


def shared_code(sku_id: int) -> str:
    """The code under which a site of the sandbox shares its goods of this number."""
    return f"A{sku_id:015d}"


class SharedShop(CardSupplier):
    """One site that others buy from."""

    def _result(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        if faults.is_failing:
            return HttpReply(500, (("Content-Type", "text/html"),), b"<html>error</html>")
        access = SharedAccess(self._access.api_key, self._access.api_secret)
        is_v4 = request.url_path.startswith(API_ROOT)
        try:
            fields = verify_v4(request, access) if is_v4 else verify_shared(request, access)
            return self._answered(request.url_path, fields, faults, now)
        except (SignatureRefused, OrderRefused) as refused:
            return _envelope(0, msg=_SENTENCES[refused.code])

    def _answered(self, path: str, fields: dict[str, str], faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        match path.rsplit("/", 1)[-1]:
            case "connect":
                return _success({"shopName": self.code, "username": self.code, "balance": float(self.ledger.balance)})
            case "items":
                return _success([{"id": 1, "name": "cards", "children": [self._item(sku_id, faults) for sku_id in self.ledger.products]}])
            case "stock":
                return _success({"stock": str(self._stock(_sku_id(fields), faults))})
            case "inventoryState":
                if self._stock(_sku_id(fields), faults) < int(fields.get("num", "1")):
                    raise OrderRefused("insufficient_stock")
                return _success([])
            case "trade":
                return self._traded(fields, faults, now)
            case "query":
                entry = self._by_their_number(fields.get("tradeNo", ""))
                if entry is None or faults.is_denying_orders:
                    raise OrderRefused("order_not_found")
                return _success({"secret": _secret(entry, now), "widget": None, "status": 1})
        return HttpReply(404, (("Content-Type", "text/html"),), b"<html>404</html>")

    def _traded(self, fields: dict[str, str], faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        number = _buyers_number(fields)
        quantity = fields.get("num") or fields.get("quantity") or ""
        if not quantity.isascii() or not quantity.isdigit() or quantity == "0":
            raise OrderRefused("bad_request")
        if self.ledger.find(number) is not None and not faults.is_ordering_twice:
            raise OrderRefused("request_known")
        entry = self.ledger.order(_sku_id(fields), int(quantity), number, faults, now)
        spoiled = spoiled_answer(faults)
        if spoiled is not None:
            return spoiled
        is_v4 = "trade_no" in fields
        number_name, secret_name = ("order_no", "contents") if is_v4 else ("tradeNo", "secret")
        return _success({"amount": f"{entry.amount:.2f}", number_name: _their_number(entry), secret_name: _secret(entry, now)})

    def _item(self, sku_id: int, faults: SupplierFaults) -> dict[str, Any]:
        product = self.ledger.products[sku_id]
        stock_count = 0 if faults.is_out_of_stock else self.ledger.stock_counts[sku_id]
        return {"id": sku_id, "code": shared_code(sku_id), "name": product.product_code, "stock": stock_count, "delivery_way": 0}

    def _stock(self, sku_id: int, faults: SupplierFaults) -> int:
        if sku_id not in self.ledger.products or faults.is_delisted:
            raise OrderRefused("sku_unavailable")
        return 0 if faults.is_out_of_stock else self.ledger.stock_counts[sku_id]

    def _by_their_number(self, number: str) -> SupplierOrderEntry | None:
        return next((entry for entry in self.ledger.orders.values() if _their_number(entry) == number), None)

    def _order_number(self, request: HttpRequest) -> str | None:
        fields = dict(parse_qsl(request.body.decode(errors="replace")))
        entry = self._by_their_number(fields.get("tradeNo", ""))
        return entry.downstream_order_no if entry is not None else _buyers_number(fields)


def _sku_id(fields: dict[str, str]) -> int:
    """The goods a call is about: by code at the shared shop, by number of the open API; -1 where there are none."""
    code = fields.get("shared_code") or fields.get("code") or ""
    number = fields.get("sku_id") or code.removeprefix("A")
    return int(number) if number.isascii() and number.isdigit() else -1


def _buyers_number(fields: dict[str, str]) -> str:
    return fields.get("contact") or fields.get("trade_no") or ""


def _their_number(entry: SupplierOrderEntry) -> str:
    return f"{entry.order_id:018d}"


def _secret(entry: SupplierOrderEntry, now: datetime) -> str:
    return "\n".join(entry.cards) if entry.is_delivered(now) else BY_HAND


def _success(data: Any) -> HttpReply:
    return _envelope(200, msg="success", data=data)


def _envelope(code: int, **content: Any) -> HttpReply:
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), msgspec.json.encode({"code": code, **content}))
