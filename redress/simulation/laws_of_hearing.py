"""What must hold of hearing and being heard: every message handled once and in order, timers, attempts, the topic, and gaps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow, ParkedStatus
from redress.simulation.evidence import EVERYTHING, Evidence
from redress.simulation.witness import NAME, Case, PatienceOver, witness

NOTED, WAITED = Case.Noted.TOPIC, Case.Waited.TOPIC


def _heard(evidence: Evidence) -> list[str]:
    """Ids of the messages that the witness noted, in the order of its log."""
    return [row.causation_id for row in evidence.rows(NAME) if row.topic == NOTED] if NAME in evidence.stores else []


def _said_to_witness(evidence: Evidence) -> Iterator[tuple[str, EventRow]]:
    for source in witness.sources:
        for said in evidence.said(source):
            if said.row.type in evidence.subscribed[NAME] and said.row.headers is not None:
                yield msgspec.json.decode(said.row.headers)["ce_id"], said.row


def the_witness_heard_all_once(evidence: Evidence) -> Iterator[str]:
    """Each message it subscribed to is noted once; what an operator discarded, exactly that, is not noted."""
    if NAME not in evidence.stores:
        return
    heard = Counter(_heard(evidence))
    discarded = {
        (row.source, row.slot, row.epoch, row.sequence)
        for row in evidence.stores[NAME].parked(ParkedStatus.DISCARDED, EVERYTHING)
        if row.what == "record"
    }
    lost = {message_id for source in witness.sources for message_id in evidence.lost_ids(source)}
    for message_id, row in _said_to_witness(evidence):
        is_discarded = (message_id.split("/")[0], row.slot, row.epoch, row.sequence) in discarded
        count = heard.pop(message_id, 0)
        if count != (0 if is_discarded else 1):
            yield f"the witness noted {row.type} {message_id} {count} times" + (", which was discarded" if is_discarded else "")
    for message_id, count in heard.items():
        if message_id not in lost:
            yield f"the witness noted {message_id}, which nobody says"
        elif count > 1:
            yield f"the witness noted {message_id}, which is lost, {count} times"


def streams_are_heard_in_order(evidence: Evidence) -> Iterator[str]:
    """Messages of one stream are noted in its order, whatever was parked in between."""
    last: dict[str, int] = defaultdict(int)
    lost = {message_id for source in witness.sources for message_id in evidence.lost_ids(source)}
    for message_id in _heard(evidence):
        stream, _, version = message_id.partition("@")[0].rpartition("/")
        if message_id in lost:
            continue  # another one may have its number now
        if int(version) <= last[stream]:
            yield f"the witness noted {stream}/{version} after version {last[stream]}"
        last[stream] = int(version)


def cancelled_timers_stay_silent(evidence: Evidence) -> Iterator[str]:
    """The witness's timer, cancelled by a delivery after it was set, does not fire; but one that was parked had fired before."""
    if NAME not in evidence.stores:
        return
    parked = [row.body for row in evidence.stores[NAME].parked(None, EVERYTHING) if row.what == "timer"]
    delivered = {message_id for message_id, row in _said_to_witness(evidence) if row.type and row.type.endswith(".CardDelivered.v1")}
    cancelled_at: dict[UUID, int] = {}
    for row in evidence.rows(NAME):
        if row.topic == NOTED and row.causation_id in delivered:
            cancelled_at[row.stream_id] = row.version
        elif row.topic == WAITED:
            set_at = int(row.causation_id.rpartition(f"/{PatienceOver.NAME}/")[2])
            was_parked = any(str(row.stream_id).encode() in body for body in parked)
            if set_at < cancelled_at.get(row.stream_id, 0) and not was_parked:
                yield f"the timer that case {row.stream_id} set at {set_at} fired after it was cancelled"


def streams_never_go_back(evidence: Evidence) -> Iterator[str]:
    """Whatever the clocks do, no event is dated before the one before it."""
    for service in evidence.stores:
        last: dict[UUID, datetime] = {}
        for row in evidence.rows(service):
            if row.at < last.get(row.stream_id, row.at):
                yield f"{service}: {row.kind} {row.stream_id}/{row.version} is dated before the event before it"
            last[row.stream_id] = row.at


def all_that_is_public_was_published(evidence: Evidence) -> Iterator[str]:
    """The broker said yes to every public record at least once: outside readers know no feed."""
    for service, acknowledged in evidence.acknowledged.items():
        for said in evidence.said(service):
            row = said.row
            if (row.epoch, row.slot, row.sequence) not in acknowledged:
                yield f"{service}: {said.name} {row.slot}/{row.sequence} was never published"


def attempts_are_performed_once(evidence: Evidence) -> Iterator[str]:
    """An attempt's number is never used again: what comes late of it would be taken for another's."""
    performed = Counter(
        (
            call.caller.service,
            call.caller.intent_key,
            call.caller.attempt,
            _era(evidence, call.caller.service, call.truly_sent_at),
        )
        for call in evidence.calls
        if call.caller.deadline is not None and call.number == 1
    )
    yield from (
        f"{service}: attempt {key}/{number} was performed {count} times"
        for (service, key, number, _), count in performed.items()
        if count > 1
    )


def _era(evidence: Evidence, service: str, moment: datetime) -> int:
    """A restored service has forgotten which numbers it used: it counts on from what it knows."""
    return sum(each.service == service and each.made_at <= moment for each in evidence.restores)


def outcomes_are_of_their_attempt(evidence: Evidence) -> Iterator[str]:
    """What comes late of an earlier attempt is not taken for what the one under way came to."""
    yield from evidence.mistaken


def backlogs_are_not_gaps(evidence: Evidence) -> Iterator[str]:
    yield from evidence.needless
