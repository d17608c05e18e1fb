"""An order as it was read from the shop becomes known, or is heard of again."""

from __future__ import annotations

from chassis.work import Work
from contracts.values import Money
from services.order.connecting.commands import ReadOrder
from services.order.domain.lines import Line
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.domain.order_beside import BY_PEOPLE, DELIVERED, UNDELIVERED

NEW, CHANGED, KNOWN, OURS = "new", "changed", "known", "ours"
"""What became of it; `ours`: an order of this number was sent to us, and is followed as that."""


def take(read: ReadOrder, shop_id: str, kind: str, work: Work) -> str:
    """Know it. A delivery by the shop counts as revealed, from the first moment on."""
    order = work.find(Order, Order.create_id(shop_id, read.order_number))
    state = read.state
    if state in UNDELIVERED and work.find(Listing, Listing.create_id(shop_id, read.product_code)) is None:
        state = BY_PEOPLE
    if order is not None:
        if order.shop_row is None:
            return OURS
        has_changed = order.hear_shop(state, card_fingerprints=read.card_fingerprints, shop_trade_number=read.trade_number)
        return CHANGED if has_changed else KNOWN
    if read.contact_reference is None:
        return KNOWN
    work.keep(read.contact_reference)
    if read.origin_reference is not None:
        work.keep(read.origin_reference)
    unit_price = Money(read.amount.amount_minor // read.quantity, read.amount.currency)
    order = Order.imported(
        shop_id=shop_id,
        order_number=read.order_number,
        lines=(Line(1, read.product_code, read.quantity, unit_price),),
        amount=read.amount,
        contact_fingerprint=read.contact_fingerprint,
        contact_reference=read.contact_reference,
        origin_reference=read.origin_reference,
        expires_at=read.placed_at,
        is_taken_over=False,
        shop_kind=kind,
        shop_row=read.shop_row,
        shop_state=state,
        shop_trade_number=read.trade_number,
    )
    if state == DELIVERED:
        order.deliver_outside(read.card_fingerprints)
    return NEW
