"""What must hold between money, orders and cards, told from public messages and from the parties' own books."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import msgspec

from redress.simulation.evidence import Evidence, Said
from redress.simulation.laws_of_kinds import BY_HAND, reusable_products
from redress.simulation.people import NoticeTaken

NOTICE_PATIENCE = timedelta(seconds=10)
CLOCK_TOLERANCE = timedelta(minutes=15)
"""Orders that are dated so long after a release are not asked about."""


def accepted_payments_count(evidence: Evidence) -> Iterator[str]:
    """Who was told "success" about a true payment is paid in our books, or a person was told why not."""
    told = [*evidence.said("order", "PaymentConfirmed", "PaymentDuplicated"), *evidence.ever_said("order", "PaymentRejected")]
    settled = {(said.values["provider"], said.values["order_number"]) for said in told} | _denied_again(evidence)
    doubtful = orders_in_doubt(evidence)
    for taken in evidence.taken:
        trade = evidence.providers[taken.provider].trade(taken.order_number)
        if trade is None or trade.paid_at is None:
            yield f"{taken.provider} was told success for {taken.order_number}, which nobody paid"
        elif (taken.provider, taken.order_number) not in settled and not _is_excused(evidence, taken, doubtful, settled):
            yield f"{taken.order_number}: {taken.provider} was told success, and the payment is nowhere"


def _denied_again(evidence: Evidence) -> set[tuple[str, str]]:
    """Payments that their own provider denied for good, when it was asked after a restore."""
    answers = [
        (row.subject or "", msgspec.json.decode(row.state)) for row in evidence.rows("order") if row.topic == "order.PaymentSearch.Answered"
    ]
    return {(answer["provider"], number) for number, answer in answers if answer["is_last"] and answer["answer"] == "unpaid"}


def orders_in_doubt(evidence: Evidence) -> set[str]:
    """Orders whose payment a person has to look for after a restore."""
    doubtful: set[str] = set()
    for row in evidence.rows("order"):
        if row.topic in ("order.PaymentSearch.Doubted", "order.PaymentSearch.Ended", "order.PaymentSearch.Asked") and row.subject:
            doubtful.add(row.subject) if row.topic.endswith("Doubted") else doubtful.discard(row.subject)
    return doubtful


def _is_excused(evidence: Evidence, taken: NoticeTaken, doubtful: set[str], settled: set[tuple[str, str]]) -> bool:
    """A payment that a restore has lost is looked for where the order may still be unpaid; and may be with a person.

    A second payment beside a known first one, one of an order that had expired before the backup, and one of an order that a clock, put
    back since, dates long after the release, are found by nobody.
    """
    number = taken.order_number
    if number in doubtful:
        return True
    for restore in evidence.restores:
        if restore.service == "order" and restore.backup_at <= taken.at + NOTICE_PATIENCE and taken.at <= restore.made_at + NOTICE_PATIENCE:
            if any(order_number == number for _, order_number in settled):
                return True
            if _seems_placed_after_release(evidence, number):
                return True
            if any(each.values["order_number"] == number for each in evidence.said("order", "OrderExpired")):
                return any(
                    each.row.log_id <= restore.kept_log_id
                    for each in evidence.said("order", "OrderExpired")
                    if each.values["order_number"] == number
                )
    return False


def _seems_placed_after_release(evidence: Evidence, number: str) -> bool:
    recovery = evidence.stores["order"].recovery()
    if recovery is None or recovery.released_at is None:
        return False
    latest = recovery.released_at + CLOCK_TOLERANCE
    return any(said.values["order_number"] == number and said.row.at > latest for said in evidence.said("order", "OrderPlaced"))


def confirmed_payments_are_real(evidence: Evidence) -> Iterator[str]:
    for said in evidence.said("order", "PaymentConfirmed"):
        values = said.values
        number = values["order_number"]
        trade = evidence.providers[values["provider"]].trade(number)
        amount = sum(line["unit_price"]["amount_minor"] * line["quantity"] for line in values["lines"])
        if trade is None or trade.paid_at is None:
            yield f"{number} is confirmed, and nobody paid it"
        elif Decimal(trade.total) * 100 != values["amount"]["amount_minor"]:
            yield f"{number}: {trade.total} was paid, {values['amount']} confirmed"
        if amount != values["amount"]["amount_minor"]:
            yield f"{number}: lines of {amount}, confirmed {values['amount']}"


def paid_units_end_once(evidence: Evidence) -> Iterator[str]:
    """Each card that was paid for is delivered or has failed, and not both; nothing else is delivered."""
    paid = {
        (said.values["order_number"], line["line"], unit)
        for said in evidence.said("order", "PaymentConfirmed")
        for line in said.values["lines"]
        for unit in range(1, line["quantity"] + 1)
    }
    ends: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for said in evidence.said("order", "CardDelivered", "DeliveryFailed"):
        ends[said.unit].append(said.name)
    for unit in sorted(paid - ends.keys()):
        yield f"{unit} is paid, and neither delivered nor failed"
    for unit, names in ends.items():
        if len(names) > 1:
            yield f"{unit} ended {len(names)} times: {names}"
        if unit not in paid:
            yield f"{unit} ended as {names} without being paid"


def unpaid_orders_expire(evidence: Evidence) -> Iterator[str]:
    placed, paid, expired = (
        {said.values["order_number"] for said in evidence.said("order", name)}
        for name in ("OrderPlaced", "PaymentConfirmed", "OrderExpired")
    )
    for number in sorted(placed - paid - expired - orders_in_doubt(evidence)):
        yield f"{number} is neither paid nor expired"
    for number in sorted(evidence.placed.keys() - placed):
        yield f"{number} was accepted, and is not placed"


def no_card_goes_to_two(evidence: Evidence) -> Iterator[str]:
    unread = evidence.lost_said("inventory", "CardAllocated", is_read=False)
    forgotten = {said.values["card_id"] for said in unread}  # an operator is to settle these first
    for service, name in (("inventory", "CardAllocated"), ("order", "CardDelivered")):
        units: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
        for said in evidence.ever_said(service, name):
            units[said.values["card_id"]].add(said.unit)
        for card_id, given in units.items():
            if len(given) > 1 and card_id not in forgotten:
                yield f"{name}: card {card_id} went to {sorted(given)}"
    cards: dict[str, set[str]] = defaultdict(set)
    for said in evidence.ever_said("inventory", "CardAllocated"):
        cards[said.values["need_id"]].add(said.values["card_id"])
    for need_id, given_cards in cards.items():
        if len(given_cards) > 1 and need_id not in {said.values["need_id"] for said in unread}:
            yield f"need {need_id} was given {len(given_cards)} cards"


def delivered_is_what_was_allocated(evidence: Evidence) -> Iterator[str]:
    allocated = {(said.unit, said.values["card_id"]) for said in evidence.ever_said("inventory", "CardAllocated")}
    allocated |= {(said.unit, said.values["need_id"]) for said in evidence.ever_said("inventory", "TopUpSucceeded")}
    for said in evidence.ever_said("order", "CardDelivered"):
        if (said.unit, said.values["card_id"]) not in allocated:
            yield f"{said.unit} was delivered card {said.values['card_id']}, which was not allocated to it"


def own_stock_is_not_oversold(evidence: Evidence) -> Iterator[str]:
    stocked: Counter[tuple[str, str]] = Counter()
    batches = {
        said.values["batch_id"]: said.values
        for said in sorted(evidence.ever_said("inventory", "CardsImported"), key=lambda said: said.values["card_count"])
    }
    for values in batches.values():
        stocked[values["product_code"], values["supplier_code"]] += values["card_count"]
    given: dict[tuple[str, str], set[str]] = defaultdict(set)
    for said in evidence.said("inventory", "CardAllocated"):
        if said.values["supplier_code"] not in evidence.suppliers and said.values["supplier_code"] != BY_HAND:
            given[said.values["product_code"], said.values["supplier_code"]].add(said.values["card_id"])
    reusable = reusable_products(evidence)
    for key, cards in given.items():
        if len(cards) > stocked[key] and key[0] not in reusable:
            yield f"{key}: {len(cards)} cards given, {stocked[key]} imported"


def failed_needs_close_once(evidence: Evidence) -> Iterator[str]:
    closed = Counter(said.values["need_id"] for said in evidence.said("inventory", "NeedClosed"))
    failed = {said.values["need_id"] for said in evidence.said("order", "DeliveryFailed")}
    yield from (f"need {need_id} was closed {count} times" for need_id, count in closed.items() if count > 1)
    yield from (f"need {need_id} failed, and was not closed" for need_id in sorted(failed - closed.keys()))
    failed |= {said.values["need_id"] for said in evidence.lost_said("order", "DeliveryFailed")}
    yield from (f"need {need_id} was closed, and had not failed" for need_id in sorted(closed.keys() - failed))


def messages_leave_their_mark(evidence: Evidence) -> Iterator[str]:
    """Some messages always change something: what they caused must be in the reader's log."""
    for source, name, reader in (
        ("order", "PaymentConfirmed", "inventory"),
        ("inventory", "CardAllocated", "order"),
    ):
        # What was done before a restore is done already when it is heard again; and who was restored says again what was heard.
        causes = {row.causation_id for row in evidence.rows(reader)} | evidence.lost_causes(reader)
        again = {said.values["order_number"] for said in evidence.lost_said(source, name)}
        for said in evidence.said(source, name):
            if _id_of(said) not in causes and said.values["order_number"] not in again:
                yield f"{reader}: {name} {_id_of(said)} for {said.values['order_number']} left no mark"


