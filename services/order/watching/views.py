"""How the channels of each shop stand, for people who look over all of them."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.order.domain.channel_watch import BY_PAUSE, ChannelState, ChannelWatch


class Channels(View):
    """One document for each channel that a payment was ever created at, sorted by shop and channel.

    `reason` to `until`: why it was hidden last, by how many of its newest payments, and when it comes back on probation.
    """

    NAME = "channels"
    events = (ChannelWatch.Begun, ChannelWatch.Hidden, ChannelWatch.Offered)

    @staticmethod
    def row_id(event: Any) -> str:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat(timespec="microseconds")
        if isinstance(event, ChannelWatch.Begun):
            document = {"shop_id": event.shop_id, "channel": event.provider, "state": ChannelState.OPEN.value, "changed_at": at}
            return Row(f"{channels_prefix(event.shop_id)}{event.provider}", document)
        assert row is not None, "a watch begins before it says anything"
        return Row(row.sort_key, {**row.document, **_changed(event), "changed_at": at})


def _changed(event: ChannelWatch.Hidden | ChannelWatch.Offered) -> dict[str, Any]:
    if isinstance(event, ChannelWatch.Offered):
        return {"state": (ChannelState.PROBATION if event.reason == BY_PAUSE else ChannelState.OPEN).value}
    return {
        "state": ChannelState.HIDDEN.value,
        "reason": event.reason,
        "paid_count": event.paid_count,
        "failed_count": event.failed_count,
        "unpaid_count": event.unpaid_count,
        "until": event.until.isoformat(),
    }


def channels_prefix(shop_id: str) -> str:
    """What the sort keys of a shop's channels begin with."""
    return f"{shop_id}|"
