"""Who may ask what of this service, and what the names of orders and shops look like.

A shop's principal is of the kind `shop` and its name is the shop's id. Staff see every shop and name the one they mean.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chassis.errors import Forbidden
from chassis.tokens import Principal

SHOP_KIND = "shop"
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
    """Which shop's orders are shown: a shop's own, or the one that others name (None: all); raises Forbidden."""
    principal.require(scope)
    if principal.kind == SHOP_KIND and asked not in (None, principal.name):
        raise Forbidden(reason="another-shop")
    return principal.name if principal.kind == SHOP_KIND else asked
