"""What the notify service says: what could not be told to those who wanted to hear it.

That something was told is in the service's own log only, since nobody acts on it. `webhook_id` names an address of a shop's own, to which
messages are posted (Standard Webhooks).
"""

from __future__ import annotations

from contracts.fields import Count, Id, Name, ReasonCode
from contracts.message import Message, published_by


class NotifyMessage(Message, frozen=True, kw_only=True):
    """`shop_id`: the shop whose notification it is."""

    shop_id: Name


@published_by("notify")
class NotificationFailed(NotifyMessage, frozen=True, kw_only=True):
    """A notification was given up; it can be sent again by hand.

    `channel`: code, such as `webhook`. `recipient_id`: UUID of the webhook. `message_id`: of the message that it told of. `order_number`:
    null when it is about no order. `reason`: code. `try_count`: how often it was tried.
    """

    channel: ReasonCode
    recipient_id: Id
    message_id: Name
    order_number: Name | None
    reason: ReasonCode
    try_count: Count


@published_by("notify")
class WebhookFailing(NotifyMessage, frozen=True, kw_only=True):
    """An address does not take what is posted to it; it is tried on. `webhook_id`: UUID. `reason`: code of the last try."""

    webhook_id: Id
    reason: ReasonCode


@published_by("notify")
class WebhookDisabled(NotifyMessage, frozen=True, kw_only=True):
    """Nothing is posted to an address any more until somebody enables it. `webhook_id`: UUID. `reason`: code, such as `failing`."""

    webhook_id: Id
    reason: ReasonCode
