"""What must hold over a restore, beside the simulation's laws of it: told by buyers, and by what suppliers and providers were asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import psycopg

from redress.simulation.evidence import Evidence
from services.order.placing.timers import PaymentDue
from tests.faults.drill import Trial
from tests.faults.restored import Restored

NOTICE_ACCEPTED = "order.PaymentNotice.Accepted"
ARMED = "SELECT stream_id FROM timer WHERE name = %s AND due_at > now()"


def buyers_see_the_same_card(trial: Trial) -> Iterator[str]:
    """Whenever a buyer looks, also after a restore, a unit shows the same card, and no other buyer is shown that one."""
    yield from trial.told.contradictions()


def the_drill_saw_nothing_amiss(trial: Trial) -> Iterator[str]:
    for each in trial.house.restored:
        yield from (f"restore of {each.service}: {sentence}" for sentence in each.amiss)


def suppliers_are_asked_by_our_numbers(trial: Trial) -> Iterator[str]:
    """Each supplier order of the lost span is asked about under the number it had, before anything else is sent under that number."""
    for restored in _of(trial, "inventory"):
        calls = [call for call in trial.house.heard if call.number]
        span = {call.number: call.supplier_code for call in calls if call.is_order and _is_in_span(restored, call.at)}
        earlier = {call.number for call in calls if call.at < restored.backed_up_at}
        for number, supplier in sorted(span.items()):
            after = [call for call in calls if call.number == number and call.at > restored.opened_at]
            if not after and number not in earlier:
                yield f"{supplier} took the order {number} in the lost span, and was never asked about it"
            elif after and after[0].is_order:
                yield f"{supplier} was sent the order {number} again without being asked about it"
        trial.counts["supplier orders of lost spans, asked about"] += len(span)


def providers_are_asked_by_order_number(trial: Trial, evidence: Evidence) -> Iterator[str]:
    """Each payment that we had called confirmed and have forgotten is asked about at its provider, unless a notice proves it before."""
    for restored in _of(trial, "order"):
        accepted = [row for row in evidence.rows("order") if row.topic == NOTICE_ACCEPTED and row.at > restored.opened_at]
        proven = {row.subject for row in accepted}
        for said in evidence.lost_said("order", "PaymentConfirmed"):
            if not _is_in_span(restored, said.row.at):
                continue
            number, provider = said.values["order_number"], said.values["provider"]
            asked = [each for each in trial.house.asked if each.at > restored.opened_at and each.order_number == number]
            if number not in proven and not any(each.provider == provider for each in asked):
                yield f"{number} was confirmed in the lost span, and {provider} was never asked about it"
            trial.counts["payments of lost spans, asked about"] += 1


def orders_still_to_be_asked_about(trial: Trial, evidence: Evidence) -> set[str]:
    """Orders whose payment was told in a lost span before it was confirmed: providers are asked before such an order expires.

    That is minutes away, and no drill waits so long; the simulation does. Here the timer that asks must be armed.
    """
    restored = _of(trial, "order")
    paid = {number for number, at in trial.buyers.paid_at.items() if any(each.backed_up_at < at < each.stopped_at for each in restored)}
    with psycopg.connect(trial.house.admin_dsn_of("order"), autocommit=True) as connection:
        armed = {row[0] for row in connection.execute(ARMED, [PaymentDue.NAME])}
    return paid & {said.values["order_number"] for said in evidence.said("order", "OrderPlaced") if said.row.stream_id in armed}


def _of(trial: Trial, service: str) -> list[Restored]:
    return [each for each in trial.house.restored if each.service == service]


def _is_in_span(restored: Restored, moment: datetime) -> bool:
    return restored.dump_ended_at < moment < restored.stopped_at
