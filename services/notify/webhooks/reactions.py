"""What webhooks do about messages, and about what became of a try.

A message that no endpoint of its shop wants is passed over after one look at an index, which is read once for a group of messages:
nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chassis.activity import Confirmed, Outcome, Refused, Unknown
from chassis.service import on_outcome, on_timer, reacts_to
from chassis.work import Work
from services.notify.webhooks.activities import GONE, reason_of
from services.notify.webhooks.domain.endpoint import BY_FAILING, BY_RECEIVER, Endpoint
from services.notify.webhooks.domain.queue import DeliveryQueue
from services.notify.webhooks.indexes import ActiveEndpoints, WaitingQueues, is_wanted
from services.notify.webhooks.intents import Post, Taken
from services.notify.webhooks.posting import drop_waiting, enqueue, key_of, post_first, stop_posting
from services.notify.webhooks.timers import DisableDue, StopDue
from services.notify.webhooks.vocabulary import VOCABULARY, body_of, data_of, message_id_of, topic_of

STOPPED_AT_ONCE = 90
"""Queues of one step: a unit may touch 100 aggregates."""


def tell(message: Any, work: Work) -> None:
    """Queue a message at each endpoint of its shop that wants it."""
    type_name = VOCABULARY[type(message)].type
    wanted = [row.stream_id for row in work.look(ActiveEndpoints.NAME, message.shop_id) if is_wanted(row.data, type_name)]
    if not wanted:
        return
    body = body_of(type_name, work.message_time, data_of(message))
    for endpoint_id in wanted:
        endpoint = work.get(Endpoint, endpoint_id)
        enqueue(endpoint, topic_of(message, work.message_time), message_id_of(work.cause.causation_id), type_name, body, work)


def _teller(message_class: type[Any]) -> Callable[[Any, Work], None]:
    def told(message: Any, work: Work) -> None:
        tell(message, work)

    told.__name__ = f"on_{message_class.__name__}"
    return reacts_to(message_class)(told)


on_messages = [_teller(message_class) for message_class in VOCABULARY]


@on_outcome(Post)
def on_posted(outcome: Outcome, intent: Post, work: Work) -> None:
    """Taken: the next one. Not taken: the same one later, the more often it failed the later, until it is given up."""
    queue = work.get(DeliveryQueue, intent.queue_id)
    endpoint = work.get(Endpoint, intent.endpoint_id)
    if not queue.is_under_way(intent.message_id, intent.round_number) or isinstance(outcome, Unknown):
        return  # unknown is asked about by itself, which is to post it once more
    if isinstance(outcome, Confirmed):
        queue.note_delivered(http_status=msgspec.json.decode(outcome.reply, type=Taken).http_status)
        if endpoint.note_success():
            work.cancel_timer(DisableDue, endpoint.id)
        if endpoint.is_active:
            post_first(queue, endpoint, work)
        else:
            drop_waiting(queue, "disabled")
        return
    _not_taken(outcome, queue, endpoint, work)


def _not_taken(outcome: Outcome, queue: DeliveryQueue, endpoint: Endpoint, work: Work) -> None:
    code = outcome.code if isinstance(outcome, Refused) else "absent"
    http_status, reason = reason_of(code)
    if http_status == GONE and endpoint.disable(reason=BY_RECEIVER):
        work.cancel_timer(DisableDue, endpoint.id)
        stop_posting(endpoint, work)
    if not endpoint.is_active:
        drop_waiting(queue, "disabled")
        return
    first = queue.first
    assert first is not None
    tries = first.tries + 1
    if tries >= queue.limits.failing_after_tries and endpoint.note_failing(reason=reason):
        work.set_timer(DisableDue(endpoint.id), due_at=work.now + queue.limits.disabled_after)
    pause = queue.limits.pause_after(tries)
    if pause is None:
        queue.give_up(reason=reason)
        post_first(queue, endpoint, work)
        return
    if isinstance(outcome, Refused) and outcome.retry_after_seconds is not None:
        endpoint.keep_quiet(work.now + queue.limits.quiet(outcome.retry_after_seconds))
    next_at = endpoint.earliest(work.now + pause)
    queue.note_not_taken(http_status=http_status, reason=reason, next_at=next_at)
    post_first(queue, endpoint, work, next_at)


@on_timer(DisableDue)
def on_disable_due(timer: DisableDue, work: Work) -> None:
    """It has failed for days: nothing is posted there until somebody enables it."""
    endpoint = work.get(Endpoint, timer.stream_id)
    if endpoint.failing_since is not None and endpoint.disable(reason=BY_FAILING):
        stop_posting(endpoint, work)


@on_timer(StopDue)
def on_stop_due(timer: StopDue, work: Work) -> None:
    """Give up what waits, some queues at a time. Of one whose try is under way right now, its outcome does the same."""
    endpoint = work.get(Endpoint, timer.stream_id)
    if endpoint.is_active:
        return  # it was enabled meanwhile
    rows = work.claim(WaitingQueues.NAME, str(endpoint.id), STOPPED_AT_ONCE)
    stopped = [queue for row in rows if _take_back(queue := work.get(DeliveryQueue, row.stream_id), work)]
    for queue in stopped:
        drop_waiting(queue, "disabled")
    if stopped and len(rows) == STOPPED_AT_ONCE:
        stop_posting(endpoint, work)


def _take_back(queue: DeliveryQueue, work: Work) -> bool:
    """Whether no try of what is first is under way, and none will be made."""
    return queue.first is not None and work.withdraw(key_of(queue, queue.first))
