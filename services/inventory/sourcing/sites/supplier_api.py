"""A supplier with a server of its own that answers the supplier API (`protocols.supplier_api`)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from protocols.http import HttpReply, HttpRequest
from protocols.supplier_api import (
    Access,
    Order,
    build_balance,
    build_cancel,
    build_card_question,
    build_create,
    build_get,
    build_goods,
    callback_reply,
    parse_balance_reply,
    parse_callback,
    parse_card_reply,
    parse_goods_reply,
    parse_order_reply,
)
from services.inventory.settings import SupplierAccount
from services.inventory.sourcing.sites.port import (
    CardStatusWord,
    ErrorClass,
    NewOrder,
    SiteBalance,
    SiteOrder,
    SupplierError,
    SupplierOrderStatus,
    SupplierSite,
)

_STATUSES = {
    "accepted": SupplierOrderStatus.OPEN,
    "processing": SupplierOrderStatus.OPEN,
    "delivered": SupplierOrderStatus.DELIVERED,
    "succeeded": SupplierOrderStatus.DELIVERED,
    "cancelled": SupplierOrderStatus.CANCELLED,
    "failed": SupplierOrderStatus.CANCELLED,
}

NOT_ON_SALE = SupplierError(ErrorClass.DELISTED, "not_on_sale", is_effect_possible=False)


class SupplierApiSite(SupplierSite):
    """The answer to a create tells of the order as it stands, with its cards where they come at once."""

    tells_card_status = True

    takes_fields = True

    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        access = _access(self.account)
        request = build_create(
            access, order.number, sku_id=order.sku_id, callback_url=order.callback_url, fields=order.fields, now=self.now()
        )
        return _told(parse_order_reply(await self.send(request), number=order.number))

    async def find(self, number: str) -> SiteOrder | SupplierError:
        request = build_get(_access(self.account), number, now=self.now())
        return _told(parse_order_reply(await self.send(request), number=number))

    async def cancel(self, number: str) -> SiteOrder | SupplierError:
        request = build_cancel(_access(self.account), number, now=self.now())
        return _told(parse_order_reply(await self.send(request), number=number))

    async def card_status(self, number: str | None, card: str) -> CardStatusWord | SupplierError:
        told = parse_card_reply(await self.send(build_card_question(_access(self.account), number, card, now=self.now())))
        return told if isinstance(told, SupplierError) else told.status

    async def balance(self) -> SiteBalance | SupplierError:
        told = parse_balance_reply(await self.send(build_balance(_access(self.account), now=self.now())))
        return told if isinstance(told, SupplierError) else SiteBalance(Decimal(told.amount), told.currency)

    async def stock_of(self, sku_id: int) -> int | SupplierError | None:
        goods = parse_goods_reply(await self.send(build_goods(_access(self.account), sku_id, now=self.now())), sku_id=sku_id)
        if isinstance(goods, SupplierError):
            return goods
        return goods.stock_count if goods.is_on_sale else NOT_ON_SALE

    @classmethod
    def read_callback(cls, request: HttpRequest, account: SupplierAccount, *, now: datetime) -> SiteOrder:
        return _site_order(parse_callback(request, _access(account), now=now))

    @classmethod
    def callback_reply(cls) -> HttpReply:
        return callback_reply()


def _access(account: SupplierAccount) -> Access:
    return Access(account.api_key, account.api_secret.reveal())


def _told(order: Order | SupplierError) -> SiteOrder | SupplierError:
    return order if isinstance(order, SupplierError) else _site_order(order)


def _site_order(order: Order) -> SiteOrder:
    return SiteOrder(_STATUSES[order.status], order.cards, (order.sku_id,), order.number)
