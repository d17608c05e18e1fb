"""The sourcing saga's steps: own stock, then the best-scored supplier, then the next, then a person.

Every path out of an answered supplier order is here, so that each keeps the same three promises: one card at most is given to the
need, what a supplier owes is claimed once, and a need that closes does so exactly once and only when nothing is under way.
"""

from __future__ import annotations

from datetime import datetime

from chassis.work import Work
from services.inventory.claims.raising import raise_claim
from services.inventory.settlement.selling import hold_closed, note_sale
from services.inventory.sourcing.balances import begin_polling, ran_out
from services.inventory.sourcing.choice import best_source, passed_over
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.ordering import NO_FAULT, ErrorClass
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.domain.supplier_order import OrderState
from services.inventory.sourcing.intents import CancelSupplierOrder, FoundDelivery, PlaceSupplierOrder, SourcedCard, SupplierDelivery
from services.inventory.sourcing.judging import begin_trial, end_trial, judge
from services.inventory.sourcing.seeking import CLOCK_TOLERANCE, must_seek, seek
from services.inventory.sourcing.timers import CardStillLost, SupplierSilent
from services.inventory.sourcing.top_ups import failed_for_good, take_top_up
from services.inventory.stock.availability import note_added
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import MANUAL, TOP_UP
from services.inventory.stock.free_stock import FreeStock
from services.inventory.stock.giving_back import give_back
from services.inventory.stock.regaining import regain


def give(need: Need, card: Card, work: Work) -> None:
    """Allocate a card, free or reserved for it, to a need, or a copy of a reusable one: the pivot of the saga."""
    if card.is_reusable:
        card = card.lend(need_id=need.id, order_number=need.order_number, line=need.line, unit=need.unit)
    else:
        card.allocate(need_id=need.id, order_number=need.order_number, line=need.line, unit=need.unit)
    need.allocate(card_id=card.id, card_preview=card.preview, supplier_code=card.supplier_code)
    note_sale(need, card, work)


def pursue(
    need: Need,
    work: Work,
    *,
    stock: FreeStock | None = None,
    from_supplier: str | None = None,
    reason: str = "",
    since: datetime | None = None,
) -> None:
    """Look for a card: free stock first, then the best supplier that was not tried; nobody left, or a product of the kind manual: a person.

    After a restore, suppliers are first asked what they delivered while nobody remembers (`seeking.py` tells `since`).
    """
    product = _product_of(need, work)
    if product is not None and product.kind == MANUAL:
        need.queue()
        return
    if must_seek(need, work, since):
        seek(need, product, work)
    card = (stock or FreeStock(work, need.shop_id, need.product_code)).take()
    if card is not None:
        if from_supplier is not None:
            need.fail_over(card.supplier_code, from_supplier=from_supplier, reason=reason)
        give(need, card, work)
        return
    if must_seek(need, work, since, tolerance=CLOCK_TOLERANCE):
        seek(need, product, work)
    if need.searches:
        return
    choice = best_source(need, product, work)
    if choice is None or product is None:
        need.exhaust(passed_over(need, product, work))
        return
    source = choice.source
    if from_supplier is not None:
        need.fail_over(source.supplier_code, from_supplier=from_supplier, reason=reason)
    number = need.order_from(source.sku_id, choice.ranked, rival_count=choice.rival_count)
    begin_trial(choice.supplier, number, work)
    begin_polling(choice.supplier, work)
    work.intend(
        PlaceSupplierOrder(
            key=number,
            target=source.supplier_code,
            shop_id=need.shop_id,
            need_id=need.id,
            product_code=need.product_code,
            sku_id=source.sku_id,
            card_pattern=product.card_pattern,
            order_number=need.order_number,
            line=need.line,
            is_top_up=product.kind == TOP_UP,
        )
    )
    work.set_timer(SupplierSilent(need.id, number), due_at=work.now + need.limits.supplier_silence)


