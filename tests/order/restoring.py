"""A restore of the order service's store for tests, and what providers answer afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.activity import Outcome, Refused, confirmed
from chassis.committer import Committer
from chassis.records import feed_unit
from chassis.recovering import Opening
from chassis.store.memory import MemoryStore
from chassis.store.rows import IntentRow, IntentStatus
from chassis.unit import ReplayUnit
from contracts.values import Money
from services.order.domain.search import PaymentSearch
from services.order.notices.intents import PaymentProven
from tests.harness import Bench
from tests.order.builders import NUMBER, PRICE, SHOP, notice

NOT_PAID = Refused("unpaid")
ABSENT = Refused("absent")
NOT_CONFIGURED = Refused("not_configured")
OPEN = (IntentStatus.PENDING, IntentStatus.UNKNOWN)


def paid(trade_number: str = "T1", amount: Money = PRICE) -> Outcome:
    """The provider's word that the order was paid."""
    return confirmed(PaymentProven(trade_number=trade_number, amount=amount))


def questions(bench: Bench) -> dict[str, IntentRow]:
    """The questions of searches that wait for their answer, by provider."""
    return {row.key.rpartition("/")[2]: row for row in bench.intents(*OPEN) if row.kind == "find_payment"}


def say(bench: Bench, provider: str, *outcomes: Outcome) -> None:
    """The provider answers the question about `NUMBER`, as often as it is put."""
    for outcome in outcomes:
        answer(bench, questions(bench)[provider], outcome)


def answer(bench: Bench, row: IntentRow, outcome: Outcome) -> None:
    """An open question gets its answer, whether it is put for the first time or asked about."""
    if row.status is IntentStatus.UNKNOWN:
        bench.answer(row.key, outcome)
    else:
        bench.outcome(row.key, outcome)


def restore(bench: Bench, backup: MemoryStore, is_known: Callable[[str, int], bool]) -> None:
    """As `Bench.restore`, where the topic has only some of the lost records: those of which `is_known(name, log id)`."""
    since = [row for row in bench.store.events_after(0, 1_000_000) if row.slot is not None and row.log_id > last_log_id(backup)]
    known = {(row.slot, row.sequence) for row in since if is_known(str(row.type).split(".")[2], row.log_id)}
    heads = dict(enumerate(backup.slot_heads()[1]))
    lost = [feed_unit(row) for row in bench.store.feed(heads, 10_000_000) if (row.slot, row.sequence) in known]
    bench.store = backup.restored()
    bench.store.open_epoch(Opening(bench.now, attempt_seconds=15.0, lost=lost), bench.service.name)
    bench.committer = Committer(bench.service, bench.writer(), on_bug=lambda _unit, error: bench.bugs.append(error))
    bench.elect()
    bench.commit(*(ReplayUnit(parked_id, is_recovery=True) for parked_id in bench.committer.lost_ids(bench.now)))
    assert bench.bugs == []


def last_log_id(store: MemoryStore) -> int:
    return max((row.log_id for row in store.events_after(0, 1_000_000)), default=0)


def rewind(bench: Bench) -> None:
    """What other services say from here on takes the numbers behind the restored positions: they were restored as well."""
    positions = bench.store.positions()
    bench._sequences = {key: position.sequence for key, position in positions.items()}


def say_all(bench: Bench, outcome: Outcome) -> None:
    """Every provider gives this answer until nobody is asked any more."""
    while asked := questions(bench):
        for provider in asked:
            say(bench, provider, outcome)


def the_search(bench: Bench, number: str = NUMBER) -> PaymentSearch:
    found: PaymentSearch = bench.aggregate(PaymentSearch.create_id(SHOP, number))
    return found


def said_since(bench: Bench, epoch: int = 2) -> list[str]:
    """What was said since the restore."""
    return [str(row.type).split(".")[2] for row in bench.store.events_after(0, 1_000_000) if row.type is not None and row.epoch == epoch]


def words(bench: Bench, name: str) -> list[dict[str, object]]:
    """The messages of one type, in log order."""
    return [said for each, said in bench.said if each == name]


def pay_by(bench: Bench, provider: str = "alipay", trade_number: str = "T1", amount: Money = PRICE, number: str = NUMBER) -> None:
    """A payment is proven: by its notice, or by the gateway's word on its notice."""
    bench.do(notice(number, provider=provider, trade_number=trade_number, amount=amount))
    for row in bench.intents(*OPEN):
        if row.kind == "confirm_payment":
            answer(bench, row, paid(trade_number, amount))


LONG = timedelta(hours=3)
"""Longer than every limit."""
