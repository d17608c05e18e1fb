"""Cards as they come from a supplier: sealed at once, with what may be known about them."""

from __future__ import annotations

from typing import Protocol

from chassis.fingerprint import Fingerprints
from chassis.vault import Sealed, Vault
from services.inventory.sourcing.intents import SourcedCard, SupplierDelivery
from services.inventory.stock.card_fields import preview_of
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.sealing import seal_card

MAX_CARDS = 20
"""One was ordered; a unit of work must be able to stock all that are taken in."""


class Brought(Protocol):
    """A delivered order at a supplier. `sku_ids`: the articles it says it holds; empty where it says nothing."""

    @property
    def cards(self) -> tuple[str, ...]: ...

    @property
    def sku_ids(self) -> tuple[int, ...]: ...


def receive(
    order: Brought,
    *,
    shop_id: str,
    sku_id: int | None,
    card_pattern: str | None,
    vault: Vault,
    fingerprints: Fingerprints,
    is_top_up: bool = False,
) -> tuple[SupplierDelivery, tuple[Sealed, ...]]:
    """What a delivered supplier order brought (each card once, at most `MAX_CARDS`), and its sealed cards.

    Of a top-up nothing is taken but that it was made. `sku_id` None: nobody knows which article was ordered, so it is taken for the
    right one.
    """
    is_ordered_item = sku_id is None or all(each == sku_id for each in order.sku_ids)
    if is_top_up:
        return SupplierDelivery((), is_ordered_item, is_topped_up=is_ordered_item), ()
    cards: list[SourcedCard] = []
    kept: list[Sealed] = []
    seen: set[str] = set()
    for secret in order.cards[:MAX_CARDS]:
        fingerprint, sealed = seal_card(secret, shop_id, vault, fingerprints)
        if fingerprint in seen:
            continue
        seen.add(fingerprint)
        is_valid = card_fault(secret, card_pattern) is None
        cards.append(SourcedCard(sealed.reference, fingerprint, preview_of(secret, card_pattern), is_valid))
        kept.append(sealed)
    return SupplierDelivery(tuple(cards), is_ordered_item), tuple(kept)
