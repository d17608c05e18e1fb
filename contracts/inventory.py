"""What the inventory service says: products, suppliers, cards, and how each need for a card was met.

A *need* is one asking for the card of one (order, line, unit); `need_id` is the order's. Lines and units
count from 1. `card_id` names a card, `card_preview` shows it masked; the card itself is in no message.
`supplier_code` names own stock as well as API suppliers.
"""

from __future__ import annotations

from typing import Literal

from contracts.fields import (
    Count,
    CurrencyCode,
    Id,
    LineNumber,
    MaskedCard,
    Moment,
    Name,
    Ordinal,
    Quantity,
    ReasonCode,
    Score,
    SignedMinor,
    UnitNumber,
)
from contracts.message import Message, published_by
from contracts.values import AfterSalesPolicy, Money, ProductField

SupplierErrorClass = Literal["temporary", "out_of_stock", "no_balance", "delisted", "invalid_card", "refused", "unknown"]
"""What a failed supplier call means; `unknown`: nobody can say yet, it must be asked about first."""


class InventoryMessage(Message, frozen=True, kw_only=True):
    """`shop_id`: the shop whose stock or order it is about."""

    shop_id: Name


class NeedMessage(InventoryMessage, frozen=True, kw_only=True):
    """`order_number`, `line`, `unit`: for which card of which order. `need_id`: UUID of the need."""

    order_number: Name
    line: LineNumber
    unit: UnitNumber
    need_id: Id


@published_by("inventory")
class ProductListed(InventoryMessage, frozen=True, kw_only=True):
    """A product can be ordered from now on.

    `product_id`: UUID. `product_code`: the shop's code, in order lines. `name`: as buyers see it. `kind`:
    `card`, `account`, `reusable`, `manual`, `top_up`. `fields`: of what it is made, for an account; what the
    buyer fills in, for a top-up. `use_limit`: so often
    one card of the kind reusable is given, null: without end. `is_sent`: goods, of the kind manual.
    """

    product_id: Id
    product_code: Name
    name: Name
    kind: ReasonCode
    fields: tuple[ProductField, ...] = ()
    use_limit: Quantity | None = None
    is_sent: bool = False


@published_by("inventory")
class AfterSalesPolicyChanged(InventoryMessage, frozen=True, kw_only=True):
    """What the shop promises after the sale of a product, for orders that are paid from now on.

    `product_id`: UUID. `product_code`. `version`: of the product's policy, from 1; each change is a new one. `policy`: all of it.
    """

    product_id: Id
    product_code: Name
    version: Ordinal
    policy: AfterSalesPolicy


class StockMessage(InventoryMessage, frozen=True, kw_only=True):
    """How much of a product there is.

    `product_id`: UUID. `product_code`. `free_count`: own cards that nobody has, counted no further than the number that is few.
    `supplier_count`: suppliers that take orders for it now; counted where own cards are few.
    """

    product_id: Id
    product_code: Name
    free_count: Count
    supplier_count: Count


@published_by("inventory")
class StockLow(StockMessage, frozen=True, kw_only=True):
    """Few own cards of a product are left, as many as `low_count` or fewer. Told when that begins, not with each sale."""

    low_count: Count


@published_by("inventory")
class ProductSuspended(StockMessage, frozen=True, kw_only=True):
    """A product is off sale: orders for it are refused until ProductResumed. `reason`: code, such as `out_of_stock`."""

    reason: ReasonCode


@published_by("inventory")
class ProductResumed(StockMessage, frozen=True, kw_only=True):
    """A product that was suspended can be ordered again."""


@published_by("inventory")
class SupplierRegistered(InventoryMessage, frozen=True, kw_only=True):
    """A source of cards is known.

    `supplier_id`: UUID. `supplier_code`: its code. `kind`: code of its protocol, or `own_stock`.
    """

    supplier_id: Id
    supplier_code: Name
    kind: ReasonCode


@published_by("inventory")
class CardsImported(InventoryMessage, frozen=True, kw_only=True):
    """A file of cards became stock.

    `batch_id`: UUID. `product_code`: of all its cards. `supplier_code`: who sold them to us. `card_count`:
    cards taken in, without duplicates and refused lines.
    """

    batch_id: Id
    product_code: Name
    supplier_code: Name
    card_count: Count


@published_by("inventory")
class CardAllocated(NeedMessage, frozen=True, kw_only=True):
    """A card was given to a need, and to no other.

    `attempt`: which card of this unit it is, from 1. `product_code`. `card_id`: UUID. `card_preview`:
    masked. `supplier_code`: where it came from.
    """

    attempt: Ordinal
    product_code: Name
    card_id: Id
    card_preview: MaskedCard
    supplier_code: Name


