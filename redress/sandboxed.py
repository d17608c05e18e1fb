"""A shop on the sandbox: payment providers and card suppliers of our own, for trying everything out.

The stand-ins' keys are kept in `<data folder>/sandbox.json` (0600), so that a restarted sandbox is the same party to the services. What
it remembers of payments and orders is gone with its process.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from chassis.secret import Secret
from sandbox.behaviour.catalogue import CARD_PATTERN, SupplierProduct
from sandbox.behaviour.shared_shops import shared_code
from sandbox.credentials import SandboxCredentials
from sandbox.server import SandboxServer
from sandbox.world import Sandbox, SandboxSetup, SupplierKind, notify_urls
from services.inventory.settings import (
    ArticleSettings,
    InventorySettings,
    SettlementSettings,
    ShopSuppliers,
    SourcingLimits,
    SupplierAccount,
)
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.epusdt import EpusdtSettings
from services.order.channels.tokenpay import TokenPaySettings
from services.order.channels.unionpay import UnionPaySettings
from services.order.channels.wechat import WechatSettings
from services.order.settings import Allowance, OrderSettings, ShopSettings, ThrottleSettings

SHOP_ID = "demo"
PATTERN = CARD_PATTERN

Catalogue = Mapping[str, tuple[SupplierProduct, ...]]
"""What each supplier sells."""

DEFAULT_CATALOGUE: Catalogue = {
    "north": (
        SupplierProduct(1, "game-50", "45.00", 1_000),
        SupplierProduct(2, "music-30", "28.00", 1_000, card_prefix="MUSIC"),
        SupplierProduct(9, "pass-60", "55.00", 1_000, card_prefix="PASS"),
    ),
    "south": (SupplierProduct(2, "music-30", "29.00", 1_000, card_prefix="MUSIC"),),
    "rocky": (SupplierProduct(3, "film-20", "18.00", 1_000, card_prefix="FILM"),),
    "sour": (SupplierProduct(4, "chat-10", "8.00", 1_000, card_prefix="CHAT"),),
    "quiet": (SupplierProduct(5, "tool-15", "13.00", 1_000, card_prefix="TOOL"),),
    "dry": (SupplierProduct(6, "rare-99", "90.00", 1_000, card_prefix="RARE"),),
    "steady": (
        SupplierProduct(3, "film-20", "19.00", 1_000, card_prefix="FILM"),
        SupplierProduct(4, "chat-10", "9.00", 1_000, card_prefix="CHAT"),
        SupplierProduct(6, "rare-99", "95.00", 1_000, card_prefix="RARE"),
    ),
    "shared": (SupplierProduct(7, "key-40", "36.00", 1_000, card_prefix="KEY"),),
    "fourth": (SupplierProduct(8, "skin-25", "22.00", 1_000, card_prefix="SKIN"),),
    "mute": (SupplierProduct(12, "badge-15", "13.00", 1_000, card_prefix="BADGE"),),
    "direct": (
        SupplierProduct(7, "key-40", "37.00", 1_000, card_prefix="KEY"),
        SupplierProduct(9, "pass-60", "54.00", 1_000, card_prefix="PASS"),
        SupplierProduct(11, "coins-10", "9.50", 1_000, is_top_up=True),
        SupplierProduct(12, "badge-15", "14.00", 1_000, card_prefix="BADGE"),
    ),
    "poor": (SupplierProduct(10, "voucher-80", "72.00", 1_000, card_prefix="VOUCHER"),),
    "refill": (SupplierProduct(11, "coins-10", "9.00", 1_000, is_top_up=True),),
}
"""The demo plays one kind of trouble with each: see `redress/demo`."""

KINDS: Mapping[str, SupplierKind] = {"shared": "acg_faka", "fourth": "acg_faka_v4", "mute": "acg_faka_v4", "direct": "supplier_api"}
"""Which protocol a supplier's site speaks, where it is not dujiao-next."""

SILENCE_SECONDS = 1_800.0
"""A demo's time factor makes half a minute of it, which no scene needs."""

BALANCE_SECONDS = 3_600.0
"""A demo's time factor makes a minute of it: it comes to rest before every supplier is asked for our balance again."""

WITHOUT_CALLBACKS = frozenset({"quiet", "shared", "fourth", "mute"})
"""Suppliers that only answer when asked, as many do."""

CHANNELS: Mapping[str, type[msgspec.Struct]] = {
    "alipay": AlipaySettings,
    "wechat": WechatSettings,
    "epay": EpaySettings,
    "epay_v2": EpayV2Settings,
    "epusdt": EpusdtSettings,
    "tokenpay": TokenPaySettings,
    "unionpay": UnionPaySettings,
}
"""Every provider there is. The last three cannot be asked about payments that others created: where a restore has lost an order, a shop
that takes payments by them may have to look for its payment by hand."""

