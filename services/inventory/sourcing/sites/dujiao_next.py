"""A site with the dujiao-next upstream interface (`protocols.dujiao_next`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from protocols.dujiao_next import (
    SupplierAccess,
    SupplierOrder,
    build_cancel_order,
    build_create_order,
    build_find_order,
    build_ping,
    build_products,
    callback_reply,
    parse_callback,
    parse_cancel_reply,
    parse_create_reply,
    parse_find_reply,
    parse_ping_reply,
    parse_products_reply,
)
from protocols.http import HttpReply, HttpRequest, TransportFault
from protocols.payment import is_yuan
from protocols.supplier import unreadable
from services.inventory.settings import SupplierAccount
from services.inventory.sourcing.sites.port import NewOrder, SiteBalance, SiteOrder, SupplierError, SupplierOrderStatus, SupplierSite

PAGE_SIZE = 100
MAX_PAGES = 50


class DujiaoNextSite(SupplierSite):
    """The answer to a create names no card, so the order is looked for once: many suppliers deliver at once."""

    takes_fields = True

    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        request = build_create_order(
            _access(self.account),
            sku_id=order.sku_id,
            quantity=1,
            downstream_order_no=order.number,
            now=self.now(),
            callback_url=order.callback_url,
            manual_form_data=order.fields,
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

    async def cancel(self, number: str) -> SiteOrder | SupplierError:
        """In two calls, since an order is cancelled by the site's own number."""
        access = _access(self.account)
        found = parse_find_reply(await self.send(build_find_order(access, number, now=self.now())), downstream_order_no=number)
        if isinstance(found, SupplierError):
            return found
        cancelled = parse_cancel_reply(await self.send(build_cancel_order(access, found.order_id, now=self.now())))
        return cancelled if isinstance(cancelled, SupplierError) else _told(cancelled)

    async def balance(self) -> SiteBalance | SupplierError:
        told = parse_ping_reply(await self.send(build_ping(_access(self.account), now=self.now())))
        if isinstance(told, SupplierError):
            return told
        return SiteBalance(Decimal(told.balance), told.currency) if is_yuan(told.balance) else unreadable(200)

    async def stock(self, sku_ids: Collection[int]) -> Mapping[int, int | None] | SupplierError:
        counts: dict[int, int | None] = {}
        for page in range(1, MAX_PAGES + 1):
            request = build_products(_access(self.account), now=self.now(), page=page, page_size=PAGE_SIZE)
            listed = parse_products_reply(await self.send(request))
            if isinstance(listed, SupplierError):
                return listed
            counts.update({each.sku_id: each.stock_count for each in listed if each.is_active and each.sku_id in sku_ids})
            # A product has one SKU at least, so a page with fewer is the last.
            if len(listed) < PAGE_SIZE or all(sku_id in counts for sku_id in sku_ids):
                break
        return counts

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
