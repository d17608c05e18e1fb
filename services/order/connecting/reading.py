"""An order as the shop has it, made fit for our store: contact and address sealed, cards as fingerprints."""

from __future__ import annotations

import msgspec

from chassis.aggregate import stream_id
from chassis.fingerprint import Fingerprints, normalised_card, normalised_contact
from chassis.vault import Sealed, Vault
from protocols.shops.port import ShopOrder
from services.order.connecting.commands import ReadOrder


def fit_for_us(
    order: ShopOrder, shop_id: str, vault: Vault, fingerprints: Fingerprints, *, is_known: bool = False
) -> tuple[ReadOrder, tuple[Sealed, ...]]:
    """The order and what was sealed for it; of a known one nothing is sealed again."""
    owner_id = str(stream_id(shop_id, "order", order.order_number))
    sealed: list[Sealed] = []
    if not is_known:
        sealed.append(vault.seal("contact", shop_id, owner_id, order.contact))
        if order.ip is not None:
            sealed.append(vault.seal("origin", shop_id, owner_id, msgspec.json.encode({"ip": order.ip, "device": None})))
    read = ReadOrder(
        shop_row=order.row_id,
        order_number=order.order_number,
        product_code=order.product_code,
        quantity=order.quantity,
        amount=order.amount,
        contact_fingerprint=fingerprints.of("contact", normalised_contact(order.contact)),
        contact_reference=sealed[0].reference if sealed else None,
        origin_reference=sealed[1].reference if len(sealed) > 1 else None,
        state=order.state.value,
        placed_at=order.placed_at,
        trade_number=order.trade_number,
        card_fingerprints=tuple(dict.fromkeys(fingerprints.of("card", normalised_card(card)) for card in order.cards)),
    )
    return read, tuple(sealed)
