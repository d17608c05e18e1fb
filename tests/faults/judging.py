"""Judging the stores after the drills: by the laws of the simulation's checker and by those of this folder.

`Verdict.lost` holds what is paid and has no end, or was not handled; `double` what happened twice; `unfinished` what was still under way
when patience ended; `other` all else that must not be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from redress.composition import SERVICES
from redress.replaying import rebuild
from redress.simulation import laws_of_hearing as hearing
from redress.simulation import laws_of_record as record
from redress.simulation import laws_of_restoring as restoring
from redress.simulation import laws_of_supply as supply
from redress.simulation import laws_of_trade as trade
from redress.simulation.checker import Law
from redress.simulation.evidence import Evidence
from redress.simulation.network import Caller, CallMade
from redress.simulation.people import NoticeTaken
from redress.simulation.requests import AnswerGiven
from tests.faults import laws_of_attempts, laws_of_restoring
from tests.faults.attempts import histories, merged
from tests.faults.buyers import Buyers
from tests.faults.drill import Trial
from tests.faults.drills_aimed import SUPPLIER_TROUBLES
from tests.faults.ended import EndedStore, restore_made
from tests.faults.house import BOUGHT_PRODUCT, OWN_PRODUCT, House
from tests.faults.laws_of_attempts import Attempts

ENDS = ("CardDelivered", "DeliveryFailed")
LATE = "late_no_stock"
DELIVERED_SHARE = 0.9
BUGS = ("a unit ran into a bug", "a part failed and starts anew", "an activity raised", "the committing loop failed", "Traceback")

LOST: tuple[Law, ...] = (
    record.readers_are_level,
    record.logs_have_no_gaps,
    trade.accepted_payments_count,
    trade.paid_units_end_once,
    trade.messages_leave_their_mark,
    supply.bought_cards_are_known,
    trade.failed_needs_close_once,
    restoring.our_word_stands,
    restoring.lost_records_are_given_back,
)
DOUBLE: tuple[Law, ...] = (
    record.public_ids_are_unique,
    record.each_cause_took_effect_once,
    record.each_cause_says_a_thing_once,
    trade.no_card_goes_to_two,
    trade.own_stock_is_not_oversold,
    trade.nothing_is_said_twice,
    supply.suppliers_are_ordered_from_once,
    restoring.buyers_are_told_of_one_card,
)
OTHER: tuple[Law, ...] = (
    record.nothing_broke,
    trade.confirmed_payments_are_real,
    trade.delivered_is_what_was_allocated,
    supply.late_cards_are_claimed,
    supply.closed_needs_have_nothing_under_way,
    hearing.streams_never_go_back,
    record.answers_stay_the_same,
)
LawOfAttempts = Callable[[Attempts], Iterator[str]]
OF_ONE_HISTORY: tuple[LawOfAttempts, ...] = (laws_of_attempts.attempts_are_numbered, laws_of_attempts.attempts_do_not_overlap)
OF_ALL_HISTORIES: tuple[LawOfAttempts, ...] = (laws_of_attempts.orders_are_of_an_attempt,)
_ASKED_OF_EVIDENCE = [each.name for each in fields(Evidence) if each.default is MISSING and each.default_factory is MISSING]


@dataclass(slots=True)
class Verdict:
    """What was found; `failed_units`: cards that ended with a person instead of a delivery."""

    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    order_count: int = 0
    delivered_units: int = 0
    failed_units: int = 0


def judge(trial: Trial) -> Verdict:
    """Every law over the real stores, and every index and view against its rebuild."""
    house, buyers = trial.house, trial.buyers
    given = [AnswerGiven("order", each.inbox_key(house.stage.shop_id), each.status, each.body, each.at) for each in buyers.answers]
    opened = house.stores()
    try:
        asked = {each.inbox_key for each in given}
        stores = {name: EndedStore(store, asked if name == "order" else ()) for name, store in opened.items()}
    finally:
        for store in opened.values():
            store.close()
    sandbox = house.sandbox.sandbox
    taken = [
        NoticeTaken(each.sent_at, each.party, each.order_number)
        for each in sandbox.attempts
        if each.is_accepted and each.party in sandbox.providers
    ]
    nobody = Caller("", "", 0, None)
    known: dict[str, Any] = {
        "shop_id": house.stage.shop_id,
        "stores": stores,
        "providers": sandbox.providers,
        "suppliers": sandbox.suppliers,
        "taken": taken,
        "answers": given,
        "calls": [
            CallMade(each.at, each.at, each.at, f"http://{each.supplier_code}.example", each.request, each.result, nobody, 1)
            for each in house.heard
        ],
        "bugs": _bugs(house),
        "ended_at": datetime.now(UTC),
        "subscribed": {name: set(service.subscriptions) for name, service in SERVICES.items()},
    }
    # What only a simulated world writes down stays empty; the laws about it are not asked.
    evidence = Evidence(**{name: known.get(name) for name in _ASKED_OF_EVIDENCE})  # type: ignore[arg-type]
    opened_before = Counter[str]()
    for each in house.restored:
        opened_before[each.service] += 1
        evidence.restores.append(restore_made(house, each, 1 + opened_before[each.service]))
    awaited = laws_of_restoring.orders_still_to_be_asked_about(trial, evidence)
    trial.counts["payments of lost spans, to be asked about before their orders expire"] += len(awaited)
    evidence.taken = [each for each in evidence.taken if each.order_number not in awaited]
    known_attempts = _attempts(house)
    names = Counter(said.name for said in evidence.said("order"))
    verdict = Verdict(
        lost=_broken(LOST, evidence) + _unpaid(evidence, buyers, awaited),
        double=_broken(DOUBLE, evidence),
        other=_broken(OTHER, evidence) + _broken_attempts(known_attempts, house) + _rebuilt_differently(house),
        order_count=names["OrderPlaced"],
        delivered_units=names["CardDelivered"],
        failed_units=names["DeliveryFailed"],
    )
    verdict.double += laws_of_restoring.buyers_see_the_same_card(trial)
    verdict.other += laws_of_restoring.the_drill_saw_nothing_amiss(trial)
    verdict.other += laws_of_restoring.suppliers_are_asked_by_our_numbers(trial)
    verdict.other += laws_of_restoring.providers_are_asked_by_order_number(trial, evidence)
    late = list(laws_of_attempts.attempts_begin_before_their_deadline(known_attempts))
    trial.counts["attempts begun past their deadline, which sent nothing"] += len(late)
    verdict.other += [f"a buyer was refused: {each}" for each in buyers.failures]
    verdict.other += [*_answers(buyers, stores["order"], house), *_stale(trial)]
    verdict.other += _mostly_failed(evidence, [OWN_PRODUCT] if trial.counts[SUPPLIER_TROUBLES] else [OWN_PRODUCT, BOUGHT_PRODUCT])
    trial.counts.update(f"failed: {each.values['reason']}" for each in evidence.said("order", "DeliveryFailed"))
    return verdict


def _mostly_failed(evidence: Evidence, products: list[str]) -> Iterator[str]:
    """A house that hands every order to a person loses nothing either: of products whose suppliers behave well, most must be delivered.

    Where a payment is heard of only after its order expired, a card that would have to be bought is rightly not bought any more.
    """
    for product in products:
        said = [each for each in evidence.said("order", *ENDS) if each.values["product_code"] == product]
        ends = Counter(each.name for each in said if each.values.get("reason") != LATE)
        if ends["CardDelivered"] < DELIVERED_SHARE * ends.total():
            yield f"of {product}, only {ends['CardDelivered']} cards were delivered, {ends['DeliveryFailed']} failed"


def _attempts(house: House) -> Attempts:
    return Attempts(
        {name: histories(house.stage.servers.dsn_of(name)) for name in SERVICES},
        {name: {kind: each.patience.margin_seconds for kind, each in service.activity_of.items()} for name, service in SERVICES.items()},
        house.heard,
    )


def _broken_attempts(attempts: Attempts, house: House) -> list[str]:
    """Each database that was given up tells a history of its own, and suppliers heard of the attempts of all of them."""
    given_up = [replace(attempts, histories={each.service: histories(each.lost_dsn)}) for each in house.restored]
    every = {name: merged(of.histories.get(name, {}) for of in (attempts, *given_up)) for name in SERVICES}
    found = [violation for of in (attempts, *given_up) for violation in _broken_laws(OF_ONE_HISTORY, of)]
    return list(dict.fromkeys(found)) + _broken_laws(OF_ALL_HISTORIES, replace(attempts, histories=every))


def _broken_laws(laws: Iterable[LawOfAttempts], attempts: Attempts) -> list[str]:
    return [f"{law.__name__}: {violation}" for law in laws for violation in law(attempts)]


def _answers(buyers: Buyers, store: EndedStore, house: House) -> Iterator[str]:
    """Every answer to a request with a key is what is stored under it; who was refused, is not in the log."""
    for each in buyers.answers:
        key = each.inbox_key(house.stage.shop_id)
        row = store.inbox(key)
        if any(key in restored.forgotten_keys and each.at < restored.opened_at for restored in house.restored):
            continue  # the drill has compared it with the answer that took its place
        if row is not None and (row.status, row.answer) != (each.status, each.body):
            yield f"{each.key} was answered {each.status}, {row.status} is stored"
    answered = {each.key for each in buyers.answers if each.status < 300}
    yield from (f"{number} was paid for, and its order was never answered" for number in buyers.paid_at.keys() - answered)
    yield from (f"{number} was refused, and paid for" for number in buyers.refused & buyers.paid_at.keys())


def _stale(trial: Trial) -> Iterator[str]:
    """A writer that was frozen in a transaction was replaced, and its transaction is not committed, also after it went on."""
    for hit in trial.hits:
        if not hit.has_successor:
            yield f"{hit.service}: frozen in a {hit.what}, and no other took over in {hit.takeover_seconds:.0f} s"
        if hit.transaction_id is not None:
            with psycopg.connect(trial.house.admin_dsn_of(hit.service), autocommit=True) as connection:
                ((status,),) = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [hit.transaction_id]).fetchall()
            if status != "aborted":
                yield f"{hit.service}: transaction {hit.transaction_id} of a frozen writer is {status}"


def _unpaid(evidence: Evidence, buyers: Buyers, awaited: set[str]) -> list[str]:
    """Orders that were paid, and whose payment was told to nobody."""
    heard = {said.values["order_number"] for said in evidence.said("order", "PaymentConfirmed", "PaymentRejected", "PaymentDuplicated")}
    return [f"{number} was paid, and the payment is nowhere" for number in buyers.paid_at if number not in heard | awaited]


def _broken(laws: Iterable[Law], evidence: Evidence) -> list[str]:
    return [f"{law.__name__}: {violation}" for law in laws for violation in law(evidence)]


def _rebuilt_differently(house: House) -> list[str]:
    return [
        f"{each.service}: {each.what} {each.name} differs from its rebuild in {each.differing[:3]} (settled: {each.is_settled})"
        for each in rebuild(house.stage.servers, lambda _: None)
        if each.differing or not each.is_settled
    ]


def _bugs(house: House) -> list[str]:
    """Lines of the children's logs that tell of a bug."""
    return [
        f"{name}: {line[:600]}"
        for name in house.theatre.names
        for line in (house.folder / f"{name}.log").read_text(errors="replace").splitlines()
        if any(mark in line for mark in BUGS)
    ]
