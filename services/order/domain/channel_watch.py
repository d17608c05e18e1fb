"""Whether a provider is offered to the buyers of a shop: open, hidden because it fails, or on probation.

open ──fails──▶ hidden ──pause over──▶ on probation ──a payment──▶ open
                  ▲                        │
                  └──fails, or nobody pays─┘            a person: ▶ open, from either
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.order.domain.channel_limits import ChannelLimits
from services.order.domain.channel_period import FAILED, PAID, UNPAID, ChannelPeriod

CREATION_FAILS, NOBODY_PAYS = "creation_fails", "nobody_pays"
"""Why a channel is hidden."""
BY_PAUSE, BY_PAYMENT, BY_PERSON = "probation", "paid", "person"
"""Why it is offered again."""


class ChannelState(StrEnum):
    OPEN = "open"
    HIDDEN = "hidden"
    PROBATION = "probation"


def failing(state: ChannelState, period: ChannelPeriod) -> str | None:
    """Why the channel is to be hidden, by its newest results; None where it is not."""
    limits, newest = period.limits, period.newest
    if state is ChannelState.PROBATION:
        if FAILED in newest:
            return CREATION_FAILS
        return NOBODY_PAYS if newest.count(UNPAID) >= limits.channel_probation_unpaid else None
    if newest[-limits.channel_failed_window :].count(FAILED) >= limits.channel_most_failed:
        return CREATION_FAILS
    is_full = len(newest) >= limits.channel_unpaid_window
    return NOBODY_PAYS if is_full and PAID not in newest[-limits.channel_unpaid_window :] else None


class ChannelWatch(Aggregate):
    """One provider of one shop. Its results stand in `ChannelPeriod`s, of which `period_number` is the current one."""

    TOPIC = "order.ChannelWatch"

    class Begun(Created):
        TOPIC = "order.ChannelWatch.Begun"
        PRIVATE = True
        shop_id: str
        provider: str

    class PeriodTurned(Event):
        TOPIC = "order.ChannelWatch.PeriodTurned"
        PRIVATE = True
        period_number: int

    class Hidden(Event):
        """`until`: when it comes back on probation."""

        TOPIC = "order.ChannelWatch.Hidden"
        reason: str
        paid_count: int
        failed_count: int
        unpaid_count: int
        until: datetime

    class Offered(Event):
        TOPIC = "order.ChannelWatch.Offered"
        reason: str
        decided_by: str | None

    @event(Begun)
    def __init__(self, shop_id: str, provider: str) -> None:
        self.shop_id = shop_id
        self.provider = provider
        self.state = ChannelState.OPEN
        self.period_number = 1
        self.hidden_count = 0
        """How often in a row, without a payment in between."""
        self.reason: str | None = None
        self.until: datetime | None = None

    @staticmethod
    def create_id(shop_id: str, provider: str) -> UUID:
        return stream_id(shop_id, "channel-watch", provider)

    @property
    def slot_key(self) -> str:
        return self.provider

    @property
    def period_id(self) -> UUID:
        return ChannelPeriod.create_id(self.shop_id, self.provider, self.period_number)

    def turn_period(self) -> None:
        self._period_turned(period_number=self.period_number + 1)

    @event(PeriodTurned)
    def _period_turned(self, period_number: int) -> None:
        self.period_number = period_number

    def judge(self, period: ChannelPeriod, limits: ChannelLimits, now: datetime) -> None:
        """Hide it where its newest results say so; end its probation at a payment."""
        if self.state is ChannelState.HIDDEN:
            return
        reason = failing(self.state, period)
        if reason is not None:
            self._hidden(
                reason=reason,
                paid_count=period.count(PAID),
                failed_count=period.count(FAILED),
                unpaid_count=period.count(UNPAID),
                until=now + limits.pause(self.hidden_count + 1),
            )
        elif self.state is ChannelState.PROBATION and PAID in period.newest:
            self._offered(reason=BY_PAYMENT, decided_by=None)

    @event(Hidden)
    def _hidden(self, reason: str, paid_count: int, failed_count: int, unpaid_count: int, until: datetime) -> None:
        self.state = ChannelState.HIDDEN
        self.hidden_count += 1
        self.reason = reason
        self.until = until

    def begin_probation(self) -> bool:
        """Its pause is over; False where it is not hidden any more."""
        if self.state is not ChannelState.HIDDEN:
            return False
        self._offered(reason=BY_PAUSE, decided_by=None)
        return True

    def bring_back(self, decided_by: str) -> bool:
        """A person says that it works; False where it is open."""
        if self.state is ChannelState.OPEN:
            return False
        self._offered(reason=BY_PERSON, decided_by=decided_by)
        return True

    @event(Offered)
    def _offered(self, reason: str, decided_by: str | None) -> None:
        self.until = None
        if reason == BY_PAUSE:
            self.state = ChannelState.PROBATION
            return
        self.state = ChannelState.OPEN
        self.hidden_count = 0
        self.reason = None
