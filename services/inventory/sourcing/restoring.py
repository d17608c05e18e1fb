"""Making our word about cards and needs true again after a restore: the steps that the recoveries share.

A card that our word gave to a need goes to that need again, and to no other: a reservation that stands in its way is taken, and a card
that the store does not know any more is opened as lost. Only where the store itself says otherwise, which no honest backup can, the
card is kept from everybody and a person is shown the need.
"""

from __future__ import annotations

from uuid import UUID

from chassis.work import Work
from contracts.inventory import NeedMessage
from services.inventory.settlement.selling import note_sale
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.orders import open_need
from services.inventory.sourcing.seeking import ask_back
from services.inventory.sourcing.timers import SupplierSilent
from services.inventory.stock.domain.card import Card, rank_of, stock_key_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import REUSABLE
from services.inventory.stock.giving_back import give_back
from services.inventory.stock.indexes import FreeCards

CONTRADICTED = "card_contradicted"
_ENDED = (NeedStatus.ALLOCATED, NeedStatus.CLOSING, NeedStatus.CLOSED)
_WITHOUT_CARD = (NeedStatus.OPEN, NeedStatus.LAPSED, NeedStatus.SOURCING, NeedStatus.MANUAL)


def need_of(message: NeedMessage, product_code: str, work: Work) -> Need:
    """The need that a word of ours names, opened where the store has forgotten it."""
    need_id = Need.create_id(message.shop_id, message.order_number, message.line, message.unit)
    assert str(need_id) == message.need_id, "our own word names a need by an id that is not its own"
    need = work.find(Need, need_id)
    return need or open_need(message.shop_id, message.order_number, message.line, message.unit, product_code, work)


def lost_card(card_id: UUID, need: Need, supplier_code: str, work: Work, *, preview: str = "") -> Card:
    """A card that only our word knows, opened as lost."""
    return Card.lost(
        card_id,
        shop_id=need.shop_id,
        preview=preview,
        product_code=need.product_code,
        supplier_code=supplier_code,
        rank=rank_of(work.now),
    )


def give_again(need: Need, card: Card, preview: str, work: Work) -> None:
    """Allocate a card to the need that was said to have it; has it already: nothing."""
    if need.card_id == card.id and need.status is not NeedStatus.OPEN:
        return
    if not card.is_givable or need.status in _ENDED:
        _contradict(need, card, work)
        return
    if need.card_id != card.id:
        give_up_reservation(need, work)
        _take_from_others(card, work)
    work.cancel_timer(SupplierSilent, need.id)
    if card.is_withheld:
        card.restock()
    card.allocate(need_id=need.id, order_number=need.order_number, line=need.line, unit=need.unit)
    need.allocate_again(card_id=card.id, card_preview=preview, supplier_code=card.supplier_code)
    note_sale(need, card, work)
    if card.is_lost:
        ask_back(card, need, work)


def lend_again(need: Need, card_id: UUID, work: Work) -> bool:
    """Whether the card is the need's copy of a reusable one that is still known, and the need waits for it; it is given again then."""
    product = work.find(Product, Product.create_id(need.shop_id, need.product_code))
    if product is None or product.kind != REUSABLE or need.card_id is not None or need.status not in _WITHOUT_CARD:
        return False
    for row in work.look(FreeCards.NAME, stock_key_of(need.shop_id, need.product_code)):
        card = work.get(Card, row.stream_id)
        assert card.fingerprint is not None, "a lost card is free"
        if card.is_reusable and Card.copy_id(card.shop_id, card.fingerprint, need.id) == card_id:
            copy = card.lend(need_id=need.id, order_number=need.order_number, line=need.line, unit=need.unit)
            work.cancel_timer(SupplierSilent, need.id)
            need.allocate_again(card_id=copy.id, card_preview=copy.preview, supplier_code=copy.supplier_code)
            note_sale(need, copy, work)
            return True
    return False


def give_up_reservation(need: Need, work: Work) -> None:
    """Give back what an unpaid need has reserved; nothing reserved: nothing."""
    if need.status is NeedStatus.OPEN and need.card_id is not None:
        give_back(work.get(Card, need.card_id), need.id, work)
        need.unreserve()


def _take_from_others(card: Card, work: Work) -> None:
    """A reservation for another need fell into what was lost: that one stays payable, and is sourced as usual then."""
    if card.status is CardStatus.RESERVED:
        assert card.need_id is not None
        give_up_reservation(work.get(Need, card.need_id), work)


def _contradict(need: Need, card: Card, work: Work) -> None:
    if card.is_givable:
        _take_from_others(card, work)
        if card.is_withheld:
            card.restock()
        card.set_aside(becomes=CardStatus.HELD, reason=CONTRADICTED)
    if need.status in _ENDED:
        need.await_person(card.supplier_code, CONTRADICTED)
    elif need.status is not NeedStatus.MANUAL:
        give_up_reservation(need, work)
        if not need.is_paid:
            need.pay(is_late=need.status is NeedStatus.LAPSED)
        need.fail(CONTRADICTED)
