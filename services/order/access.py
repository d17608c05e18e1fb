"""Who may ask what of this service, and what the names of orders and shops look like.

A shop's principal is of the kind `shop` and its name is the shop's id. Staff see the shops they belong to and name the one they mean;
those of the installation see every shop.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chassis.errors import Forbidden
from chassis.shops import shop_meant
from chassis.tokens import SHOP_KIND, Principal

SHOP_ID_PATTERN = r"^[0-9A-Za-z_.\-]{1,64}$"

# In msgspec's patterns `$` would let a line break through at the end; in those of the web framework it does not, and there is no `\Z`.
OrderNumber = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_\-|*@.]{1,64}\Z")]
"""What payment providers take as an order number too (`protocols.payment.is_number`)."""
ShopId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_.\-]{1,64}\Z")]


def shop_of(principal: Principal, scope: str) -> str:
    """The shop that a principal with this scope speaks for; raises Forbidden."""
    principal.require(scope)
    if principal.kind != SHOP_KIND:
        raise Forbidden(reason="only-a-shop-may")
    return principal.name


def shop_seen_by(principal: Principal, scope: str, asked: str | None) -> str | None:
    """Which shop's orders are shown (None: every shop's, to those of the installation); raises Forbidden, UnknownShop, InvalidRequest."""
    principal.require(scope)
    return asked if principal.shops is None else shop_meant(principal, asked)
