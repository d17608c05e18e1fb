"""Every open alert of an installation, read from the services' views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chassis.store.port import ViewStore
from redress.alerts.alert import OpenAlert
from redress.alerts.payments import contradiction, given_up_notices, hidden_channel
from redress.alerts.supply import stopped_batch, supply_alert
from redress.alerts.webhooks import webhook_alert
from services.inventory.quality.views import StockAlerts
from services.inventory.sourcing.alerts import OPEN, Alerts, alerts_prefix
from services.notify.webhooks.views import GivenUp, Webhooks
from services.order.callbacks.views import GivenUpNotices, given_up_prefix
from services.order.connecting.views import ShopContradictions, contradictions_prefix
from services.order.domain.channel_watch import ChannelState
from services.order.watching.views import Channels, channels_prefix

MOST_READ = 1_000
"""Documents of one view and shop."""


def open_alerts(stores: Mapping[str, ViewStore], shops: Iterable[str]) -> list[OpenAlert]:
    """What nobody has mended or seen yet in these shops, what happened last first. Raises StoreAway."""
    found: list[OpenAlert] = []
    for shop_id in shops:
        found += [supply_alert(each) for each in _documents(stores["inventory"], Alerts.NAME, alerts_prefix(shop_id, OPEN))]
        batches = _documents(stores["inventory"], StockAlerts.NAME, f"{shop_id}|")
        found += [stopped_batch(each) for each in batches if each["kind"] == "batch_stopped"]
        channels = _documents(stores["order"], Channels.NAME, channels_prefix(shop_id))
        found += [hidden_channel(each) for each in channels if each["state"] == ChannelState.HIDDEN]
        found += given_up_notices(_documents(stores["order"], GivenUpNotices.NAME, given_up_prefix(shop_id)))
        found += [contradiction(each) for each in _documents(stores["order"], ShopContradictions.NAME, contradictions_prefix(shop_id))]
        for webhook in _documents(stores["notify"], Webhooks.NAME, f"{shop_id}|"):
            given_up = _documents(stores["notify"], GivenUp.NAME, f"{webhook['webhook_id']}|")
            alert = webhook_alert(webhook, given_up, MOST_READ)
            found += [alert] if alert is not None else []
    return sorted(found, key=lambda each: each.last_at, reverse=True)


def _documents(store: ViewStore, view: str, prefix: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(data) for _, data in store.view_rows(view, prefix, MOST_READ)]