_PATIENT = Allowance(amount=100_000, window_seconds=60)


def make_sandbox(order_url: str, time_factor: float, credentials_file: Path, catalogue: Catalogue = DEFAULT_CATALOGUE) -> Sandbox:
    """The stand-ins, with notices going to the order service at `order_url`."""
    # A restarted sandbox counts its cards from one again: other letters make them other cards.
    letters = "".join(secrets.choice(string.ascii_uppercase) for _ in range(3))
    suppliers = {
        code: tuple(replace(product, card_prefix=product.card_prefix + letters) for product in products)
        for code, products in catalogue.items()
    }
    setup = SandboxSetup(
        **notify_urls(f"{order_url}/notices", f"/{SHOP_ID}"),
        suppliers=suppliers,
        kinds={code: kind for code, kind in KINDS.items() if code in suppliers},
        time_factor=time_factor,
    )
    return Sandbox(setup, _credentials(credentials_file, catalogue))


def settings_on(server: SandboxServer, callback_base_url: str) -> dict[str, Any]:
    """The services' settings for the shop `demo` on a running sandbox, by service; suppliers call back below the given address."""
    given: Any = server.sandbox.credentials.shop_settings()
    shop = ShopSettings(
        **{code: _account(code, kind, given, server) for code, kind in CHANNELS.items()},
        takes_orders_off_sale=True,  # so that two buyers can be seen racing for a last card
    )
    kinds = server.sandbox.setup.kinds
    suppliers = {
        code: SupplierAccount(
            kind=kinds.get(code, "dujiao_next"),
            base_url=server.supplier_url(code),
            api_key=account["api_key"],
            api_secret=Secret(account["api_secret"]),
            callback_base_url=None if code in WITHOUT_CALLBACKS else callback_base_url,
            articles=_articles(server, code) if kinds.get(code) == "acg_faka" else {},
        )
        for code, account in given["suppliers"].items()
    }
    return {
        "order": OrderSettings(shops={SHOP_ID: shop}, throttle=_patient_throttle(), public_url=_order_url(server)),
        "inventory": InventorySettings(
            shops={SHOP_ID: ShopSuppliers(suppliers=suppliers)},
            limits=SourcingLimits(supplier_silence_seconds=SILENCE_SECONDS, balance_poll_seconds=BALANCE_SECONDS),
            settlement=SettlementSettings(delay_days=0),  # T+0: what is sold falls due at once
        ),
    }


def _order_url(server: SandboxServer) -> str:
    """Where the providers tell the order service."""
    return server.sandbox.setup.alipay_notify_url.partition("/notices/")[0]


def _account(code: str, kind: type[msgspec.Struct], given: Mapping[str, Any], server: SandboxServer) -> Any:
    """The shop's account at a provider; None on the credentials of an older sandbox, which had no such party."""
    if code not in given:
        return None
    content = dict(given[code])
    match code:
        case "alipay":
            content["gateway_url"] = server.alipay_url
        case "epay":
            content["gateway_url"] = server.epay_url
        case _:
            content["gateway_url"] = server.gateway_url(code)
    return msgspec.convert(content, kind, dec_hook=lambda _, text: Secret(text))


def _articles(server: SandboxServer, code: str) -> dict[str, ArticleSettings]:
    """A shared shop names its goods by codes."""
    numbers = server.sandbox.suppliers[code].ledger.products
    return {str(number): ArticleSettings(code=shared_code(number)) for number in numbers}


def revealed(settings: Any) -> Any:
    """Settings with their secrets as text, for a settings file that only its owner can read."""
    return msgspec.to_builtins(settings, enc_hook=lambda value: value.reveal() if isinstance(value, Secret) else str(value))


def _patient_throttle() -> ThrottleSettings:
    """Everybody in a demo comes from one address."""
    return ThrottleSettings(**{each.name: _PATIENT for each in msgspec.structs.fields(ThrottleSettings)})


def _credentials(file: Path, catalogue: Catalogue) -> SandboxCredentials:
    if file.exists():
        kept = SandboxCredentials.read(file)
        if set(kept.suppliers) == set(catalogue):
            return kept if kept.gateways and kept.wechat and kept.unionpay else _completed(kept, file)
    made = SandboxCredentials.generate(catalogue)
    made.write(file)
    return made


def _completed(older: SandboxCredentials, file: Path) -> SandboxCredentials:
    """The same accounts, and some where a sandbox did not always have one."""
    fresh = SandboxCredentials.generate(())
    made = msgspec.structs.replace(
        older,
        gateways=older.gateways or fresh.gateways,
        wechat=older.wechat or fresh.wechat,
        unionpay=older.unionpay or fresh.unionpay,
    )
    made.write(file)
    return made
