"""Posting what is first in a queue: the one place that makes intents of deliveries."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from chassis.work import Work
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.limits import DEFAULT_LIMITS, DeliveryLimits
from services.notify.webhooks.domain.queue import Delivery, DeliveryQueue
from services.notify.webhooks.intents import Post
from services.notify.webhooks.timers import StopDue


def limits_now(work: Work) -> DeliveryLimits:
    """The limits that a new queue begins with: those of the advice "limits"."""
    advice = work.advice("limits")
    given = {each.name: advice[each.name] for each in fields(DeliveryLimits) if each.name in advice}
    return replace(DEFAULT_LIMITS, **given)


def enqueue(endpoint: Endpoint, topic: str, message_id: str, type_name: str, body: str, work: Work) -> None:
    """Take a message into the queue of its topic, and post it at once where nothing is before it."""
    queue_id = DeliveryQueue.create_id(endpoint.shop_id, endpoint.id, topic)
    queue = work.find(DeliveryQueue, queue_id)
    if queue is None:
        queue = DeliveryQueue(shop_id=endpoint.shop_id, endpoint_id=endpoint.id, topic=topic, limits=limits_now(work))
    if queue.queue(message_id=message_id, type_name=type_name, body=body):
        post_first(queue, endpoint, work)


def post_first(queue: DeliveryQueue, endpoint: Endpoint, work: Work, not_before: datetime | None = None) -> None:
    """Post what is first, if anything is, but not while the endpoint wants quiet; the address and the secrets are those of now."""
    first = queue.first
    if first is None:
        return
    work.intend(
        Post(
            key=key_of(queue, first),
            target=str(endpoint.id),
            shop_id=endpoint.shop_id,
            queue_id=queue.id,
            endpoint_id=endpoint.id,
            message_id=first.message_id,
            round_number=first.round_number,
            url=endpoint.url,
            body=first.body,
            secret_references=endpoint.references(work.now),
        ),
        endpoint.earliest(not_before or work.now),
    )


def key_of(queue: DeliveryQueue, delivery: Delivery) -> str:
    """Of the intent that posts it, over all its tries."""
    return f"webhook/{queue.id}/{delivery.message_id}/{delivery.round_number}"


def stop_posting(endpoint: Endpoint, work: Work) -> None:
    """Take back what waits for an endpoint that is not posted to any more, step by step: no further try of it is made."""
    work.set_timer(StopDue(endpoint.id), due_at=work.now)


def drop_waiting(queue: DeliveryQueue, reason: str) -> None:
    """Give up what waits in a queue whose endpoint is not posted to any more."""
    while queue.first is not None:
        queue.give_up(reason=reason)
