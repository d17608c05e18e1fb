"""What the inventory service says: products, suppliers, cards, and how each need for a card was met.

A *need* is one asking for the card of one (order, line, unit); `need_id` is the order's. Lines and units
count from 1. `card_id` names a card, `card_preview` shows it masked; the card itself is in no message.
`supplier_code` names own stock as well as API suppliers.
"""

from __future__ import annotations

from contracts.inventory.batches import BatchMessage, BatchRecalled, BatchReleased, BatchWithdrawn
from contracts.inventory.cards import CardOpened, CardsImported, CardVerified, LateCardStocked, LeakSuspected
from contracts.inventory.claims import ClaimAnswered, ClaimRaised, ClaimSettled, DepositChanged
from contracts.inventory.needs import (
    AllocationFailed,
    CardAllocated,
    HandDeliveryAwaited,
    NeedAwaitsPerson,
    NeedClosed,
    TopUpFailed,
    TopUpSucceeded,
)
from contracts.inventory.products import AfterSalesPolicyChanged, ProductListed, ProductResumed, ProductSuspended, StockLow, StockMessage
from contracts.inventory.sourcing import SourcingExhausted, SupplierCallFailed, SupplierErrorClass, SupplierFailedOver
from contracts.inventory.subject import InventoryMessage, NeedMessage
from contracts.inventory.suppliers import (
    SupplierBalanceLow,
    SupplierBalanceOut,
    SupplierRegistered,
    SupplierResumed,
    SupplierScored,
    SupplierSuspended,
)

__all__ = [
    "AfterSalesPolicyChanged",
    "AllocationFailed",
    "BatchMessage",
    "BatchRecalled",
    "BatchReleased",
    "BatchWithdrawn",
    "CardAllocated",
    "CardOpened",
    "CardVerified",
    "CardsImported",
    "ClaimAnswered",
    "ClaimRaised",
    "ClaimSettled",
    "DepositChanged",
    "HandDeliveryAwaited",
    "InventoryMessage",
    "LateCardStocked",
    "LeakSuspected",
    "NeedAwaitsPerson",
    "NeedClosed",
    "NeedMessage",
    "ProductListed",
    "ProductResumed",
    "ProductSuspended",
    "SourcingExhausted",
    "StockLow",
    "StockMessage",
    "SupplierBalanceLow",
    "SupplierBalanceOut",
    "SupplierCallFailed",
    "SupplierErrorClass",
    "SupplierFailedOver",
    "SupplierRegistered",
    "SupplierResumed",
    "SupplierScored",
    "SupplierSuspended",
    "TopUpFailed",
    "TopUpSucceeded",
]
