"""A hidden channel comes back when its pause is over."""

from __future__ import annotations

from chassis.service import on_timer
from chassis.work import Work
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelWatch
from services.order.watching.timers import PauseOver


@on_timer(PauseOver)
def on_pause_over(timer: PauseOver, work: Work) -> None:
    """On probation, with a clean record; nothing where a person was quicker."""
    watch = work.get(ChannelWatch, timer.stream_id)
    if watch.begin_probation():
        work.get(ChannelPeriod, watch.period_id).empty()
