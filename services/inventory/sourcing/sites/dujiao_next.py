"""A site with the dujiao-next upstream interface (`protocols.dujiao_next`)."""

from __future__ import annotations

from datetime import datetime

from protocols.dujiao_next import (
    SupplierAccess,
    SupplierOrder,
    build_create_order,
    build_find_order,
    callback_reply,
    parse_callback,
    parse_create_reply,
    parse_find_reply,
)
from protocols.http import HttpReply, HttpRequest, TransportFault
from services.inventory.settings import SupplierAccount
from services.inventory.sourcing.sites.port import NewOrder, SiteOrder, SupplierError, SupplierOrderStatus, SupplierSite


class DujiaoNextSite(SupplierSite):
    """The answer to a create names no card, so the order is looked for once: many suppliers deliver at once."""

    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        request = build_create_order(
            _access(self.account),
            sku_id=order.sku_id,
            quantity=1,
            downstream_order_no=order.number,
            now=self.now(),
            callback_url=order.callback_url,
        )
        made = parse_create_reply(await self.send(request))
        if isinstance(made, SupplierError):
            return made
        try:
            found = await self.find(order.number)
        except TransportFault:
            return SiteOrder(SupplierOrderStatus.OPEN)
        # It was just made: whoever says that there is no such order does not know it yet.
        return SiteOrder(SupplierOrderStatus.OPEN) if isinstance(found, SupplierError) else found

    async def find(self, number: str) -> SiteOrder | SupplierError:
        reply = await self.send(build_find_order(_access(self.account), number, now=self.now()))
        found = parse_find_reply(reply, downstream_order_no=number)
        return found if isinstance(found, SupplierError) else _told(found)

    @classmethod
    def read_callback(cls, request: HttpRequest, account: SupplierAccount, *, now: datetime) -> SiteOrder:
        return _told(parse_callback(request, _access(account), now=now))

    @classmethod
    def callback_reply(cls) -> HttpReply:
        return callback_reply()


def _access(account: SupplierAccount) -> SupplierAccess:
    return SupplierAccess(account.api_key, account.api_secret.reveal())


def _told(order: SupplierOrder) -> SiteOrder:
    return SiteOrder(order.status, order.cards, order.sku_ids, order.downstream_order_no)
