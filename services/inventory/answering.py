"""What the routes share: who may ask, and what names in a request look like."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request

from chassis.desk import Desk
from chassis.shops import shop_meant
from chassis.tokens import Principal
from services.inventory.stock.commands import NAME_PATTERN

READ, WRITE, NEEDS = "inventory:read", "inventory:write", "needs:write"

Asked = Annotated[str, Query(pattern=NAME_PATTERN + "$")]
"""A name in the query; the web framework's `$` is the very end of the text."""
AskedShop = Annotated[str | None, Query(alias="shop_id", pattern=NAME_PATTERN + "$")]
"""The shop that a query names; one of a single shop may leave it out."""
Named = Annotated[str, Path(pattern=NAME_PATTERN + "$")]
"""A name in the path."""


def allowed(desk: Desk, request: Request, scope: str) -> Principal:
    """Who asks, if they have the scope; raises Unauthorised, Forbidden."""
    principal = desk.authenticate(request.headers.get("authorization"))
    principal.require(scope)
    return principal


def allowed_in(desk: Desk, request: Request, scope: str, asked_shop: str | None) -> str:
    """The shop that is asked about, if who asks has the scope and belongs to it; raises Unauthorised, Forbidden, UnknownShop."""
    return shop_meant(allowed(desk, request, scope), asked_shop)
