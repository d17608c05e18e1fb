"""Asking suppliers, after a restore, what they delivered while nobody here remembers.

Two kinds of questions, both by the numbers that the need may have used at the supplier (`Need.numbers_at`):

- A need that was paid before the restore may have been ordered for anywhere since. Before anything is ordered for it, every supplier of
  the shop that can be asked is asked, all at once, whether or not the product has it: it may have had it in the span that is lost. What
  one of them delivered is taken, and only when none has anything does sourcing begin. Free stock is given meanwhile: what is found
  afterwards becomes stock, without a claim, since it is not the supplier who was late.
- A card that is lost is asked back from its supplier. Where that brings nothing, the need that has the card awaits a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chassis.work import Work
from services.inventory.sourcing.domain.forgotten import FORGOTTEN_ORDERS
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.indexes import AskableSuppliers
from services.inventory.sourcing.intents import SeekDeliveries
from services.inventory.sourcing.timers import CardStillLost, SupplierSilent
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import TOP_UP

CARD_LOST = "card_lost"

CLOCK_TOLERANCE = timedelta(minutes=1)
"""So far the clock that dated a payment may be ahead of the one that dated the restore."""


def must_seek(need: Need, work: Work, since: datetime | None = None, *, tolerance: timedelta = timedelta()) -> bool:
    """Whether the need may have been ordered for in a span that a restore took away, and nobody was asked about it yet.

    `since`: when it was paid by the message that says so; by what we remember where it is not given.
    """
    recovery, paid_at = work.recovery, since or need.paid_on
    if recovery is None or paid_at is None or need.sought_epoch >= recovery.epoch:
        return False
    return paid_at <= recovery.opened_at + tolerance


def was_asked_first(need: Need, number: str, work: Work) -> bool:
    """Whether an order that its supplier does not know has only been asked about so far, as every new one is after a restore."""
    recovery, order = work.recovery, need.orders[number]
    if recovery is None or order.is_asked_first or must_seek(need, work):
        return False
    return order.ordered_at >= recovery.opened_at and (recovery.released_at is None or order.ordered_at <= recovery.released_at)


def seek(need: Need, product: Product | None, work: Work) -> None:
    """Ask whoever may have an order for it, suspended suppliers too; where there is none, nothing is under way afterwards."""
    articles = _articles_anywhere(need.shop_id, product, work)
    assert work.recovery is not None
    searches = need.seek(tuple(articles), epoch=work.recovery.epoch)
    for search in searches:
        work.intend(
            SeekDeliveries(
                key=search.key,
                target=search.supplier_code,
                shop_id=need.shop_id,
                need_id=need.id,
                numbers=need.next_numbers(search.supplier_code, FORGOTTEN_ORDERS),
                sku_id=articles[search.supplier_code],
                card_pattern=product.card_pattern if product is not None else None,
                is_top_up=product is not None and product.kind == TOP_UP,
            )
        )
    if searches:
        work.set_timer(SupplierSilent(need.id, searches[0].key), due_at=work.now + need.limits.supplier_silence)


def _articles_anywhere(shop_id: str, product: Product | None, work: Work) -> dict[str, int | None]:
    """The product's article at each supplier with a site; after those, with None, whoever else of the shop can be asked.

    Whom a person has suspended is asked only where the product has it: it may be long gone, and would never answer.
    """
    sources = product.sources.values() if product is not None else ()
    known: dict[str, int | None] = {each.supplier_code: each.sku_id for each in sources if _has_site(shop_id, each.supplier_code, work)}
    others = [work.get(Supplier, row.stream_id) for row in work.look(AskableSuppliers.NAME, shop_id) if row.data not in known]
    return known | dict.fromkeys(sorted(each.supplier_code for each in others if not each.is_retired))


def ask_back(card: Card, need: Need, work: Work) -> None:
    """Ask the supplier of a lost card for it, by the numbers of `need`; what was imported can be brought back by a person alone."""
    supplier = work.find(Supplier, Supplier.create_id(card.shop_id, card.supplier_code))
    if supplier is not None and not supplier.has_site:
        show_lost(card, work)
        return
    product = work.find(Product, Product.create_id(card.shop_id, card.product_code))
    source = product.sources.get(card.supplier_code) if product is not None else None
    work.intend(
        SeekDeliveries(
            key=f"regain-{card.id}-{need.id}",
            target=card.supplier_code,
            shop_id=card.shop_id,
            need_id=need.id,
            numbers=need.numbers_at(card.supplier_code),
            sku_id=source.sku_id if source is not None else None,
            card_pattern=product.card_pattern if product is not None else None,
            card_id=card.id,
        )
    )
    if card.need_id is not None:
        work.set_timer(CardStillLost(need.id, card.id), due_at=work.now + need.limits.supplier_silence)


def _has_site(shop_id: str, supplier_code: str, work: Work) -> bool:
    supplier = work.find(Supplier, Supplier.create_id(shop_id, supplier_code))
    return supplier is not None and supplier.has_site


def show_lost(card: Card, work: Work) -> None:
    """Show a person the need whose card is lost; a card that is back, or that nobody has, concerns no need."""
    need = work.find(Need, card.need_id) if card.is_lost and card.need_id is not None else None
    if need is not None and need.status is NeedStatus.ALLOCATED and not need.is_shown_to_person:
        need.await_person(card.supplier_code, CARD_LOST)