def refused(need: Need, intent: PlaceSupplierOrder, error_class: ErrorClass, work: Work) -> None:
    """A supplier order will bring nothing: try it again after a temporary fault, else go on."""
    number, supplier_code = intent.key, intent.target
    is_tried_again = need.status is NeedStatus.SOURCING and error_class == "temporary" and need.can_call_again(number)
    if is_tried_again and must_seek(need, work):
        need.put_back(number)
        end_trial(need.shop_id, supplier_code, number, work, is_passed=None)
        _go_on(need, work)
    elif is_tried_again:
        need.call_failed(number, error_class, is_answered=False)
        need.call_again(number)
        work.intend(intent, not_before=work.now + need.limits.temporary_retry)
    else:
        failed_for_good(need, number, error_class, work)
        if error_class == "no_balance":
            _note_want_of_money(need, supplier_code, work)
        is_passed = None if error_class in NO_FAULT else False
        end_trial(need.shop_id, supplier_code, number, work, is_passed=is_passed)
        _go_on(need, work, from_supplier=supplier_code, reason=error_class)
    judge(need.shop_id, supplier_code, work)


def _note_want_of_money(need: Need, supplier_code: str, work: Work) -> None:
    supplier = work.find(Supplier, Supplier.create_id(need.shop_id, supplier_code))
    if supplier is not None:
        product = _product_of(need, work)
        source = product.sources.get(supplier_code) if product is not None else None
        ran_out(supplier, need.product_code, source.price if source is not None else None, work)


def given_up(need: Need, number: str, work: Work) -> None:
    """A person found out that the awaited order brought nothing and will bring nothing: go on."""
    supplier_code = need.orders[number].supplier_code
    failed_for_good(need, number, "refused", work)
    end_trial(need.shop_id, supplier_code, number, work, is_passed=False)
    _go_on(need, work, from_supplier=supplier_code, reason="refused")
    judge(need.shop_id, supplier_code, work)


def delivered(need: Need, number: str, delivery: SupplierDelivery, work: Work) -> None:
    """A supplier order brought something: the awaited card, a bad one, or one that comes too late.

    What was answered already changes nothing: the same news comes by asking and by callback.
    """
    order = need.orders[number]
    if order.state is OrderState.ANSWERED:
        return
    was_awaited = need.awaits(number)
    reason = _take(need, number, delivery, work, is_sought=False)
    end_trial(need.shop_id, order.supplier_code, number, work, is_passed=reason is None)
    if need.status is not NeedStatus.ALLOCATED:
        if was_awaited:
            _go_on(need, work, from_supplier=order.supplier_code if reason else None, reason=reason or "")
    elif was_awaited and must_seek(need, work):
        seek(need, _product_of(need, work), work)  # it may have been given up meanwhile, and another supplier have delivered as well
    judge(need.shop_id, order.supplier_code, work)


def found(need: Need, supplier_code: str, sku_id: int | None, deliveries: tuple[FoundDelivery, ...], work: Work) -> None:
    """Take what a supplier delivered under numbers that a restore may have made us forget; the caller goes on with the need."""
    for each in deliveries:
        need.adopt(each.number, supplier_code=supplier_code, sku_id=sku_id)
        if need.orders[each.number].state is not OrderState.ANSWERED:
            _take(need, each.number, each.delivery, work, is_sought=True)
    judge(need.shop_id, supplier_code, work)


def sought(need: Need, key: str, work: Work) -> None:
    """A supplier was asked for forgotten orders of the need, and what it told is taken; behind the last one the need goes on."""
    need.end_search(key)
    if not need.searches and need.awaited is None:
        _go_on(need, work)


