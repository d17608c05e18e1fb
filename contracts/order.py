"""What the order service says: an order from its placing over its payment to the card in the buyer's hands.

A *unit* is one card of one line; (order, line, unit) is what a buyer is entitled to. A *need* is one asking
for that card, its id stays the same while the same need is asked again. Lines and units count from 1. No
message holds a card, a contact or a buyer's text.
"""

from __future__ import annotations

import msgspec

from contracts.fields import (
    Count,
    Fingerprint,
    Id,
    LineNumber,
    MaskedCard,
    Milliseconds,
    Moment,
    Name,
    Ordinal,
    Quantity,
    ReasonCode,
    Seconds,
    UnitNumber,
)
from contracts.message import Message, published_by
from contracts.values import Money


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order.

    `line`: its number, from 1. `product_code`: what is bought. `quantity`: cards bought, at least 1.
    `unit_price`: for one card.
    """

    line: LineNumber
    product_code: Name
    quantity: Quantity
    unit_price: Money


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What is promised after the sale of a product.

    `version`: of the product's policy, as inventory's AfterSalesPolicyChanged tells it.
    """

    product_code: Name
    version: Ordinal


class OrderMessage(Message, frozen=True, kw_only=True):
    """`order_number`: the shop's number, the buyer knows it. `shop_id`: the shop that sold."""

    order_number: Name
    shop_id: Name


@published_by("order")
class OrderPlaced(OrderMessage, frozen=True, kw_only=True):
    """A buyer ordered and has not paid yet.

    `order_id`: UUID. `lines`: what is bought, by line number. `amount`: to be paid. `contact_fingerprint`:
    HMAC of the buyer's contact, equal for equal contacts of one installation. `expires_at`: unpaid until
    then, the order expires. `is_taken_over`: sold by a shop beside us that sent the order, not by our own.
    """

    order_id: Id
    lines: tuple[OrderLine, ...]
    amount: Money
    contact_fingerprint: Fingerprint
    expires_at: Moment
    is_taken_over: bool


@published_by("order")
class PaymentConfirmed(OrderMessage, frozen=True, kw_only=True):
    """An order is paid in full; delivery follows.

    `order_id`: UUID. `provider`: code of the payment provider. `provider_trade_number`: the provider's
    number of the payment. `amount`: what was paid. `paid_at`: when, by the provider. `is_late`: the order
    had expired. `lines`: what must be delivered. `policy_versions`: which version of each product's
    after-sales policy holds for this order for ever; a product that has none is absent.
    """

    order_id: Id
    provider: Name
    provider_trade_number: Name
    amount: Money
    paid_at: Moment
    is_late: bool
    lines: tuple[OrderLine, ...]
    policy_versions: tuple[PolicyVersion, ...] = ()


@published_by("order")
class PaymentRejected(OrderMessage, frozen=True, kw_only=True):
    """A payment notice was refused: forged, for another amount, for no order of ours.

    `order_id`: UUID, null when the notice names no order we know (`order_number` is then the notice's own
    word). `provider`: code of the provider whose notice it claims to be. `reason`: code.
    `provider_trade_number`: as the notice says, null when it does not. `amount`: what was really paid, where a
    genuine payment was refused for its amount: that money must go back. Said once for each payment.
    """

    order_id: Id | None
    provider: Name
    reason: ReasonCode
    provider_trade_number: Name | None
    amount: Money | None = None


@published_by("order")
class PaymentDuplicated(OrderMessage, frozen=True, kw_only=True):
    """A second, different payment arrived for an order that was paid already: its money must go back.

    `order_id`: UUID. `provider`, `provider_trade_number`, `amount`: of the second payment.
    """

    order_id: Id
    provider: Name
    provider_trade_number: Name
    amount: Money


@published_by("order")
class OrderExpired(OrderMessage, frozen=True, kw_only=True):
    """An order was not paid in time. `order_id`: UUID. `lines`: what need not be kept for it any longer."""

    order_id: Id
    lines: tuple[OrderLine, ...]


@published_by("order")
class RedeliveryRequested(OrderMessage, frozen=True, kw_only=True):
    """A paid unit is still without its card, so the same need is asked again.

    `order_id`: UUID. `line`, `unit`: which card. `need_id`: UUID, unchanged. `asked_count`: how often it
    was asked by now, this time included.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    asked_count: Count


@published_by("order")
class CardDelivered(OrderMessage, frozen=True, kw_only=True):
    """The buyer can have the card of one unit from now on.

    `order_id`: UUID. `line`, `unit`: which card. `need_id`: UUID of the need it answers. `product_code`.
    `card_id`: UUID; of a top-up, which has no card, its `need_id`. `card_preview`: masked card, or
    account of a top-up. `supplier_code`: where the card came from.
    `delivery_milliseconds`: since the payment was confirmed.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    product_code: Name
    card_id: Id
    card_preview: MaskedCard
    supplier_code: Name
    delivery_milliseconds: Milliseconds


