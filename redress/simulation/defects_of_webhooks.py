"""Planted defects in telling shops: order, tries, ids, shops, and where posts may go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from chassis.activity import Refused
from chassis.index import Put
from chassis.work import Work
from protocols import standard_webhooks
from services.notify.webhooks import reactions, targets
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.limits import DeliveryLimits
from services.notify.webhooks.domain.queue import Delivery, DeliveryQueue
from services.notify.webhooks.indexes import ActiveEndpoints


def next_before_first_was_taken() -> AbstractContextManager[Any]:
    """What was not taken lets the others of its queue go first."""

    def fewest_tries(queue: DeliveryQueue) -> Delivery | None:
        return min((queue.deliveries[each] for each in queue.waiting), key=lambda each: each.tries, default=None)

    return patch.object(DeliveryQueue, "first", property(fewest_tries))


def forgotten_after_a_timeout() -> AbstractContextManager[Any]:
    """A try that was not answered in time is the last one."""
    not_taken = reactions._not_taken

    def forget(outcome: Any, *rest: Any) -> None:
        if not (isinstance(outcome, Refused) and outcome.code == "no_answer"):
            not_taken(outcome, *rest)

    return patch.object(reactions, "_not_taken", forget)


def new_id_with_each_try() -> AbstractContextManager[Any]:
    """A message is called by its id and the time of the try."""
    signed = standard_webhooks.signed_headers

    def signed_anew(secrets: Any, *, message_id: str, timestamp: int, body: bytes) -> Any:
        return signed(secrets, message_id=f"{message_id}_{timestamp}", timestamp=timestamp, body=body)

    return patch.object(standard_webhooks, "signed_headers", signed_anew)


@contextmanager
def endpoints_of_all_shops() -> Iterator[None]:
    """The list of endpoints is one for the installation."""
    folded, look = ActiveEndpoints.fold, Work.look

    def fold_as_one(event: Any, aggregate: Any) -> Any:
        return [change._replace(key="all") if isinstance(change, Put) else change for change in folded(event, aggregate)]

    def look_at_all(self: Work, index: str, key: str) -> Any:
        return look(self, index, "all" if index == ActiveEndpoints.NAME else key)

    with ExitStack() as patches:
        patches.enter_context(patch.object(ActiveEndpoints, "fold", staticmethod(fold_as_one)))
        patches.enter_context(patch.object(Work, "look", look_at_all))
        yield


def private_addresses_called() -> AbstractContextManager[Any]:
    """Wherever a name leads counts as public."""
    return patch.object(targets, "is_public", lambda text: True)


def given_up_early() -> AbstractContextManager[Any]:
    """One pause fewer than documented."""
    pause_after = DeliveryLimits.pause_after
    return patch.object(DeliveryLimits, "pause_after", lambda limits, tries: pause_after(limits, tries + 1))


def posted_though_disabled() -> AbstractContextManager[Any]:
    """The list of endpoints keeps those that are disabled."""
    folded = ActiveEndpoints.fold

    def fold_all(event: Any, aggregate: Any) -> Any:
        return () if isinstance(event, Endpoint.Disabled | Endpoint.Enabled) else folded(event, aggregate)

    return patch.object(ActiveEndpoints, "fold", staticmethod(fold_all))
