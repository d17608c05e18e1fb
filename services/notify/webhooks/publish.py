"""What webhooks tell the world: what an operator should know."""

from __future__ import annotations

from chassis.service import publishes
from contracts.notify import NotificationFailed, WebhookDisabled, WebhookFailing
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.queue import DeliveryQueue


@publishes(DeliveryQueue.GivenUp)
def notification_failed(event: DeliveryQueue.GivenUp, queue: DeliveryQueue) -> NotificationFailed:
    return NotificationFailed(
        shop_id=queue.shop_id,
        channel="webhook",
        recipient_id=str(event.endpoint_id),
        message_id=event.message_id,
        order_number=queue.subject,
        reason=event.reason,
        try_count=event.tries,
    )


@publishes(Endpoint.Failing)
def webhook_failing(event: Endpoint.Failing, endpoint: Endpoint) -> WebhookFailing:
    return WebhookFailing(shop_id=endpoint.shop_id, webhook_id=str(endpoint.id), reason=event.reason)


@publishes(Endpoint.Disabled)
def webhook_disabled(event: Endpoint.Disabled, endpoint: Endpoint) -> WebhookDisabled:
    return WebhookDisabled(shop_id=endpoint.shop_id, webhook_id=str(endpoint.id), reason=event.reason)
