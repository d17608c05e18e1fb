"""Routes of a product's after-sales policy. What is promised is told to everybody, before anything is bought.

PUT /products/{product_code}/after-sales-policy             inventory:write
GET /products/{product_code}/after-sales-policy?shop_id=    public, limited by address
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.desk import Desk
from chassis.problem import decoded
from chassis.rate_limit import RateLimit
from chassis.responses import response_of
from chassis.shops import shop_meant
from services.inventory.answering import WRITE, Asked, Named, allowed
from services.inventory.stock.commands import SetPolicy
from services.inventory.stock.domain.product import Product
from services.inventory.stock.wire import PolicyBody, PolicyShown

LOOKS_BY_ADDRESS = RateLimit("policies-by-ip", 120, 60)


def policy_routes(desk: Desk) -> APIRouter:
    """Setting a policy, for operators, and reading it, for everybody."""
    router = APIRouter()

    @router.put("/products/{product_code}/after-sales-policy")
    async def set_policy(request: Request, product_code: Named) -> Response:
        """Say what is promised after the sale to those who pay from now on; each change is a new version."""
        principal = allowed(desk, request, WRITE)
        body = decoded(await request.body(), PolicyBody)
        command = SetPolicy(shop_id=shop_meant(principal, body.shop_id), product_code=product_code, policy=body.policy)
        return response_of(await desk.do(command, principal=principal.name, route="after-sales-policy", key=None))

    @router.get("/products/{product_code}/after-sales-policy")
    async def policy(request: Request, product_code: Named, shop_id: Asked) -> Response:
        """What is promised now; `policy` is null where nothing is, beyond a card that works when it is delivered.

        A product that there is not is answered like one that promises nothing: a stranger learns no shop's list of products here.
        """
        await desk.rate_limiter.take(LOOKS_BY_ADDRESS, request.client.host if request.client else "")
        found = await desk.get(Product, Product.create_id(shop_id, product_code))
        shown = PolicyShown(product_code, found.policy_version if found else 0, found.policy if found else None)
        return Response(msgspec.json.encode(shown), media_type="application/json")

    return router
