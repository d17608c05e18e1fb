"""Alerts about payments: what the order service's views hold, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redress.alerts.alert import OpenAlert, mending, time_text
from services.order.domain.channel_watch import CREATION_FAILS


def hidden_channel(document: Mapping[str, Any]) -> OpenAlert:
    """A channel that buyers are not offered: it goes from sight when it is offered again."""
    channel = document["channel"]
    if document["reason"] == CREATION_FAILS:
        why = f"{document['failed_count']} of the newest payments could not be created there"
    else:
        why = "nobody pays there any more"
    return OpenAlert(
        kind="channel_hidden",
        shop_id=document["shop_id"],
        words=f"Buyers are not offered {channel}: {why}. It is tried again at {time_text(document['until'])}; "
        "look at your account there, and bring it back at once where it works.",
        commands=(mending(document["shop_id"], "channel", channel),),
        count=1,
        last_at=document["changed_at"],
    )
