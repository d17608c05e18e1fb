"""How the channels of a shop stand, read for people and for the choice that a buyer is given."""

from __future__ import annotations

from chassis.desk import Desk
from services.order.channels.registry import CHANNELS
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelState, ChannelWatch
from services.order.settings import OrderSettings
from services.order.watching.commands import ChannelShown, channel_shown


async def channels_of(desk: Desk, shop_id: str) -> list[ChannelShown]:
    """Every provider that the shop takes payments by; raises UnknownShop."""
    settings: OrderSettings = desk.settings
    shop = settings.shop(shop_id)
    found = []
    for code in shop.providers:
        channel, account = CHANNELS[code], shop.account(code)
        watch = await desk.get(ChannelWatch, ChannelWatch.create_id(shop_id, code))
        period = None if watch is None else await desk.get(ChannelPeriod, watch.period_id)
        is_creatable = settings.public_url is not None and channel.is_creatable(account)
        currency, is_askable = channel.currency_of(account), channel.is_askable(account)
        found.append(channel_shown(code, currency, watch, period, is_creatable=is_creatable, is_askable=is_askable))
    return found


def is_offered(channel: ChannelShown, currency: str) -> bool:
    """Whether a buyer who owes this currency can be given a new payment there."""
    return channel.is_creatable and channel.state != ChannelState.HIDDEN and channel.currency == currency
