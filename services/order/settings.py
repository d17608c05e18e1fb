"""Settings of the order service: each shop's payment providers and limits, and how often a buyer may try.

In a TOML file::

    [services.order.shops.shop-1.alipay]
    app_id = "2021000000000001"
    seller_id = "2088000000000001"
    alipay_public_key = "MIIBIjANBg…"

    [services.order.shops.shop-1.wechat]
    mchid = "1900000001"
    app_id = "wx8888888888888888"
    api_v3_key = "…"
    platform_keys = { PUB_KEY_ID_0119000000012026112100000000000001 = "-----BEGIN PUBLIC KEY-----…" }
    merchant_serial_number = "4A1DDE55…"
    merchant_private_key = "-----BEGIN PRIVATE KEY-----…"

    [services.order.shops.shop-1.epay]
    pid = "1001"
    key = "…"
    gateway_url = "https://pay.example"

    [services.order.shops.shop-1.epay_v2]
    pid = "1001"
    platform_public_key = "MIIBIjANBg…"
    merchant_private_key = "MIIEvQ…"
    gateway_url = "https://pay.example"
    ways = { success_word = "SUCCESS" }

    [services.order.shops.shop-1.epusdt]
    token = "…"
    gateway_url = "https://usdt.example"

    [services.order.shops.shop-1.tokenpay]
    key = "…"
    gateway_url = "https://coins.example"
    ways = { is_empty_kept = false }

    [services.order.shops.shop-1.unionpay]
    merchant_number = "777290058110048"
    root_certificate = "-----BEGIN CERTIFICATE-----…"
    middle_certificate = "-----BEGIN CERTIFICATE-----…"
    merchant_certificate = "-----BEGIN CERTIFICATE-----…"
    merchant_private_key = "-----BEGIN PRIVATE KEY-----…"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from chassis.rate_limit import RateLimit
from chassis.shops import UnknownShop
from services.order.callbacks.settings import ALONE, CallbackMode, CallbackSettings
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.epusdt import EpusdtSettings
from services.order.channels.registry import CHANNELS
from services.order.channels.tokenpay import TokenPaySettings
from services.order.channels.unionpay import UnionPaySettings
from services.order.channels.wechat import WechatSettings
from services.order.connecting.settings import ConnectionSettings
from services.order.domain.channel_limits import DEFAULT_CHANNEL_LIMITS, ChannelLimits
from services.order.domain.limits import DEFAULT_LIMITS, DEFAULT_SEARCH_LIMITS, Limits, SearchLimits


class ShopSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shop: the providers it takes payments by, where we stand between each of them and it, and the limits it promises.

    `takes_orders_off_sale`: orders for what is sold out are taken too, not refused. `return_url`: where providers send a buyer's browser
    after a payment that we create; may contain `{order_number}`.
    `connection`: where a shop beside us keeps its orders.
    """

    alipay: AlipaySettings | None = None
    wechat: WechatSettings | None = None
    epay: EpaySettings | None = None
    epay_v2: EpayV2Settings | None = None
    epusdt: EpusdtSettings | None = None
    tokenpay: TokenPaySettings | None = None
    unionpay: UnionPaySettings | None = None
    connection: ConnectionSettings | None = None
    callbacks: dict[str, CallbackSettings] = field(default_factory=dict)
    return_url: str | None = None
    takes_orders_off_sale: bool = False
    limits: Limits = DEFAULT_LIMITS
    search_limits: SearchLimits = DEFAULT_SEARCH_LIMITS
    channel_limits: ChannelLimits = DEFAULT_CHANNEL_LIMITS

    def return_url_of(self, order_number: str) -> str | None:
        """Where this order's buyer is sent; None where the shop does not say."""
        return None if self.return_url is None else self.return_url.replace("{order_number}", order_number)

    @property
    def providers(self) -> tuple[str, ...]:
        """Codes of the payment providers it takes payments by."""
        return tuple(code for code in CHANNELS if self.account(code) is not None)

    def account(self, provider: str) -> Any:
        """The settings of a provider, as its channel wants them; None where the shop takes no payments by it, or nobody knows it."""
        return getattr(self, provider) if provider in CHANNELS else None

    @property
    def providers_behind(self) -> tuple[str, ...]:
        """Providers whose notices only the shop hears, so that each is asked about the shop's orders."""
        return tuple(
            each for each, callback in self.callbacks.items() if callback.mode is CallbackMode.BEHIND and self.account(each) is not None
        )

    def callback(self, provider: str) -> CallbackSettings:
        """Where we stand between a provider and the shop."""
        return self.callbacks.get(provider, ALONE)


class Allowance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `amount` within `window_seconds`."""

    amount: Annotated[int, Meta(ge=1)]
    window_seconds: Annotated[int, Meta(ge=1)]

    def named(self, name: str) -> RateLimit:
        return RateLimit(name, self.amount, self.window_seconds)


class ThrottleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the public routes may be tried. The lookup's are those of the trade, tightened for one order."""

    lookups_by_ip: Allowance = Allowance(amount=30, window_seconds=600)
    lookups_of_order: Allowance = Allowance(amount=10, window_seconds=600)
    lookups_by_contact: Allowance = Allowance(amount=20, window_seconds=600)
    reveals_by_ip: Allowance = Allowance(amount=60, window_seconds=600)
    reveals_of_order: Allowance = Allowance(amount=60, window_seconds=600)
    refused_notices_by_ip: Allowance = Allowance(amount=120, window_seconds=60)


class OrderSettings(Struct, frozen=True, kw_only=True):
    """All of it; `shops` by shop id. `public_url`: where providers reach this service, for payments that we create; none without it.

    `is_private_target_allowed`: whether notices may be passed on to addresses that are not public, such as a shop on this machine.
    """

    shops: dict[str, ShopSettings] = field(default_factory=dict)
    public_url: str | None = None
    is_private_target_allowed: bool = False
    throttle: ThrottleSettings = ThrottleSettings()

    def shop(self, shop_id: str) -> ShopSettings:
        """A shop's settings; raises UnknownShop."""
        found = self.shops.get(shop_id)
        if found is None:
            raise UnknownShop()
        return found

    def only_shop_id(self) -> str | None:
        """The shop that is meant where none is named: there is one only."""
        return next(iter(self.shops)) if len(self.shops) == 1 else None


def limits_advice(settings: OrderSettings) -> Mapping[str, Any]:
    """The advice "limits": for every shop by its id, with the `providers` that it takes payments by, and for all others at the top."""
    own = {
        shop_id: {
            **asdict(shop.limits),
            **asdict(shop.search_limits),
            **asdict(shop.channel_limits),
            "providers": shop.providers,
            "takes_orders_off_sale": shop.takes_orders_off_sale,
            **({} if shop.connection is None else {"shop_poll_seconds": shop.connection.poll_seconds}),
        }
        for shop_id, shop in settings.shops.items()
    }
    return {**asdict(DEFAULT_LIMITS), **asdict(DEFAULT_SEARCH_LIMITS), **asdict(DEFAULT_CHANNEL_LIMITS), **own}
