"""Exporting unsold cards: the event that says who had which card in the open is committed before the vault is opened."""

from __future__ import annotations

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.stock.commands import ExportCards
from services.inventory.stock.domain.card import Card, CardNotUnsold
from services.inventory.stock.withdrawing import expect_certainty


@handles(ExportCards, loads=lambda command: command.card_ids)
def export_cards(command: ExportCards, work: Work) -> Answer:
    """Note the export of those that are unsold; of the others, the reason: `unknown`, or the status that a card has."""
    expect_certainty(work)
    exported, refused = [], []
    for card_id in dict.fromkeys(command.card_ids):
        card = work.find(Card, card_id)
        if card is None or (command.shop_ids is not None and card.shop_id not in command.shop_ids):
            refused.append({"card_id": card_id, "reason": "unknown"})
            continue
        try:
            card.export(exported_by=command.exported_by)
        except CardNotUnsold as refusal:
            refused.append({"card_id": card_id, "reason": refusal.facts["card_status"]})
            continue
        exported.append({"card_id": card_id, "reference": card.reference, "remarks_reference": card.remarks_reference,
                         "expires_at": card.expires_at})  # fmt: skip
    return Answer(200, {"exported": exported, "refused": refused})
