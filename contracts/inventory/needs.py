"""Needs: met by a card or a top-up, with a person, closed."""

from __future__ import annotations

from contracts.fields import Id, MaskedCard, Name, Ordinal, ReasonCode
from contracts.inventory.subject import NeedMessage
from contracts.message import published_by


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
class TopUpFailed(NeedMessage, frozen=True, kw_only=True):
    """One supplier did not make a top-up, and will not under this number; another one may be asked.

    `product_code`. `supplier_code`: who failed. `supplier_order_number`: our own number of the order there. `reason`: what the failure
    means, as in SupplierCallFailed. SourcingExhausted follows where nobody else is left.
    """

    product_code: Name
    supplier_code: Name
    supplier_order_number: Name
    reason: ReasonCode


@published_by("inventory")
class AllocationFailed(NeedMessage, frozen=True, kw_only=True):
    """A need cannot be met from stock or any supplier now. `product_code`. `reason`: code."""

    product_code: Name
    reason: ReasonCode


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
class NeedClosed(NeedMessage, frozen=True, kw_only=True):
    """The card of a need can no longer reach the buyer: the answer to each withhold, and to a DeliveryTimedOut
    that found no card; given exactly once.

    `holder_id`: UUID of the refund or case that withholds, or of the order. `card_id`: UUID, null when none was given.
    `was_opened`: whether the buyer ever saw it.
    """

    holder_id: Id
    card_id: Id | None
    was_opened: bool
