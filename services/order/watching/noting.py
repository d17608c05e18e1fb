"""Noting what became of a payment that was created, and what follows for its channel."""

from __future__ import annotations

from chassis.work import Work
from services.order.domain.channel_limits import ChannelLimits
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelState, ChannelWatch
from services.order.domain.limits import channel_limits_of
from services.order.watching.timers import PauseOver


def note_result(shop_id: str, provider: str, result: str, work: Work) -> None:
    """One payment more at this provider has ended so, or could not be created."""
    limits = channel_limits_of(work.advice("limits"), shop_id)
    watch = work.find(ChannelWatch, ChannelWatch.create_id(shop_id, provider))
    if watch is None:
        watch = ChannelWatch(shop_id=shop_id, provider=provider)
    period = current_period(watch, limits, work)
    period.note(result)
    was_hidden = watch.state is ChannelState.HIDDEN
    watch.judge(period, period.limits, work.now)
    if not was_hidden and watch.state is ChannelState.HIDDEN:
        assert watch.until is not None
        work.set_timer(PauseOver(watch.id), due_at=watch.until)


def current_period(watch: ChannelWatch, limits: ChannelLimits, work: Work) -> ChannelPeriod:
    """The period that takes results now: the first, or the next where the one before is full; it begins under today's limits."""
    period = work.find(ChannelPeriod, watch.period_id)
    if period is not None and not period.is_full:
        return period
    carried: tuple[str, ...] = ()
    if period is not None:
        carried = period.newest
        watch.turn_period()
    return ChannelPeriod(shop_id=watch.shop_id, provider=watch.provider, number=watch.period_number, limits=limits, carried=carried)
