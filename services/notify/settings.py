"""Settings of the notify service.

[services.notify]
are_private_targets_allowed = false      (webhooks into one's own network, and without TLS: for tests and shops on the same network)

[services.notify.limits]
pauses_seconds = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200]
failing_after_tries = 4
disabled_after_seconds = 432000
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from msgspec import Struct

from services.notify.webhooks.domain.limits import DEFAULT_LIMITS, DeliveryLimits


class NotifySettings(Struct, frozen=True, kw_only=True):
    """See the module."""

    are_private_targets_allowed: bool = False
    limits: DeliveryLimits = DEFAULT_LIMITS

    def limits_advice(self) -> dict[str, Any]:
        """The advice "limits" that new queues read."""
        return asdict(self.limits)