def nothing_is_said_twice(evidence: Evidence) -> Iterator[str]:
    keys = {
        "OrderPlaced": ("order_number",),
        "PaymentConfirmed": ("order_number",),
        "OrderExpired": ("order_number",),
        "OrderClosed": ("order_number",),
        "PaymentDuplicated": ("order_number", "provider_trade_number"),
        "CardDelivered": ("need_id",),
        "DeliveryOverdue": ("need_id",),
        "DeliverySlow": ("need_id",),
        "DeliveryFailed": ("need_id",),
        "RedeliveryRequested": ("need_id", "asked_count"),
        "ProductListed": ("product_code",),
        "SupplierRegistered": ("supplier_code",),
        "CardsImported": ("batch_id",),
        "CardAllocated": ("need_id", "attempt"),
        "TopUpSucceeded": ("need_id",),
        "TopUpFailed": ("supplier_order_number",),
        "CardOpened": ("card_id", "opened_count"),
        "ClaimRaised": ("claim_id",),
        "LateCardStocked": ("card_id",),
    }
    for service in evidence.stores:
        said_of = Counter(
            (said.name, *(said.values[each] for each in keys[said.name])) for said in evidence.said(service) if said.name in keys
        )
        yield from (f"{service} said {count} times: {what}" for what, count in said_of.items() if count > 1)


def _id_of(said: Said) -> str:
    assert said.row.headers is not None
    name: str = msgspec.json.decode(said.row.headers)["ce_id"]
    return name
