"""The declaration of the notify service."""

from chassis.service import Service, Start
from services.notify.settings import NotifySettings
from services.notify.webhooks import handlers, publish, reactions
from services.notify.webhooks.activities import PostMessage
from services.notify.webhooks.api import webhook_routes
from services.notify.webhooks.domain.endpoint import Endpoint
from services.notify.webhooks.domain.queue import DeliveryQueue
from services.notify.webhooks.indexes import ActiveEndpoints, WaitingQueues
from services.notify.webhooks.views import Deliveries, GivenUp, Webhooks

notify = Service(
    name="notify",
    aggregates=[Endpoint, DeliveryQueue],
    commands=[handlers],
    reactions=[reactions, *reactions.on_messages],
    activities=[PostMessage],
    publish=[publish],
    indexes=[ActiveEndpoints, WaitingQueues],
    views=[Webhooks, Deliveries, GivenUp],
    routes=webhook_routes,
    settings=NotifySettings,
    starts={"order": Start.NOW, "inventory": Start.NOW},
    gather_seconds=0.1,
)
"""It reads the advice `limits`, which the composition root supplies. What was said before it began is nobody's news."""
