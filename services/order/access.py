"""Who may ask what of this service.

A shop's principal is of the kind `shop` and its name is the shop's id. Staff see every shop and name the one they mean.
"""

from __future__ import annotations

from chassis.errors import Forbidden
from chassis.tokens import Principal

SHOP_KIND = "shop"


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
