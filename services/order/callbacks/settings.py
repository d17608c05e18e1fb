"""Where Redress stands between a provider and the shop, for each shop and provider.

In a TOML file::

    [services.order.shops.shop-1.callbacks.wechat]
    mode = "in_front"
    shop_url = "https://shop.example/pay/wechat/notify"

    [services.order.shops.shop-1.callbacks.epay]
    mode = "beside"
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct


class CallbackMode(StrEnum):
    """*alone*: notices are for us only. *in front*: they come to us, and we pass them on to the shop. *beside*: they come to the shop,
    which passes them on to us. *behind*: they come to the shop, and we hear none of them."""

    ALONE = "alone"
    IN_FRONT = "in_front"
    BESIDE = "beside"
    BEHIND = "behind"


class CallbackSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shop_url`: the shop's own notify URL, wanted in front. `answer_seconds`: how long the provider is kept waiting for the shop's
    answer (WeChat Pay gives up after 5 s). `give_up_seconds`: how long a notice is passed on again and again."""

    mode: CallbackMode = CallbackMode.ALONE
    shop_url: str | None = None
    answer_seconds: Annotated[float, Meta(ge=0.0, le=4.5)] = 4.0
    give_up_seconds: Annotated[float, Meta(ge=86_400.0)] = 259_200.0

    def __post_init__(self) -> None:
        if self.mode is CallbackMode.IN_FRONT and self.shop_url is None:
            raise ValueError("in front of a shop, shop_url says where its notices go")
        if self.shop_url is not None:
            parts = urlsplit(self.shop_url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or parts.username is not None:
                raise ValueError("shop_url is no plain http or https address")


ALONE = CallbackSettings()
