"""What must hold between what providers told us and what the shop behind us heard, in worlds where we stand in front of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from chassis.store.rows import IntentStatus
from redress.simulation.evidence import EVERYTHING, Evidence

_FORWARDS = "forward-notice/"
_BEGUN, _TRIED, _ENDED = "order.Forwarding.Begun", "order.Forwarding.Tried", "order.Forwarding.Ended"
_GIVEN_UP = "order.Forwarding.GivenUp"
_LIVE = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)


def the_shop_hears_genuine_notices_only(evidence: Evidence) -> Iterator[str]:
    """Rightly signed, and of a payment that was made."""
    for heard in evidence.heard:
        if heard.order_number is None:
            yield f"the shop heard a forged notice of {heard.provider}: {heard.notice_id}"
            continue
        trade = evidence.providers[heard.provider].trade(heard.order_number)
        if trade is None or trade.paid_at is None:
            yield f"the shop heard of {heard.order_number} from {heard.provider}, which nobody paid"


def kept_notices_reach_the_shop(evidence: Evidence) -> Iterator[str]:
    """Each notice that was kept is accepted by the shop, denied by its provider, given up, or still being passed on."""
    accepted = {heard.notice_id for heard in evidence.heard if heard.is_accepted}
    live = {row.key.split("/")[1] for row in evidence.stores["order"].intents(_LIVE, EVERYTHING) if row.key.startswith(_FORWARDS)}
    ends: dict[str, str] = {}
    for row in evidence.rows("order"):
        notice_id, topic = str(row.stream_id), row.topic.partition("@")[0]
        if topic == _BEGUN:
            ends[notice_id] = "nowhere"
        elif topic == _GIVEN_UP:
            ends[notice_id] = "given_up"
        elif topic in (_TRIED, _ENDED):
            said: dict[str, Any] = msgspec.json.decode(row.state)
            if topic == _ENDED:
                ends[notice_id] = said["result"]
            elif said["verdict"] == "accepted":
                ends[notice_id] = "accepted"
    for notice_id, end in ends.items():
        if end == "nowhere" and notice_id not in live:
            yield f"the notice {notice_id} was kept, and is nowhere"
        elif end == "accepted" and notice_id not in accepted:
            yield f"the notice {notice_id} counts as accepted, and the shop never said so"


def what_providers_were_told_is_kept(evidence: Evidence) -> Iterator[str]:
    """Where we stand in front, the success word means that the notice is on its way to the shop; but for what a restore has lost."""
    if not evidence.is_in_front or evidence.is_restored("order"):
        return
    kept = {(state["provider"], state["order_number"]) for state in _states(evidence, _BEGUN)}
    for taken in evidence.taken:
        if (taken.provider, taken.order_number) not in kept:
            yield f"{taken.provider} was told success for {taken.order_number}, and its notice was not kept"


def what_the_shop_accepted_is_left_at_that(evidence: Evidence) -> Iterator[str]:
    """Once the shop's word is recorded, that notice is not begun to be passed on again."""
    last: dict[str, int] = {}
    for row in evidence.rows("order"):
        if row.topic.partition("@")[0] == _TRIED:
            said: dict[str, Any] = msgspec.json.decode(row.state)
            if said["verdict"] == "accepted":
                last[str(row.stream_id)] = said["number"]
    for call in evidence.calls:
        key = call.caller.intent_key
        if key.startswith(_FORWARDS):
            _, notice_id, number = key.split("/")
            if notice_id in last and int(number) > last[notice_id] and not evidence.is_restored("order"):
                yield f"{notice_id} was accepted at try {last[notice_id]}, and passed on at try {number}"


def _states(evidence: Evidence, topic: str) -> Iterator[dict[str, Any]]:
    for row in evidence.rows("order"):
        if row.topic.partition("@")[0] == topic:
            yield msgspec.json.decode(row.state)
