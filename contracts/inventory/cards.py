"""Cards: imported, opened, asked about."""

from __future__ import annotations

from contracts.fields import Count, Id, LineNumber, Name, ReasonCode, UnitNumber
from contracts.inventory.subject import InventoryMessage, NeedMessage
from contracts.message import published_by


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
class CardOpened(NeedMessage, frozen=True, kw_only=True):
    """The card was shown or sent to the buyer.

    `card_id`: UUID. `opened_count`: how often by now, this time included.
    """

    card_id: Id
    opened_count: Count


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
