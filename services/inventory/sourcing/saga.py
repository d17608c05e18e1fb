"""The sourcing saga's steps: own stock, then the best-scored supplier, then the next, then a person.

Every path out of an answered supplier order is here, so that each keeps the same three promises: one card at most is given to the
need, what a supplier owes is claimed once, and a need that closes does so exactly once and only when nothing is under way.
"""

from __future__ import annotations

from chassis.work import Work
from services.inventory.claims.raising import raise_claim
from services.inventory.sourcing.choice import best_source, note_score
from services.inventory.sourcing.domain.need import ErrorClass, Need, NeedStatus, OrderState
from services.inventory.sourcing.intents import PlaceSupplierOrder, SourcedCard, SupplierDelivery
from services.inventory.sourcing.timers import SupplierSilent
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.product import Product
from services.inventory.stock.free_stock import FreeStock


def give(need: Need, card: Card) -> None:
    """Allocate a card, free or reserved for it, to a need: the pivot of the saga."""
    card.allocate(need_id=need.id, order_number=need.order_number, line=need.line, unit=need.unit)
    need.allocate(card_id=card.id, card_preview=card.preview, supplier_code=card.supplier_code)


def pursue(need: Need, work: Work, *, stock: FreeStock | None = None, from_supplier: str | None = None, reason: str = "") -> None:
    """Look for a card: free stock first, then the best supplier that was not tried; nobody left: a person."""
    card = (stock or FreeStock(work, need.shop_id, need.product_code)).take()
    if card is not None:
        if from_supplier is not None:
            need.fail_over(card.supplier_code, from_supplier=from_supplier, reason=reason)
        give(need, card)
        return
    product = work.find(Product, Product.create_id(need.shop_id, need.product_code))
    choice = best_source(need, product, work)
    if choice is None or product is None:
        need.exhaust()
        return
    source, score = choice
    if from_supplier is not None:
        need.fail_over(source.supplier_code, from_supplier=from_supplier, reason=reason)
    number = need.order_from(supplier_code=source.supplier_code, sku_id=source.sku_id, score=score.score, sample_count=score.sample_count)
    work.intend(
        PlaceSupplierOrder(
            key=number,
            target=source.supplier_code,
            shop_id=need.shop_id,
            need_id=need.id,
            product_code=need.product_code,
            sku_id=source.sku_id,
            card_pattern=product.card_pattern,
        )
    )
    work.set_timer(SupplierSilent(need.id, number), due_at=work.now + need.limits.supplier_silence)


def refused(need: Need, intent: PlaceSupplierOrder, error_class: ErrorClass, work: Work) -> None:
    """A supplier order will bring nothing: try it again after a temporary fault, else go on."""
    number, supplier_code = intent.key, intent.target
    if need.status is NeedStatus.SOURCING and error_class == "temporary" and need.can_call_again(number):
        need.call_failed(number, error_class, is_answered=False)
        need.call_again(number)
        work.intend(intent, not_before=work.now + need.limits.temporary_retry)
    else:
        need.call_failed(number, error_class, is_answered=True)
        _go_on(need, work, from_supplier=supplier_code, reason=error_class)
    note_score(need.shop_id, supplier_code, work)


def delivered(need: Need, number: str, delivery: SupplierDelivery, work: Work) -> None:
    """A supplier order brought something: the awaited card, a bad one, or one that comes too late.

    What was answered already changes nothing: the same news comes by asking and by callback.
    """
    order = need.orders[number]
    if order.state is OrderState.ANSWERED:
        return
    is_wanted = need.awaits(number) and need.status is NeedStatus.SOURCING
    was_awaited = need.awaits(number)
    usable = delivery.cards if delivery.is_ordered_item else ()
    good = {each.fingerprint: each for each in usable if _is_new_and_valid(each, need, work)}
    if good:
        need.delivered(number, now=work.now)
        first, *more = [_stocked(each, need, order.supplier_code, number, work) for each in good.values()]
        if is_wanted:
            work.cancel_timer(SupplierSilent, need.id)
            give(need, first)
        else:
            need.stock_late_card(number, card_id=first.id)
            raise_claim(need, order.supplier_code, number, "late_card", work, card_id=first.id)
        for surplus in more:
            need.stock_late_card(number, card_id=surplus.id)
        if was_awaited and not is_wanted:
            close(need, work)
    else:
        reason, bad = _badness(delivery, need, order.supplier_code, number, work)
        need.call_failed(number, "invalid_card", is_answered=True)
        raise_claim(need, order.supplier_code, number, reason, work, card_id=bad.id if bad is not None else None)
        if was_awaited:
            _go_on(need, work, from_supplier=order.supplier_code, reason="invalid_card")
    note_score(need.shop_id, order.supplier_code, work)


def _go_on(need: Need, work: Work, *, from_supplier: str, reason: str) -> None:
    work.cancel_timer(SupplierSilent, need.id)
    if need.status is NeedStatus.CLOSING:
        close(need, work)
    else:
        pursue(need, work, from_supplier=from_supplier, reason=reason)


def close(need: Need, work: Work) -> None:
    """Close a need that nothing is under way for; its card, if it has one, is held."""
    assert need.holder_id is not None
    close_for(need, need.holder_id, work)


def close_for(need: Need, holder_id: str, work: Work) -> None:
    """Close a need for a holder: an allocated card is held, a reserved one goes back to stock."""
    work.cancel_timer(SupplierSilent, need.id)
    card = work.get(Card, need.card_id) if need.card_id is not None else None
    if card is not None and need.status is NeedStatus.OPEN:
        card.release(need_id=need.id)
        card = None
    if card is not None:
        card.hold(holder_id=holder_id)
    need.close(
        holder_id=holder_id,
        card_id=card.id if card is not None else None,
        was_opened=card is not None and card.opened_count > 0,
    )


def _is_new_and_valid(sourced: SourcedCard, need: Need, work: Work) -> bool:
    return sourced.is_valid and work.find(Card, Card.create_id(need.shop_id, sourced.fingerprint)) is None


def _stocked(sourced: SourcedCard, need: Need, supplier_code: str, number: str, work: Work) -> Card:
    work.keep(sourced.reference)
    return Card(
        shop_id=need.shop_id,
        fingerprint=sourced.fingerprint,
        preview=sourced.preview,
        reference=sourced.reference,
        product_code=need.product_code,
        supplier_code=supplier_code,
        origin=number,
        rank=rank_of(work.now),
    )


def _badness(delivery: SupplierDelivery, need: Need, supplier_code: str, number: str, work: Work) -> tuple[str, Card | None]:
    """Why nothing that came can be sold, and the bad card, kept void as evidence where it is not known already."""
    if not delivery.cards:
        return "no_card", None
    first = delivery.cards[0]
    if work.find(Card, Card.create_id(need.shop_id, first.fingerprint)) is not None:
        return "duplicate_card", None
    reason = "invalid_card" if delivery.is_ordered_item else "wrong_item"
    card = _stocked(first, need, supplier_code, number, work)
    card.void(reason=reason)
    return reason, card