@published_by("order")
class DeliverySlow(OrderMessage, frozen=True, kw_only=True):
    """A unit takes longer than its product usually does: time to tell the buyer.

    `order_id`: UUID. `line`, `unit`, `need_id` (UUID), `product_code`: which card. `expected_milliseconds`:
    the product's live 95th percentile that was passed.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    product_code: Name
    expected_milliseconds: Milliseconds


@published_by("order")
class DeliveryOverdue(OrderMessage, frozen=True, kw_only=True):
    """A unit is undelivered past its limit.

    `order_id`: UUID. `line`, `unit`, `need_id` (UUID), `product_code`: which card. `overdue_seconds`: since
    the payment was confirmed.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    product_code: Name
    overdue_seconds: Seconds


@published_by("order")
class DeliveryTimedOut(OrderMessage, frozen=True, kw_only=True):
    """The last deadline of an undelivered unit has passed: no card is to be looked for any more.

    What is under way is cancelled or asked first, and may still be delivered; inventory answers with the card
    or with NeedClosed. `order_id`: UUID. `line`, `unit`, `need_id` (UUID), `product_code`: which card.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    product_code: Name


@published_by("order")
class DeliveryFailed(OrderMessage, frozen=True, kw_only=True):
    """A unit will not be delivered by itself: a person or a refund must end it.

    `order_id`: UUID. `line`, `unit`, `need_id` (UUID), `product_code`: which card. `reason`: code.
    """

    order_id: Id
    line: LineNumber
    unit: UnitNumber
    need_id: Id
    product_code: Name
    reason: ReasonCode


@published_by("order")
class OrderClosed(OrderMessage, frozen=True, kw_only=True):
    """Nothing more will happen to an order by itself.

    `order_id`: UUID. `outcome`: code, such as `delivered`, `expired`, `failed`.
    """

    order_id: Id
    outcome: ReasonCode


@published_by("order")
class NoticeGivenUp(OrderMessage, frozen=True, kw_only=True):
    """A genuine payment notice did not reach the shop that it was passed on to, and is tried no more: a person looks after it.

    `order_number`: as the notice says; the shop's, so that we may not know it. `provider`: code. `try_count`: how often it was tried.
    `verdict`: code of what came of the last try.
    """

    provider: Name
    try_count: Count
    verdict: ReasonCode


class ChannelMessage(Message, frozen=True, kw_only=True):
    """`shop_id`: whose buyers. `channel`: code of the payment provider."""

    shop_id: Name
    channel: Name


@published_by("order")
class ChannelHidden(ChannelMessage, frozen=True, kw_only=True):
    """A payment channel fails and is not offered to buyers for a while.

    `reason`: code. `paid_count`, `failed_count`, `unpaid_count`: of its newest payments, what this rests on.
    `until`: when it is tried again.
    """

    reason: ReasonCode
    paid_count: Count
    failed_count: Count
    unpaid_count: Count
    until: Moment


@published_by("order")
class ChannelOffered(ChannelMessage, frozen=True, kw_only=True):
    """A payment channel that was hidden is offered again. `reason`: its pause is over, a payment, or a person."""

    reason: ReasonCode


@published_by("order")
class OrderImported(OrderMessage, frozen=True, kw_only=True):
    """An order of a shop beside us was read from that shop: imported, no proof. It is known, and the shop delivers it.

    `order_id`: UUID. `shop_kind`: what the shop runs on. `lines`, `amount`: as the shop says. `contact_fingerprint`: HMAC of the
    buyer's contact. `placed_at`: when, by the shop's clock. `shop_state`: code of how it stood there when it was read.
    """

    order_id: Id
    shop_kind: ReasonCode
    lines: tuple[OrderLine, ...]
    amount: Money
    contact_fingerprint: Fingerprint
    placed_at: Moment
    shop_state: ReasonCode


@published_by("order")
class OrderDeliveredOutside(OrderMessage, frozen=True, kw_only=True):
    """The shop beside us has delivered an order itself; that counts as revealed.

    `order_id`: UUID. `product_code`. `card_fingerprints`: HMACs of the cards it gave, as far as it says which. `is_double`: we had
    delivered the order as well, or begun to.
    """

    order_id: Id
    product_code: Name
    card_fingerprints: tuple[Fingerprint, ...]
    is_double: bool


@published_by("order")
class ShopModeChanged(Message, frozen=True, kw_only=True):
    """Who delivers the orders of a shop beside us from now on.

    `shop_id`. `shop_kind`: what the shop runs on. `mode`: code: `watch`, `fill_in`, `taking_over`, `take_over` or `giving_back`.
    `is_taken_over`: the shop's unsold cards are stock of ours. `change_count`: counts the changes, from 1.
    """

    shop_id: Name
    shop_kind: ReasonCode
    mode: ReasonCode
    is_taken_over: bool
    change_count: Ordinal
