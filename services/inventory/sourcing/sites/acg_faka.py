"""An acg-faka site (`protocols.acg_faka`): its shared shop, or the open API of a V4 site.

The cards come with the answer to the trade. Where that is lost, the site cannot be asked by our number, and a second trade under it
would be refused or, who knows, made: so these sites are not askable. They neither call back nor cancel.
"""

from __future__ import annotations

from typing import ClassVar

from protocols.acg_faka import (
    Article,
    SharedAccess,
    SharedBalance,
    SharedTrade,
    build_connect,
    build_query,
    build_stock,
    build_trade,
    build_v4_connect,
    build_v4_stock,
    build_v4_trade,
    parse_connect_reply,
    parse_query_reply,
    parse_stock_reply,
    parse_trade_reply,
    parse_v4_trade_reply,
)
from protocols.http import TransportFault
from services.inventory.sourcing.sites.port import (
    ErrorClass,
    NewOrder,
    SiteBalance,
    SiteOrder,
    SupplierError,
    SupplierOrderStatus,
    SupplierSite,
)

NO_SUCH_ARTICLE = SupplierError(ErrorClass.DELISTED, "no_such_article", is_effect_possible=False)


class AcgFakaSite(SupplierSite):
    """What both have in common."""

    is_askable: ClassVar[bool] = False

    @property
    def _access(self) -> SharedAccess:
        return SharedAccess(self.account.api_key, self.account.api_secret.reveal())


class SharedShopSite(AcgFakaSite):
    """A shared shop. The account's settings tell which goods' code, kind and choices stand behind an article number of ours."""

    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        article = self._article(order.sku_id)
        if article is None:
            return NO_SUCH_ARTICLE
        request = build_trade(self._access, article, quantity=1, number=order.number, contact=order.number)
        made = parse_trade_reply(await self.send(request))
        if isinstance(made, SupplierError) or made.cards or made.trade_number is None:
            return _told(made)
        # No card yet. This is the one moment at which its number there is known, so it is looked for once.
        try:
            found = parse_query_reply(await self.send(build_query(self._access, made.trade_number)))
        except TransportFault:
            return _told(made)
        return _told(made if isinstance(found, SupplierError) else found)

    async def balance(self) -> SiteBalance | SupplierError:
        return _balance(parse_connect_reply(await self.send(build_connect(self._access))))

    async def stock_of(self, sku_id: int) -> int | SupplierError | None:
        article = self._article(sku_id)
        return NO_SUCH_ARTICLE if article is None else parse_stock_reply(await self.send(build_stock(self._access, article)))

    def _article(self, sku_id: int) -> Article | None:
        named = self.account.articles.get(str(sku_id))
        return Article(named.code, named.race, named.choices) if named is not None else None


class OpenApiSite(AcgFakaSite):
    """A V4 site, whose SKU numbers are ours as well."""

    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        request = build_v4_trade(self._access, sku_id=order.sku_id, quantity=1, number=order.number)
        return _told(parse_v4_trade_reply(await self.send(request)))

    async def balance(self) -> SiteBalance | SupplierError:
        return _balance(parse_connect_reply(await self.send(build_v4_connect(self._access))))

    async def stock_of(self, sku_id: int) -> int | SupplierError | None:
        return parse_stock_reply(await self.send(build_v4_stock(self._access, sku_id)))


def _told(trade: SharedTrade | SupplierError) -> SiteOrder | SupplierError:
    if isinstance(trade, SupplierError):
        return trade
    return SiteOrder(SupplierOrderStatus.DELIVERED, trade.cards) if trade.cards else SiteOrder(SupplierOrderStatus.OPEN)


def _balance(balance: SharedBalance | SupplierError) -> SiteBalance | SupplierError:
    return balance if isinstance(balance, SupplierError) else SiteBalance(balance.balance)
