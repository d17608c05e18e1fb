"""What a person delivers, checked and sealed.

A need of another kind gets a card as its product's cards are, which nobody had before. What is delivered for a product of the kind manual
or top_up is any text, and the same text may be delivered many times (a note that it is done, one parcel for two units): it is sealed as
this need's own. Goods are sent by a carrier under a tracking number; both are fields of the card (`product_kind.PARCEL`).
"""

from __future__ import annotations

import unicodedata
from uuid import UUID

from chassis.errors import ContractError
from chassis.fingerprint import Fingerprints
from chassis.vault import Sealed, Vault
from services.inventory.stock.card_fields import preview_of
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import FIELD_SEPARATOR, MANUAL, TOP_UP
from services.inventory.stock.sealing import CARD_KIND, seal_card

MAX_CONTENT_CHARACTERS = 4_000
NO_CARD_KINDS = (MANUAL, TOP_UP)
"""What a person delivers for these is a word on what was done."""


class UnfitDelivery(ContractError):
    """`reason`: what does not fit; never the content."""

    code = "delivery-unfit"
    title = "This cannot be delivered for the product"


def delivered_text(product: Product, *, content: str | None, carrier: str | None, tracking_number: str | None) -> str:
    """The text of a delivery, as the product asks for it; raises UnfitDelivery."""
    if product.terms.is_sent:
        if content is not None or not carrier or not tracking_number:
            raise UnfitDelivery(reason="goods are delivered with carrier and tracking_number")
        text = f"{carrier.strip()}{FIELD_SEPARATOR}{tracking_number.strip()}"
    elif content is None or carrier or tracking_number:
        raise UnfitDelivery(reason="a delivery has a content, and nothing else")
    else:
        text = content.strip()
    fault = _manual_fault(text) if product.kind in NO_CARD_KINDS and not product.terms.is_sent else card_fault(text, product.card_pattern)
    if fault is not None:
        raise UnfitDelivery(reason=fault)
    return text


def seal_delivery(text: str, product: Product, need_id: UUID, vault: Vault, fingerprints: Fingerprints) -> tuple[str, Sealed, str]:
    """The fingerprint of what is delivered, the sealed text, and its preview."""
    if product.kind not in NO_CARD_KINDS:
        fingerprint, sealed = seal_card(text, product.shop_id, vault, fingerprints)
    else:
        fingerprint = fingerprints.of(CARD_KIND, f"{need_id}\x1f{text}")
        sealed = vault.seal(CARD_KIND, product.shop_id, str(Card.create_id(product.shop_id, fingerprint)), text)
    return fingerprint, sealed, preview_of(text, product.card_pattern)


def _manual_fault(text: str) -> str | None:
    if not text:
        return "empty"
    if len(text) > MAX_CONTENT_CHARACTERS:
        return "too-long"
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n" for character in text):
        return "control-characters"
    return None
