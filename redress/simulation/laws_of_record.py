"""What must hold of every log and store, whatever the services sell: numbers without gaps, everything handled once, nothing left open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

import msgspec

from chassis.store.rows import ParkedStatus, Position
from redress.simulation.evidence import EVERYTHING, Evidence
from redress.simulation.reading import is_level

NOWHERE = Position(1, 0)
TELLINGS_PER_ATTEMPT = 3
"""An attempt's saga may hear of it as unknown, then as absent, then as confirmed after all."""
MAY_CHANGE = frozenset({"unknown-product", "product-off-sale", "need-claimed", "need-not-claimed"})
"""Refusals that a fact from another service may turn: published as not kept with their key (ADR 16)."""


def nothing_broke(evidence: Evidence) -> Iterator[str]:
    yield from (f"bug: {bug}" for bug in evidence.bugs)
    for service, store in evidence.stores.items():
        for row in store.parked(ParkedStatus.WAITING, EVERYTHING):
            yield f"{service}: {row.what} {row.type} is still parked ({row.reason}): {row.detail}"


def everything_ended(evidence: Evidence) -> Iterator[str]:
    """At the end nothing is due any more: a saga has ended, or waits for a person."""
    if evidence.is_quiet:
        return
    for service, store in evidence.stores.items():
        left = f"{len(store.tables.timers)} timers, {len(store.tables.open_intents)} intents"
        yield f"{service}: not quiet at {evidence.ended_at:%H:%M:%S}: {left}, relayed {store.relayed()} of {store.last_log_id()}"


def logs_have_no_gaps(evidence: Evidence) -> Iterator[str]:
    for service, store in evidence.stores.items():
        rows = evidence.every_row(service)
        if [row.log_id for row in rows] != list(range(1, len(rows) + 1)):
            yield f"{service}: log ids have gaps or are out of order"
        versions: dict[UUID, int] = defaultdict(int)
        sequences: dict[int, int] = defaultdict(int)
        for row in rows:
            versions[row.stream_id] += 1
            if row.version != versions[row.stream_id]:
                yield f"{service}: stream {row.stream_id} has version {row.version} where {versions[row.stream_id]} is next"
            if row.slot is not None:
                sequences[row.slot] += 1
                if row.sequence != sequences[row.slot]:
                    yield f"{service}: slot {row.slot} has sequence {row.sequence} where {sequences[row.slot]} is next"
        for slot, head in enumerate(store.slot_heads()[1]):
            if head != sequences[slot]:
                yield f"{service}: the head of slot {slot} is {head}, its last record {sequences[slot]}"


def public_ids_are_unique(evidence: Evidence) -> Iterator[str]:
    for service in evidence.stores:
        ids = Counter(msgspec.json.decode(row.headers)["ce_id"] for row in evidence.every_row(service) if row.headers is not None)
        yield from (f"{service}: {count} records are called {name}" for name, count in ids.items() if count > 1)


def readers_are_level(evidence: Evidence) -> Iterator[str]:
    for service, store in evidence.stores.items():
        positions = store.positions()
        for source in {type_name.split(".")[1] for type_name in evidence.subscribed[service]}:
            for slot, head in enumerate(evidence.stores[source].slot_heads()[1]):
                position = positions.get((source, slot), NOWHERE)
                if not is_level(position, slot, evidence.stores[source]):
                    yield f"{service}: slot {slot} of {source} ends at {head}, handled up to {position}"


def each_cause_took_effect_once(evidence: Evidence) -> Iterator[str]:
    """What one message, command, timer or attempt caused stands together in the log: it was decided in one go, and once."""
    for service in evidence.stores:
        runs: Counter[str] = Counter()
        before = ""
        for row in evidence.every_row(service):
            if row.causation_id != before:
                runs[row.causation_id] += 1
                before = row.causation_id
        for cause, count in runs.items():
            if count > (TELLINGS_PER_ATTEMPT if "/intent/" in cause else 1):
                yield f"{service}: {cause} took effect {count} times"


def each_cause_says_a_thing_once(evidence: Evidence) -> Iterator[str]:
    """One message, command or timer leads to one message of a type about one thing: handled twice in one commit it would say it twice.

    A thing is a need, a card, a delivery that was given up, else the aggregate itself.
    """
    for service in evidence.stores:
        said: Counter[tuple[str, str, object]] = Counter()
        for each in evidence.said(service):
            if "/intent/" not in each.row.causation_id:
                values = each.values
                about = values.get("need_id") or values.get("card_id") or (each.row.stream_id, values.get("message_id"))
                said[each.row.causation_id, each.name, about] += 1
        yield from (
            f"{service}: {cause} led to {count} of {name} about {about}" for (cause, name, about), count in said.items() if count > 1
        )


def answers_stay_the_same(evidence: Evidence) -> Iterator[str]:
    """The same request gets the same answer, and its key is stored with it; but for refusals that are published as not kept."""
    first: dict[tuple[str, object, int], tuple[int, bytes]] = {}
    for given in evidence.answers:
        if given.status >= 500 or _may_change(given.body):
            continue
        forgot = [each.made_at for each in evidence.restores if each.service == given.service and given.inbox_key in each.forgotten_keys]
        era = sum(moment <= given.at for moment in forgot)
        told = first.setdefault((given.service, given.inbox_key, era), (given.status, given.body))
        if told != (given.status, given.body):
            yield f"{given.service}: {given.inbox_key} was answered {told[0]}, then {given.status}, not the same"
        if era == len(forgot) and evidence.stores[given.service].inbox(given.inbox_key) is None:
            yield f"{given.service}: {given.inbox_key} was answered, and is forgotten"


def _may_change(body: bytes) -> bool:
    answer = msgspec.json.decode(body)
    return isinstance(answer, dict) and answer.get("code") in MAY_CHANGE


def calls_kept_their_deadlines(evidence: Evidence) -> Iterator[str]:
    """The first call of an attempt left before its deadline: by its sender's clock, and by the time that had gone by."""
    for call in evidence.calls:
        by = call.caller
        if by.deadline is None or by.true_deadline is None or call.number > 1:
            continue
        if call.truly_sent_at >= by.true_deadline:
            late = (call.truly_sent_at - by.true_deadline).total_seconds()
            yield f"{by.service}: {by.intent_key}/{by.attempt} was sent {late:.1f} s after its time was over"
        elif call.sent_at >= by.deadline:
            yield f"{by.service}: {by.intent_key}/{by.attempt} was sent at {call.sent_at:%H:%M:%S}, its deadline was {by.deadline:%H:%M:%S}"