@published_by("inventory")
class TopUpSucceeded(NeedMessage, frozen=True, kw_only=True):
    """A supplier has made a top-up to the buyer's account; there is no card. `product_code`. `supplier_code`: who made it."""

    product_code: Name
    supplier_code: Name


@published_by("inventory")
class AllocationFailed(NeedMessage, frozen=True, kw_only=True):
    """A need cannot be met from stock or any supplier now. `product_code`. `reason`: code."""

    product_code: Name
    reason: ReasonCode


@published_by("inventory")
class CardVerified(InventoryMessage, frozen=True, kw_only=True):
    """The supplier of a card was asked whether it still works; or could not be.

    `card_id`: UUID. `product_code`, `supplier_code`: what it is and who was asked. `result`: `valid`, `used`, `invalid`, `temporary_fault`
    (it will work again by itself, and was asked about for as long as the limits allow), `not_askable`, `no_answer`. `order_number`,
    `line`, `unit`: whose it is, null where it is nobody's yet. `was_opened`: whether its buyer ever saw it.
    """

    card_id: Id
    product_code: Name
    supplier_code: Name
    result: ReasonCode
    order_number: Name | None
    line: LineNumber | None
    unit: UnitNumber | None
    was_opened: bool


@published_by("inventory")
class LeakSuspected(InventoryMessage, frozen=True, kw_only=True):
    """A card was used before its buyer could have seen it: somebody else knows it, and maybe others of its batch.

    `card_id`: UUID. `product_code`, `supplier_code`: what and whose it is. `batch_id`: UUID of the batch, which is stopped; null for a
    card that came by a single order. `order_number`: whose the card is, null where it is nobody's yet.
    """

    card_id: Id
    product_code: Name
    supplier_code: Name
    batch_id: Id | None
    order_number: Name | None


class BatchMessage(InventoryMessage, frozen=True, kw_only=True):
    """`batch_id`: UUID. `product_code`, `supplier_code`: of all its cards."""

    batch_id: Id
    product_code: Name
    supplier_code: Name


@published_by("inventory")
class BatchRecalled(BatchMessage, frozen=True, kw_only=True):
    """From here on no card of a batch is given to anybody, until it is released.

    `reason`: code, such as `bad_sample`, `leak_suspected`, or a person's. `bad_count` of `told_count`: cards of a sample that are bad, of
    those that the supplier told about; both 0 where nobody counted.
    """

    reason: ReasonCode
    bad_count: Count
    told_count: Count


@published_by("inventory")
class BatchReleased(BatchMessage, frozen=True, kw_only=True):
    """A batch that was recalled is on sale again."""


@published_by("inventory")
class BatchWithdrawn(BatchMessage, frozen=True, kw_only=True):
    """What is unsold of a recalled batch goes out of stock for good."""


@published_by("inventory")
class CardOpened(NeedMessage, frozen=True, kw_only=True):
    """The card was shown or sent to the buyer.

    `card_id`: UUID. `opened_count`: how often by now, this time included.
    """

    card_id: Id
    opened_count: Count


@published_by("inventory")
class NeedClosed(NeedMessage, frozen=True, kw_only=True):
    """The card of a need can no longer reach the buyer: the answer to each withhold, and to a DeliveryTimedOut
    that found no card; given exactly once.

    `holder_id`: UUID of the refund or case that withholds, or of the order. `card_id`: UUID, null when none was given.
    `was_opened`: whether the buyer ever saw it.
    """

    holder_id: Id
    card_id: Id | None
    was_opened: bool


@published_by("inventory")
class SupplierCallFailed(NeedMessage, frozen=True, kw_only=True):
    """One call to a supplier brought no card.

    `product_code`. `supplier_code`: who was called. `error_class`: what the failure means. `call_number`:
    which call of this need to this supplier, from 1.
    """

    product_code: Name
    supplier_code: Name
    error_class: SupplierErrorClass
    call_number: Ordinal


@published_by("inventory")
class SupplierFailedOver(NeedMessage, frozen=True, kw_only=True):
    """A need went on to another supplier.

    `product_code`. `from_supplier`, `to_supplier`: supplier codes. `reason`: code.
    """

    product_code: Name
    from_supplier: Name
    to_supplier: Name
    reason: ReasonCode


@published_by("inventory")
class SourcingExhausted(NeedMessage, frozen=True, kw_only=True):
    """No supplier is left to ask.

    `product_code`. `tried_suppliers`: supplier codes in the order they were asked, may be empty. `passed_over_suppliers`:
    codes of those that take no orders for a while, such as one that has no money of ours; they may be asked yet.
    """

    product_code: Name
    tried_suppliers: tuple[Name, ...]
    passed_over_suppliers: tuple[Name, ...] = ()


@published_by("inventory")
class NeedAwaitsPerson(NeedMessage, frozen=True, kw_only=True):
    """A need waits in the manual queue.

    `product_code`. `supplier_code`: with whom it got stuck. `reason`: code.
    """

    product_code: Name
    supplier_code: Name
    reason: ReasonCode


