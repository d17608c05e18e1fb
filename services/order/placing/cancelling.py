"""`POST /orders/{number}/cancellation`: a shop or its buyer does not want an unpaid order any more.

Its time to pay ends now, and it lapses as any unpaid order does: a provider by which it may have been paid is asked once more before.
So it may turn out to be paid after all, and is then delivered; a payment that comes later still is a late one. A shop that may place
orders may cancel them.
"""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from chassis.desk import Desk
from chassis.responses import response_of
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.access import shop_of
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.refusals import OrderPaidAlready
from services.order.placing.timers import PaymentDue


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Let an unpaid order lapse now."""

    shop_id: str
    order_number: str


class CancellationTaken(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: placed until its provider has answered, then expired."""

    order_number: str
    state: str


@handles(CancelOrder)
def cancel_order(command: CancelOrder, work: Work) -> Answer:
    """End the time to pay: 202; the same again changes nothing. Raises NotFound, OrderPaidAlready."""
    order = work.get(Order, Order.create_id(command.shop_id, command.order_number))
    if order.state is OrderState.PAID:
        raise OrderPaidAlready(order_number=command.order_number)
    if order.ask_to_cancel():
        work.cancel_timer(PaymentDue, order.id)
        work.set_timer(PaymentDue(order.id), due_at=work.now)
    return Answer(202, CancellationTaken(order_number=order.order_number, state=order.state.value))


def routes(desk: Desk) -> APIRouter:
    """The route by which shops cancel."""
    router = APIRouter()

    @router.post("/orders/{order_number}/cancellation", status_code=202)
    async def cancel(order_number: str, request: Request) -> Response:
        """Cancel an order that is not paid."""
        shop_id = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:write")
        command = CancelOrder(shop_id=shop_id, order_number=order_number)
        return response_of(await desk.do(command, principal=f"shop/{shop_id}", route=request.url.path, key=None))

    return router
