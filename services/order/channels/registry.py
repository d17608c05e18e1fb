"""All payment providers that a shop may take payments by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.order.channels.alipay import AlipayChannel
from services.order.channels.epay import EpayChannel
from services.order.channels.epay_v2 import EpayV2Channel
from services.order.channels.epusdt import EpusdtChannel
from services.order.channels.port import Channel
from services.order.channels.tokenpay import TokenPayChannel
from services.order.channels.unionpay import UnionPayChannel
from services.order.channels.wechat import WechatChannel

_ALL: tuple[Channel[Any], ...] = (
    AlipayChannel(),
    WechatChannel(),
    EpayChannel(),
    EpayV2Channel(),
    EpusdtChannel(),
    TokenPayChannel(),
    UnionPayChannel(),
)

CHANNELS: Mapping[str, Channel[Any]] = MappingProxyType({each.code: each for each in _ALL})
"""By code, in the order in which they are asked where all are."""