@published_by("inventory")
class HandDeliveryAwaited(NeedMessage, frozen=True, kw_only=True):
    """A paid unit waits for a person who delivers it: its product is of the kind manual. `product_code`."""

    product_code: Name


@published_by("inventory")
class ClaimRaised(NeedMessage, frozen=True, kw_only=True):
    """A supplier owes us for a loss.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `reason`: code. `card_id`: UUID of the
    bad card, null when none came. `amount`: what the card cost us, null when nobody knows. `card_preview`:
    masked, null when no card came. `answer_due_at`: silence until then accepts; null: it waits for an answer.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    reason: ReasonCode
    card_id: Id | None
    amount: Money | None = None
    card_preview: MaskedCard | None = None
    answer_due_at: Moment | None = None


@published_by("inventory")
class ClaimAnswered(NeedMessage, frozen=True, kw_only=True):
    """A supplier, or staff on its behalf, answered a claim; a rejected one waits for staff to decide.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `is_accepted`. `reason`: code.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    is_accepted: bool
    reason: ReasonCode


@published_by("inventory")
class ClaimSettled(NeedMessage, frozen=True, kw_only=True):
    """The end of a claim, said exactly once.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `outcome`: `accepted`, `silent` (no
    answer in time accepts) or `upheld`, by which the supplier owes; or `dropped`. `amount`: what was
    claimed, null when nobody knows. `reason`: code.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    outcome: ReasonCode
    amount: Money | None
    reason: ReasonCode


@published_by("inventory")
class DepositChanged(InventoryMessage, frozen=True, kw_only=True):
    """A supplier's deposit: an entry was made, or its lines were drawn anew.

    `supplier_code`, `currency`: whose. `kind`: `top_up`, `claim`, `release`, `correction`, or `lines`.
    `entry_key`: the entry's own name, null for lines. `amount_minor`: below nothing for what went out.
    `balance_minor`: afterwards; below nothing the supplier owes. `warning_minor`, `floor_minor`: the lines.
    `level`: `in_order`, `low` (below the warning line) or `stopped` (below the floor: no new orders).
    `reason`: code.
    """

    supplier_code: Name
    currency: CurrencyCode
    kind: ReasonCode
    entry_key: Name | None
    amount_minor: SignedMinor
    balance_minor: SignedMinor
    warning_minor: SignedMinor
    floor_minor: SignedMinor
    level: ReasonCode
    reason: ReasonCode


@published_by("inventory")
class LateCardStocked(InventoryMessage, frozen=True, kw_only=True):
    """A card came after its need was met otherwise, and became stock.

    `need_id`: UUID of that need. `order_number`: its order. `product_code`. `supplier_code`: who sent it
    late. `card_id`: UUID.
    """

    need_id: Id
    order_number: Name
    product_code: Name
    supplier_code: Name
    card_id: Id


@published_by("inventory")
class SupplierScored(InventoryMessage, frozen=True, kw_only=True):
    """A supplier's score changed.

    `supplier_code`. `score`: 0 worst to 100 best. `sample_count`: calls it rests on.
    """

    supplier_code: Name
    score: Score
    sample_count: Count


@published_by("inventory")
class SupplierSuspended(InventoryMessage, frozen=True, kw_only=True):
    """A supplier gets no new orders from now on; what was ordered before is still asked about.

    `supplier_code`. `reason`: `low_score`, `faults_in_row`, `probation_failed`, or a person's word for it. `probation_at`: when it may
    prove itself, with one order at a time; null: when a person says so. `score`, `sample_count`, `faults_in_row`: what it was judged by.
    """

    supplier_code: Name
    reason: ReasonCode
    probation_at: Moment | None
    score: Score | None
    sample_count: Count
    faults_in_row: Count


@published_by("inventory")
class SupplierResumed(InventoryMessage, frozen=True, kw_only=True):
    """A supplier that was suspended gets orders as ever.

    `supplier_code`. `reason`: `probation_passed`, or a person's word for it.
    """

    supplier_code: Name
    reason: ReasonCode


@published_by("inventory")
class SupplierBalanceLow(InventoryMessage, frozen=True, kw_only=True):
    """Less of our money is left at a supplier than the shop wants there.

    `supplier_code`. `balance`: what is left. `floor`: what should be.
    """

    supplier_code: Name
    balance: Money
    floor: Money


@published_by("inventory")
class SupplierBalanceOut(InventoryMessage, frozen=True, kw_only=True):
    """A supplier refused an order since our money there does not suffice; nothing more is ordered there until there is some.

    `supplier_code`. `product_code`: what was ordered. `needed`: what one costs; null: not known.
    """

    supplier_code: Name
    product_code: Name
    needed: Money | None
