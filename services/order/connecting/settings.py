"""Where a shop beside us keeps its orders.

In a TOML file::

    [services.order.shops.shop-1.connection]
    kind = "dujiaoka"
    database = "mysql://redress:…@127.0.0.1/shop"

The user should be one who may only SELECT.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chassis.secret import Secret
from protocols.shops.port import PREFIX_PATTERN, Site, site_of
from protocols.shops.registry import DIALECTS


class ConnectionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prefix` of its tables' names: None: the kind's own. `utc_offset_hours`: of the clock the shop writes by.

    `poll_seconds`: between two looks into it.
    """

    kind: Literal["dujiaoka", "acg-faka", "dujiao-next"]
    database: Secret
    prefix: Annotated[str, Meta(pattern=PREFIX_PATTERN)] | None = None
    currency: str = "CNY"
    utc_offset_hours: Annotated[int, Meta(ge=-12, le=14)] = 8
    poll_seconds: Annotated[float, Meta(gt=0)] = 5.0

    @property
    def site(self) -> Site:
        """As the shop's dialect wants it."""
        return site_of(DIALECTS[self.kind], self.prefix, self.currency, self.utc_offset_hours)
