"""Cards as they come from a supplier: sealed at once, with what may be known about them."""

from __future__ import annotations

from chassis.fingerprint import Fingerprints, normalised_card
from chassis.vault import Sealed, Vault, mask_card
from protocols.dujiao_next import SupplierOrder
from services.inventory.sourcing.intents import SourcedCard, SupplierDelivery
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_rules import card_fault

CARD_KIND = "card"
MAX_CARDS = 20
"""One was ordered; a unit of work must be able to stock all that are taken in."""


def receive(
    order: SupplierOrder, *, shop_id: str, sku_id: int, card_pattern: str | None, vault: Vault, fingerprints: Fingerprints
) -> tuple[SupplierDelivery, tuple[Sealed, ...]]:
    """What a delivered supplier order brought (each card once, at most `MAX_CARDS`), and its sealed cards."""
    cards: list[SourcedCard] = []
    kept: list[Sealed] = []
    seen: set[str] = set()
    for secret in order.cards[:MAX_CARDS]:
        fingerprint, sealed = seal_card(secret, shop_id, vault, fingerprints)
        if fingerprint in seen:
            continue
        seen.add(fingerprint)
        is_valid = card_fault(secret, card_pattern) is None
        cards.append(SourcedCard(sealed.reference, fingerprint, mask_card(secret), is_valid))
        kept.append(sealed)
    is_ordered_item = all(item.sku_id == sku_id for item in order.items)
    return SupplierDelivery(tuple(cards), is_ordered_item), tuple(kept)


def seal_card(secret: str, shop_id: str, vault: Vault, fingerprints: Fingerprints) -> tuple[str, Sealed]:
    """A card's fingerprint, and the card sealed for the stream that this fingerprint names."""
    fingerprint = fingerprints.of(CARD_KIND, normalised_card(secret))
    return fingerprint, vault.seal(CARD_KIND, shop_id, str(Card.create_id(shop_id, fingerprint)), secret)
