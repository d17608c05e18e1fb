"""What a rule of the order service says no to."""

from __future__ import annotations

from chassis.errors import ContractError, Refusal


class UnknownProduct(Refusal):
    code = "unknown-product"
    title = "The product is not listed; list it first and send the order again"
    status = 422
    is_kept = False  # the listing may be on its way from inventory, and a shop's key is often its order number


class AccountMissing(ContractError):
    """`line` names the line; `field` the first field that is missing."""

    code = "account-missing"
    title = "Say what the product asks of its buyer, in the fields of its line"


class ProductOffSale(Refusal):
    code = "product-off-sale"
    title = "The product is sold out for now"
    is_kept = False  # it comes back with the stock


class OrderNumberTaken(Refusal):
    code = "order-number-taken"
    title = "This order number belongs to another order"


class TooManyUnits(ContractError):
    code = "too-many-units"
    title = "One order may hold only so many cards"


class UnfitOrderAmount(ContractError):
    code = "unfit-order-amount"
    title = "An order has one currency and an amount above zero"


class NothingToReveal(Refusal):
    code = "nothing-to-reveal"
    title = "This unit has no card that can be shown"


class NothingInDoubt(Refusal):
    code = "nothing-in-doubt"
    title = "No payment of this order waits for a decision"


class PaymentNotNamed(ContractError):
    code = "payment-not-named"
    title = "Name the provider and its trade number: by which payment the order was paid is not known here"


class PaymentNotOffered(Refusal):
    code = "payment-not-offered"
    title = "Payments by this channel cannot be created for this shop"
    is_kept = False


class OrderNumberUnfit(ContractError):
    """`channel` does not take such numbers: a shorter or longer one, or other signs than it knows."""

    code = "order-number-unfit"
    title = "This channel takes no payments under such an order number: offer the buyer another one of GET /orders/{order_number}/payments"


class OrderPaidAlready(Refusal):
    code = "order-paid-already"
    title = "The order is paid: it is delivered or refunded, not cancelled"


class ChannelHiddenNow(Refusal):
    code = "channel-hidden"
    title = "This channel fails at present: offer the buyer another one of GET /orders/{order_number}/payments"
    is_kept = False


class OrderNotPayable(Refusal):
    code = "order-not-payable"
    title = "The order is paid already, or its time to pay is over"
