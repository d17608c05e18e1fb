"""Commands about webhooks, decided. An endpoint of another shop is not found, as one that there is not."""

from __future__ import annotations

from typing import Any

from chassis.errors import NotFound
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.notify.webhooks.commands import (
    ChangeEndpoint,
    EndpointShown,
    RegisterEndpoint,
    RemoveEndpoint,
    ReplaceSecret,
    Replay,
    SeeFailures,
    TestEndpoint,
)
from services.notify.webhooks.domain.endpoint import BY_SHOP, Endpoint, EndpointDisabled, EndpointState
from services.notify.webhooks.domain.limits import EARLIER_SECRET_GOOD_FOR, MOST_ENDPOINTS
from services.notify.webhooks.domain.queue import DeliveryQueue
from services.notify.webhooks.domain.refusals import TooManyEndpoints
from services.notify.webhooks.indexes import ActiveEndpoints
from services.notify.webhooks.posting import enqueue, post_first, stop_posting
from services.notify.webhooks.timers import DisableDue
from services.notify.webhooks.vocabulary import TEST, body_of


@handles(RegisterEndpoint)
def register_endpoint(command: RegisterEndpoint, work: Work) -> Answer:
    """Post to a new address from now on: 201."""
    if len(work.look(ActiveEndpoints.NAME, command.shop_id)) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(limit=MOST_ENDPOINTS)
    endpoint = Endpoint(
        shop_id=command.shop_id,
        endpoint_id=command.endpoint_id,
        url=command.url,
        types=command.types,
        secret_reference=command.secret_reference,
    )
    work.keep(command.secret_reference)
    return _answer(201, endpoint)


@handles(ChangeEndpoint)
def change_endpoint(command: ChangeEndpoint, work: Work) -> Answer:
    """Change address or types, disable, or enable again."""
    endpoint = _endpoint(command, work)
    endpoint.change(
        url=endpoint.url if command.url is None else command.url, types=endpoint.types if command.types is None else command.types
    )
    if command.is_enabled is False:
        if endpoint.disable(reason=BY_SHOP):
            stop_posting(endpoint, work)
        work.cancel_timer(DisableDue, endpoint.id)
    elif command.is_enabled:
        endpoint.enable()
    return _answer(200, endpoint)


@handles(ReplaceSecret)
def replace_secret(command: ReplaceSecret, work: Work) -> Answer:
    """Sign with a new secret; the one before stays good for a day."""
    endpoint = _endpoint(command, work)
    endpoint.replace_secret(secret_reference=command.secret_reference, earlier_until=work.now + EARLIER_SECRET_GOOD_FOR)
    work.keep(command.secret_reference)
    return _answer(200, endpoint)


@handles(RemoveEndpoint)
def remove_endpoint(command: RemoveEndpoint, work: Work) -> Answer:
    """Remove an endpoint; what waits for it is given up."""
    endpoint = _endpoint(command, work)
    endpoint.remove()
    stop_posting(endpoint, work)
    work.cancel_timer(DisableDue, endpoint.id)
    return Answer(200, {"webhook_id": endpoint.id})


@handles(SeeFailures)
def see_failures(command: SeeFailures, work: Work) -> Answer:
    """Leave what was given up so far at that: it alarms nobody any more."""
    endpoint = _endpoint(command, work)
    endpoint.see_failures(staff=command.staff)
    return _answer(200, endpoint)


@handles(TestEndpoint)
def test_endpoint(command: TestEndpoint, work: Work) -> Answer:
    """Post a test message."""
    endpoint = _endpoint(command, work)
    if not endpoint.is_active:
        raise EndpointDisabled()
    body = body_of(TEST, work.now, {"webhook_id": endpoint.id})
    enqueue(endpoint, f"test/{work.now:%Y-%m}", command.message_id, TEST, body, work)
    return Answer(202, {"message_id": command.message_id})


@handles(Replay, loads=lambda command: (command.stream_id, *(each.queue_id for each in command.deliveries)))
def replay(command: Replay, work: Work) -> Answer:
    """Post again what was taken or given up; what waits anyway is not counted."""
    endpoint = _endpoint(command, work)
    if not endpoint.is_active:
        raise EndpointDisabled()
    count = 0
    for each in command.deliveries:
        queue = work.find(DeliveryQueue, each.queue_id)
        if queue is None or queue.endpoint_id != endpoint.id:
            continue
        before = len(queue.waiting)
        if queue.queue_again(each.message_id):
            post_first(queue, endpoint, work)
        count += len(queue.waiting) - before
    return Answer(202, {"replayed": count})


def _endpoint(command: ChangeEndpoint | ReplaceSecret | RemoveEndpoint | SeeFailures | TestEndpoint | Replay, work: Work) -> Endpoint:
    endpoint = work.find(Endpoint, command.stream_id)
    if endpoint is None or endpoint.shop_id != command.shop_id or endpoint.state is EndpointState.REMOVED:
        raise NotFound(webhook_id=command.stream_id)
    return endpoint


def shown(endpoint: Endpoint) -> EndpointShown:
    """An endpoint as its shop sees it."""
    is_failing = endpoint.is_active and endpoint.failing_since is not None
    return EndpointShown(
        webhook_id=endpoint.id,
        url=endpoint.url,
        types=endpoint.types,
        state="failing" if is_failing else endpoint.state.value,
        reason=endpoint.reason,
        failing_since=endpoint.failing_since,
    )


def _answer(status: int, endpoint: Endpoint) -> Answer:
    """References only: a secret is opened anew by whoever may see it."""
    body: dict[str, Any] = {"webhook": shown(endpoint), "secret_reference": endpoint.secret_reference}
    return Answer(status, body)
