"""What became of the payments that were created at one provider, the newest of them: a closed period of an endless record.

A period ends after so many results, and the next begins with what the rule still looks at; so what is read never grows with history.
"""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.order.domain.channel_limits import ChannelLimits

PAID, FAILED, UNPAID = "paid", "failed", "unpaid"
"""A buyer paid · it could not be created, or the provider did not answer · its time went by."""
RESULTS_IN_PERIOD = 500


class ChannelPeriod(Aggregate):
    """One period of one provider of one shop."""

    TOPIC = "order.ChannelPeriod"

    class Begun(Created):
        """`carried`: the newest results of the period before, oldest first."""

        TOPIC = "order.ChannelPeriod.Begun"
        PRIVATE = True
        shop_id: str
        provider: str
        number: int
        limits: ChannelLimits
        carried: tuple[str, ...]

    class Noted(Event):
        TOPIC = "order.ChannelPeriod.Noted"
        PRIVATE = True
        result: str

    class Emptied(Event):
        """The channel comes back: what was before says nothing any more."""

        TOPIC = "order.ChannelPeriod.Emptied"
        PRIVATE = True

    @event(Begun)
    def __init__(self, shop_id: str, provider: str, number: int, limits: ChannelLimits, carried: tuple[str, ...]) -> None:
        self.shop_id = shop_id
        self.provider = provider
        self.number = number
        self.limits = limits
        self.newest = carried
        self.noted_count = 0

    @staticmethod
    def create_id(shop_id: str, provider: str, number: int) -> UUID:
        return stream_id(shop_id, "channel-period", provider, str(number))

    @property
    def slot_key(self) -> str:
        return self.provider

    @property
    def is_full(self) -> bool:
        return self.noted_count >= RESULTS_IN_PERIOD

    def note(self, result: str) -> None:
        self._noted(result=result)

    @event(Noted)
    def _noted(self, result: str) -> None:
        self.noted_count += 1
        kept = max(self.limits.channel_unpaid_window, self.limits.channel_failed_window)
        self.newest = (*self.newest, result)[-kept:]

    def empty(self) -> None:
        self._emptied()

    @event(Emptied)
    def _emptied(self) -> None:
        self.newest = ()

    def count(self, result: str) -> int:
        """How many of the newest ended so."""
        return self.newest.count(result)
