"""Facts in words: each published message, and each private event of an order's history, as a sentence.

What is not in the tables is told by its name: a new kind of event is never hidden.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from contracts.values import Money, decimal_text

Facts = Mapping[str, Any]

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_MESSAGES: dict[str, Callable[[Facts], str]] = {
    "OrderPlaced": lambda f: (
        f"placed for {_money(f['amount'])}: {_lines(f)}{', taken over from another shop' if f['is_taken_over'] else ''}"
    ),
    "PaymentConfirmed": lambda f: f"paid by {f['provider']}{', late: it had expired' if f['is_late'] else ''}",
    "PaymentRejected": lambda f: f"a notice in the name of {f['provider']} is refused: {_code(f['reason'])}",
    "PaymentDuplicated": lambda f: f"paid once more, by {f['provider']}: {_money(f['amount'])} must go back",
    "OrderExpired": lambda f: "expired unpaid",
    "RedeliveryRequested": lambda f: f"still no card for {_unit(f)}: the same need is asked again (asking {f['asked_count']})",
    "CardDelivered": lambda f: (
        f"delivered: {_unit(f)} gets {f['card_preview']} from {f['supplier_code']}{_after(f['delivery_milliseconds'])}"
    ),
    "DeliverySlow": lambda f: f"{_unit(f)} takes longer than {f['product_code']} usually does ({f['expected_milliseconds']} ms)",
    "DeliveryOverdue": lambda f: f"{_unit(f)} is overdue after {f['overdue_seconds']} s",
    "DeliveryTimedOut": lambda f: f"the time of {_unit(f)} is over: what is under way is cancelled or asked first",
    "DeliveryFailed": lambda f: f"{_unit(f)} is not delivered ({_code(f['reason'])}): a person decides",
    "OrderClosed": lambda f: f"closed: {_code(f['outcome'])}",
    "NoticeGivenUp": lambda f: (
        f"the shop has not got the notice of {f['provider']} after {f['try_count']} tries ({_code(f['verdict'])}): it is given up"
    ),
    "OrderImported": lambda f: (
        f"read from a shop that runs on {f['shop_kind']}, {_code(f['shop_state'])} there: {_lines(f)} for {_money(f['amount'])}, no proof"
    ),
    "OrderDeliveredOutside": lambda f: (
        f"delivered by the shop beside us{', though we had begun to deliver it: a double delivery' if f['is_double'] else ''}"
    ),
    "ShopModeChanged": lambda f: f"who delivers the orders of the shop beside us: {_code(f['mode'])}",
    "CardAllocated": lambda f: f"{_unit(f)} is given the card {f['card_preview']} of {f['supplier_code']}",
    "AllocationFailed": lambda f: f"no card for {_unit(f)}: {_code(f['reason'])}",
    "CardVerified": lambda f: f"{f['supplier_code']} is asked whether the card still works: {_code(f['result'])}",
    "LeakSuspected": lambda f: f"somebody used the card of {f['supplier_code']} before its buyer could have seen it",
    "CardOpened": lambda f: f"the buyer sees the card of {_unit(f)}{_times(f['opened_count'])}",
    "NeedClosed": lambda f: f"the need of {_unit(f)} is closed{', its card held' if f['card_id'] else ', no card was given'}",
    "SupplierCallFailed": lambda f: f"{f['supplier_code']} brought no card ({_code(f['error_class'])}, call {f['call_number']})",
    "SupplierFailedOver": lambda f: f"on from {f['from_supplier']} to {f['to_supplier']} ({_code(f['reason'])})",
    "SourcingExhausted": lambda f: f"nobody is left to ask for {_unit(f)}{_tried(f['tried_suppliers'])}{_passed_over(f)}",
    "NeedAwaitsPerson": lambda f: f"{_unit(f)} waits for a person: {_code(f['reason'])} at {f['supplier_code']}",
    "TopUpSucceeded": lambda f: f"{f['supplier_code']} has made the top-up of {_unit(f)}",
    "TopUpFailed": lambda f: f"{f['supplier_code']} did not make the top-up of {_unit(f)} and will not: {_code(f['reason'])}",
    "HandDeliveryAwaited": lambda f: f"{_unit(f)} waits for a person who delivers it",
    "ClaimRaised": lambda f: f"a claim against {f['supplier_code']}: {_code(f['reason'])}",
    "ClaimAnswered": lambda f: f"{f['supplier_code']} {'accepts' if f['is_accepted'] else 'rejects'} the claim ({_code(f['reason'])})",
    "ClaimSettled": lambda f: f"the claim against {f['supplier_code']} is settled: {_code(f['outcome'])}",
    "DepositChanged": lambda f: f"the deposit of {f['supplier_code']}: {_code(f['kind'])}, now {_code(f['level'])}",
    "LateCardStocked": lambda f: f"a card of {f['supplier_code']} came too late and became stock",
    "SupplierSuspended": lambda f: f"{f['supplier_code']} is suspended: {_code(f['reason'])}",
    "SupplierResumed": lambda f: f"{f['supplier_code']} gets orders again: {_code(f['reason'])}",
    "NotificationFailed": lambda f: f"the shop could not be told by {f['channel']}: {_code(f['reason'])}, {f['try_count']} tries",
}

_EVENTS: dict[str, Callable[[Facts], str]] = {
    "order.PaymentNotice.Received": lambda f: f"a notice of {f['provider']} arrives",
    "order.PaymentNotice.Awaited": lambda f: "rightly signed; the provider is asked whether it is true",
    "order.PaymentNotice.NotConfirmedYet": lambda f: "the provider says: not paid (yet)",
    "order.PaymentNotice.Accepted": lambda f: "the notice is accepted",
    "order.PaymentNotice.Disregarded": lambda f: "the notice says nothing about a payment",
    "order.Order.CancellationAsked": lambda f: "the shop cancels it, if it is not paid",
    "order.Order.UnitRevealed": lambda f: f"{_unit(f)} counts as seen",
    "order.Order.CardNotAwaited": lambda f: f"a card came for {_unit(f)}, which no longer waits: not delivered",
    "inventory.Card.Allocated": lambda f: "a card leaves the stock for this order",
    "inventory.Need.Opened": lambda f: f"a need is opened for {_unit(f)}: {f['product_code']}",
    "inventory.Need.Reserved": lambda f: "a card of the stock is reserved",
    "inventory.Need.Lapsed": lambda f: "the need lapses; what was reserved goes back",
    "inventory.Need.Paid": lambda f: "the need is paid" + (", late: own stock only" if f["is_late"] else ""),
    "inventory.Need.Ordered": lambda f: f"ordered at {f['supplier_code']} (score {f['score']})",
    "inventory.Need.CalledAgain": lambda f: "the same order is sent once more",
    "inventory.Need.Delivered": lambda f: f"{f['supplier_code']} delivers, {f['latency_milliseconds'] / 1_000:.2f} s after it was ordered",
    "inventory.Need.RunAgain": lambda f: f"{f['staff']} has it tried again",
    "inventory.Need.BuyerFieldsShown": lambda f: f"{f['staff']} is shown what the buyer filled in",
    "inventory.Need.ToldByPerson": lambda f: f"{f['staff']} says what {f['supplier_code']} did",
    "inventory.Need.Closing": lambda f: "the need closes once the supplier has answered",
}


def message_in_words(name: str, facts: Facts) -> str:
    """A published message by its short name (`CardDelivered`) and decoded value."""
    told = _MESSAGES.get(name)
    return told(facts) if told is not None else _spaced(name)


def event_in_words(topic: str, facts: Facts) -> str:
    """A private event by its topic and fields."""
    told = _EVENTS.get(topic)
    return told(facts) if told is not None else _spaced(topic.rpartition(".")[2])


def _unit(facts: Facts) -> str:
    return f"unit {facts['line']}.{facts['unit']}"


def _code(code: str) -> str:
    return code.replace("_", " ")


def _lines(facts: Facts) -> str:
    return ", ".join(f"{line['quantity']} × {line['product_code']}" for line in facts["lines"])


def _money(amount: Facts) -> str:
    return f"{decimal_text(Money(amount['amount_minor'], amount['currency']))} {amount['currency']}"


def _times(count: int) -> str:
    return f" (time {count})" if count > 1 else ""


def _tried(suppliers: list[str]) -> str:
    return f", after {', '.join(suppliers)}" if suppliers else ""


def _passed_over(facts: Facts) -> str:
    suppliers = facts.get("passed_over_suppliers")
    return f"; {', '.join(suppliers)} cannot be asked for now" if suppliers else ""


def _after(milliseconds: int) -> str:
    return f", {milliseconds / 1_000:.2f} s after the payment"


def _spaced(name: str) -> str:
    return _WORD_START.sub(" ", name).lower()
