"""What the two sides of the supplier API say to each other, in JSON.

Amounts are decimal text in whole or hundredth units ("45.00"), currencies ISO codes, times RFC 3339. Readers ignore fields that they do
not know. Whatever holds a card shows none of it in its `repr`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Number = Annotated[
    str, Meta(pattern=r"^[0-9A-Za-z_.-]{1,64}$", description="The buying side's number of the order; unique, never used again.")
]
SkuId = Annotated[int, Meta(ge=0, le=2**53 - 1, description="The supplier's number of what it sells.")]
Quantity = Annotated[int, Meta(ge=1, le=1_000)]
Amount = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$", description="Decimal text.")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3,5}$")]
Secret = Annotated[str, Meta(min_length=1, max_length=10_000, description="One card, as the buyer gets it.")]

FieldName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
FieldValue = Annotated[str, Meta(max_length=500)]

OrderState = Literal["accepted", "processing", "delivered", "succeeded", "cancelled", "failed"]
CardState = Literal["valid", "used", "invalid", "temporary_fault"]


class OrderRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be bought. `callback_url`: where the supplier may tell that the order has changed.

    `fields`: for a top-up, whom it is for: what the buyer gave under the names that were agreed. Never log it.
    """

    sku_id: SkuId
    quantity: Quantity = 1
    callback_url: Annotated[str, Meta(max_length=500)] | None = None
    fields: dict[FieldName, FieldValue] = {}

    def __repr__(self) -> str:
        return f"OrderRequest(sku_id={self.sku_id}, quantity={self.quantity})"


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an order stands.

    `accepted`: taken, not begun. `processing`: it is paid for, cards will come, or the top-up is being made. `delivered`: `cards` has as
    many as were ordered. `succeeded`: the top-up is made; there is no card. `cancelled`, `failed`: nothing will come and nothing was made,
    the money is back; `reason` is one of the failure codes, where there is one to tell.
    """

    number: Number
    sku_id: SkuId
    quantity: Quantity
    status: OrderState
    amount: Amount
    currency: Currency
    cards: Annotated[tuple[Secret, ...], Meta(max_length=1_000)] = ()
    reason: str | None = None

    def __repr__(self) -> str:
        return f"Order(number={self.number!r}, status={self.status!r}, sku_id={self.sku_id}, {len(self.cards)} cards)"


class Balance(Struct, frozen=True, kw_only=True):
    """What is left of the buying side's money at the supplier."""

    amount: Amount
    currency: Currency


class Goods(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the supplier sells. `stock_count` absent: as many as anybody wants."""

    sku_id: SkuId
    name: Annotated[str, Meta(max_length=200)]
    price: Amount
    currency: Currency
    is_on_sale: bool
    stock_count: Annotated[int, Meta(ge=0)] | None = None


class GoodsPage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods in order of `sku_id`. `next_after`: what to ask for to see more; absent on the last page."""

    goods: tuple[Goods, ...]
    next_after: SkuId | None = None


class CardQuestion(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a card still works. `number`: of the order that brought it; absent for a card that was sold in a file."""

    number: Number | None = None
    card: Secret

    def __repr__(self) -> str:
        return f"CardQuestion(number={self.number!r})"


class CardAnswer(Struct, frozen=True, kw_only=True):
    """`temporary_fault`: it will work again by itself. `used`: it worked for somebody. `invalid`: it never will."""

    status: CardState
    checked_at: Annotated[str, Meta(description="When this was so, RFC 3339 in UTC.")]


class OrderChanged(Struct, frozen=True, kw_only=True):
    """The callback: an order stands elsewhere than it was last told."""

    event: Literal["order.changed"]
    order: Order


class Failure(Struct, frozen=True, kw_only=True):
    """A definite no. `error` decides what the buying side does next; `message` is for people and names no card."""

    error: Annotated[str, Meta(pattern=r"^[a-z_]{1,50}$")]
    message: Annotated[str, Meta(max_length=500)] = ""
