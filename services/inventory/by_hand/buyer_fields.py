"""What a buyer filled in for a person who delivers: the order service keeps it in its vault, and opens it while the unit waits.

The looking is committed before anything is opened, and what is opened goes to the one who has claimed the need and nowhere else.
"""

from __future__ import annotations

import msgspec

from chassis.desk import Desk
from chassis.errors import Fault, NotFound
from services.inventory.sourcing.accounts import OpenAccount, OpenedAccount
from services.inventory.sourcing.domain.need import Need
from services.inventory.stock.domain.product import Product

PURPOSE = "hand_delivery"


class BuyerField(msgspec.Struct, frozen=True):
    """One field, with what the product calls it for people."""

    name: str
    label: str
    value: str

    def __repr__(self) -> str:
        return f"BuyerField({self.name!r})"


class BuyerFields(msgspec.Struct, frozen=True):
    """`POST /needs/{need_id}/buyer-fields`: what was filled in, in the product's order."""

    need_id: str
    order_number: str
    fields: tuple[BuyerField, ...]


async def fields_of(need: Need, desk: Desk) -> BuyerFields:
    """What the buyer of a need filled in; raises NotFound where that is nothing, or not opened any more, and Fault."""
    question = OpenAccount(shop_id=need.shop_id, order_number=need.order_number, line=need.line, purpose=PURPOSE)
    status, answer = await desk.peers.call("order", "POST", "/vault/open", question)
    if status in (404, 409):
        raise NotFound(need_id=need.id)
    if status != 200:
        raise Fault(peer="order")
    try:
        given = msgspec.json.decode(answer, type=OpenedAccount).fields
    except msgspec.DecodeError:
        raise Fault(peer="order") from None  # its text could quote a value
    product = await desk.get(Product, Product.create_id(need.shop_id, need.product_code))
    labels = {each.name: each.label for each in product.terms.fields} if product is not None else {}
    names = [*(name for name in labels if name in given), *(name for name in given if name not in labels)]
    fields = tuple(BuyerField(name, labels.get(name, name), given[name]) for name in names)
    return BuyerFields(str(need.id), need.order_number, fields)
