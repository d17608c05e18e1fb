"""Alerts about payments: what the order service's views hold, in words."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from redress.alerts.alert import OpenAlert, mending, plain, time_text
from services.order.connecting.views import UNBOOKED
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


def given_up_notices(documents: Sequence[Mapping[str, Any]]) -> list[OpenAlert]:
    """Notices of a shop that it has not got, the newest first: one alert for each channel."""
    by_channel: dict[str, list[Mapping[str, Any]]] = {}
    for each in documents:
        by_channel.setdefault(each["channel"], []).append(each)
    return [_given_up(channel, found) for channel, found in by_channel.items()]


def _given_up(channel: str, found: list[Mapping[str, Any]]) -> OpenAlert:
    newest = found[0]
    shop_id, order_number = newest["shop_id"], newest["order_number"]
    if len(found) == 1:
        which = f"Your shop has not got the notice of {channel} about the order {order_number}"
    else:
        which = f"Your shop has not got {len(found)} notices of {channel}, the newest about the order {order_number}"
    return OpenAlert(
        kind="notice_given_up",
        shop_id=shop_id,
        words=f"{which}: {newest['try_count']} tries, {plain(newest['verdict'])} at the last. "
        "These payments are real. See to your shop's notify address, then pass them on once more, or book them there by hand.",
        commands=(mending(shop_id, "notices", channel), mending(shop_id, "notices", channel, "--leave")),
        count=len(found),
        last_at=newest["given_up_at"],
    )


def contradiction(document: Mapping[str, Any]) -> OpenAlert:
    """Shop and provider say different things of a payment: it goes from sight when they agree."""
    shop_id, number, channel = document["shop_id"], document["order_number"], document["channel"]
    if document["kind"] == UNBOOKED:
        kind = "payment_unbooked"
        words = (
            f"{channel} has the money for the order {number}, and your shop still shows it as unpaid: its notice was lost. "
            "Book the payment in your shop."
        )
    else:
        kind = "payment_unproven"
        words = (
            f"Your shop shows the order {number} as paid, and {channel}, asked about it, does not: it is not delivered here. "
            "Look at your account there; where it was paid in another way, deliver it in your shop."
        )
    history = shlex.join(("redress", "events", "--shop", shop_id, "--order", number))
    return OpenAlert(kind=kind, shop_id=shop_id, words=words, commands=(history,), count=1, last_at=document["at"])