def _take(need: Need, number: str, delivery: SupplierDelivery, work: Work, *, is_sought: bool) -> ErrorClass | None:
    """Take the cards of an order that is not answered yet: give one, stock it, or claim it. Why there was none: else None.

    A card that a restore had lost is whole again, whoever has it.
    """
    supplier_code = need.orders[number].supplier_code
    is_wanted = need.status in (NeedStatus.SOURCING, NeedStatus.ENDING) and need.awaited in (None, number)
    if delivery.is_topped_up:
        take_top_up(need, number, work, is_wanted=is_wanted)
        return None
    is_any_back = [_is_back(each, need, work) for each in delivery.cards].count(True) > 0
    usable = delivery.cards if delivery.is_ordered_item else ()
    good = {each.fingerprint: each for each in usable if _is_new_and_valid(each, need, work)}
    if not good and not is_any_back:
        reason, bad = _badness(delivery, need, supplier_code, number, work)
        failed_for_good(need, number, "invalid_card", work)
        raise_claim(need, supplier_code, number, reason, work, card_id=bad.id if bad is not None else None)
        return "invalid_card"
    need.delivered(number, now=work.now)
    cards = [_stocked(each, need, supplier_code, number, work) for each in good.values()]
    if is_wanted and cards:
        work.cancel_timer(SupplierSilent, need.id)
        give(need, cards.pop(0), work)
        is_late = False
    else:
        is_late = bool(cards) and not is_sought
    for position, late in enumerate(cards):
        need.stock_late_card(number, card_id=late.id)
        note_added(_product_of(need, work), work)
        if is_late and position == 0:
            raise_claim(need, supplier_code, number, "late_card", work, card_id=late.id)
    return None


def _go_on(need: Need, work: Work, *, from_supplier: str | None = None, reason: str = "") -> None:
    """What comes next for a need that nothing is awaited for any more; while a supplier is still asked: nothing."""
    if need.is_waiting:
        return
    is_at_its_end = need.status in (NeedStatus.CLOSING, NeedStatus.ENDING)
    if is_at_its_end and seek_before_closing(need, work):
        return
    work.cancel_timer(SupplierSilent, need.id)
    if is_at_its_end:
        close(need, work)
    elif need.status is NeedStatus.SOURCING:
        pursue(need, work, from_supplier=from_supplier, reason=reason)


def seek_before_closing(need: Need, work: Work) -> bool:
    """Whether suppliers are to be asked first, after a restore, what they delivered for a need that has no card; they are asked now."""
    if need.status in (NeedStatus.ALLOCATED, NeedStatus.CLOSED) or not must_seek(need, work):
        return False
    seek(need, _product_of(need, work), work)
    return bool(need.searches)


def cancel_awaited(need: Need, number: str, work: Work) -> None:
    """Have the supplier order that a closing need waits for cancelled, so that it is answered soon; what was delivered stays delivered."""
    work.intend(
        CancelSupplierOrder(
            key=_cancel_key(number),
            target=need.orders[number].supplier_code,
            shop_id=need.shop_id,
            need_id=need.id,
            number=number,
        )
    )


def _cancel_key(number: str) -> str:
    return f"cancel-{number}"


def close(need: Need, work: Work) -> None:
    """Close a need that nothing is under way for; its card, if it has one, is held."""
    assert need.holder_id is not None
    for number in need.orders:
        work.withdraw(_cancel_key(number))
    close_for(need, need.holder_id, work)


def close_for(need: Need, holder_id: str, work: Work) -> None:
    """Close a need for a holder: an allocated card is held, a reserved one goes back to stock."""
    work.cancel_timer(SupplierSilent, need.id)
    if need.awaited is not None:
        end_trial(need.shop_id, need.orders[need.awaited].supplier_code, need.awaited, work, is_passed=None)
    card = work.get(Card, need.card_id) if need.card_id is not None else None
    if card is not None and need.status is NeedStatus.OPEN:
        give_back(card, need.id, work)
        card = None
    if card is not None:
        work.cancel_timer(CardStillLost, need.id)
        card.hold(holder_id=holder_id)
    if card is not None or need.topped_up_by is not None:
        hold_closed(need, work)
    need.close(
        holder_id=holder_id,
        card_id=card.id if card is not None else None,
        was_opened=card is not None and card.opened_count > 0,
    )


def _product_of(need: Need, work: Work) -> Product | None:
    return work.find(Product, Product.create_id(need.shop_id, need.product_code))


def _is_back(sourced: SourcedCard, need: Need, work: Work) -> bool:
    """Whether a card of ours that was lost is whole again by this; a void one is kept as evidence, and nothing to count on."""
    card = work.find(Card, Card.create_id(need.shop_id, sourced.fingerprint))
    if card is None or not card.is_lost:
        return False
    regain(card, work, fingerprint=sourced.fingerprint, preview=sourced.preview, reference=sourced.reference)
    return card.status is not CardStatus.VOID


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
