"""Sealing a card as it comes in, by import or from a supplier: the same card is the same stream, and opens only as that one."""

from __future__ import annotations

from chassis.fingerprint import Fingerprints, normalised_card
from chassis.vault import Sealed, Vault
from services.inventory.stock.domain.card import Card

CARD_KIND = "card"


def seal_card(secret: str, shop_id: str, vault: Vault, fingerprints: Fingerprints) -> tuple[str, Sealed]:
    """A card's fingerprint, and the card sealed for the stream that this fingerprint names."""
    fingerprint = fingerprints.of(CARD_KIND, normalised_card(secret))
    return fingerprint, vault.seal(CARD_KIND, shop_id, str(Card.create_id(shop_id, fingerprint)), secret)
