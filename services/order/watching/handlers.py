"""What a person decides about a channel."""

from __future__ import annotations

import msgspec

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelWatch
from services.order.watching.commands import BringChannelBack
from services.order.watching.timers import PauseOver


class ChannelBroughtBack(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: how the channel stands now."""

    channel: str
    state: str


@handles(BringChannelBack)
def bring_channel_back(command: BringChannelBack, work: Work) -> Answer:
    """Offer a hidden channel again, with a clean record; one that is offered stays so. Raises NotFound for one that was never used."""
    watch = work.get(ChannelWatch, ChannelWatch.create_id(command.shop_id, command.provider))
    if watch.bring_back(command.decided_by):
        work.cancel_timer(PauseOver, watch.id)
        work.get(ChannelPeriod, watch.period_id).empty()
    return Answer(200, ChannelBroughtBack(channel=watch.provider, state=watch.state.value))
