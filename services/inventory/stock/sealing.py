"""Sealing a card as it comes in, by import or from a supplier: the same card is the same stream, and opens only as that one."""

from __future__ import annotations

import msgspec

from chassis.fingerprint import Fingerprints, normalised_card
from chassis.vault import Sealed, Vault
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.remarks import CardRemarks

CARD_KIND, REMARKS_KIND = "card", "card-remarks"


def seal_card(secret: str, shop_id: str, vault: Vault, fingerprints: Fingerprints) -> tuple[str, Sealed]:
    """A card's fingerprint, and the card sealed for the stream that this fingerprint names."""
    fingerprint = fingerprints.of(CARD_KIND, normalised_card(secret))
    return fingerprint, vault.seal(CARD_KIND, shop_id, str(Card.create_id(shop_id, fingerprint)), secret)


def seal_remarks(remarks: CardRemarks, sealed_card: Sealed, vault: Vault) -> Sealed:
    """What the file said of a card, sealed for the same stream."""
    return vault.seal(REMARKS_KIND, sealed_card.shop_id, sealed_card.owner_id, msgspec.json.encode(remarks))
