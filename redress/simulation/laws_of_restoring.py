"""What must hold over a restore: our published word stands, buyers are told of one card only, and in the end nothing stands still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chassis.store.rows import LOST
from redress.simulation.evidence import EVERYTHING, Evidence, Said
from redress.simulation.laws_of_trade import orders_in_doubt

SAME = {
    "OrderPlaced": ("order_number", "amount", "lines", "contact_fingerprint"),
    "PaymentConfirmed": ("order_number", "provider", "provider_trade_number", "amount", "lines"),
    "PaymentDuplicated": ("order_number", "provider", "provider_trade_number", "amount"),
    "CardDelivered": ("need_id", "card_id", "order_number", "line", "unit"),
    "DeliveryFailed": ("need_id", "reason"),
    "CardAllocated": ("need_id", "card_id", "order_number", "line", "unit", "supplier_code"),
    "NeedClosed": ("need_id",),
    "TopUpSucceeded": ("need_id", "supplier_code"),
    "ClaimRaised": ("claim_id", "need_id", "supplier_code"),
    "ProductListed": ("product_code",),
    "SupplierRegistered": ("supplier_code",),
    "CardsImported": ("batch_id", "product_code"),
}
"""Words that stand, with what they say that stands."""


def nothing_stands_still(evidence: Evidence) -> Iterator[str]:
    """Every restore is released, and so is every slot that stood still because of one."""
    yield from evidence.standing_still


def lost_records_are_given_back(evidence: Evidence) -> Iterator[str]:
    """What the topic still had was laid down for the service when the epoch was opened."""
    for restore in evidence.restores:
        if restore is not _last_of(evidence, restore.service):
            continue
        given = {
            (row.epoch, row.slot, row.sequence) for row in evidence.stores[restore.service].parked(None, EVERYTHING) if row.what == LOST
        }
        for record in sorted(restore.read_back - given):
            yield f"{restore.service}: record {record} was read back from the topic, and is forgotten"


def _last_of(evidence: Evidence, service: str) -> object:
    return [each for each in evidence.restores if each.service == service][-1]


def our_word_stands(evidence: Evidence) -> Iterator[str]:
    """A message that was read back is true again, with the same content; but for payments that a person has to look for."""
    doubtful = orders_in_doubt(evidence)
    for service in evidence.stores:
        said = {_word(each) for each in evidence.said(service, *SAME)}
        for lost in evidence.lost_said(service, *SAME, is_read=True):
            if _word(lost) not in said and not (service == "order" and lost.values["order_number"] in doubtful):
                yield f"{service}: {lost.name} {lost.values} was said, and is no longer true"


def _word(said: Said) -> str:
    return f"{said.name} {[said.values[name] for name in SAME[said.name]]}"


def buyers_are_told_of_one_card(evidence: Evidence) -> Iterator[str]:
    """Over all epochs a unit is delivered one card; but where inventory has lost its word about it as well."""
    unread = {said.unit for said in evidence.lost_said("inventory", "CardAllocated", is_read=False)}
    cards: dict[tuple[str, int, int], set[str]] = defaultdict(set)
    for said in evidence.ever_said("order", "CardDelivered"):
        cards[said.unit].add(said.values["card_id"])
    for unit, told in cards.items():
        if len(told) > 1 and unit not in unread:
            yield f"{unit} was delivered {sorted(told)}"
