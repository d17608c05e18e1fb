"""All payment providers that a shop may take payments by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.order.channels.alipay import AlipayChannel
from services.order.channels.epay import EpayChannel
from services.order.channels.port import Channel

CHANNELS: Mapping[str, Channel[Any]] = MappingProxyType({each.code: each for each in (AlipayChannel(), EpayChannel())})
"""By code, in the order in which they are asked where all are."""
