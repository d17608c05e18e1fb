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
from sandbox.credentials import SandboxCredentials
from sandbox.server import SandboxServer
from sandbox.world import Sandbox, SandboxSetup
from services.inventory.settings import InventorySettings, ShopSuppliers, SourcingLimits, SupplierAccount
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.channels.epay_v2 import EpayV2Settings
from services.order.channels.wechat import WechatSettings
from services.order.settings import Allowance, OrderSettings, ShopSettings, ThrottleSettings

SHOP_ID = "demo"
PATTERN = CARD_PATTERN

Catalogue = Mapping[str, tuple[SupplierProduct, ...]]
"""What each supplier sells."""

DEFAULT_CATALOGUE: Catalogue = {
    "north": (SupplierProduct(1, "game-50", "45.00", 1_000), SupplierProduct(2, "music-30", "28.00", 1_000, card_prefix="MUSIC")),
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
}
"""The demo plays one kind of trouble with each: see `redress/demo`."""

SILENCE_SECONDS = 1_800.0
"""A demo's time factor makes half a minute of it, which no scene needs."""

WITHOUT_CALLBACKS = frozenset({"quiet"})
"""Suppliers that only answer when asked, as many do."""

_PATIENT = Allowance(amount=100_000, window_seconds=60)


def make_sandbox(order_url: str, time_factor: float, credentials_file: Path, catalogue: Catalogue = DEFAULT_CATALOGUE) -> Sandbox:
    """The stand-ins, with notices going to the order service at `order_url`."""
    notices = f"{order_url}/notices"
    # A restarted sandbox counts its cards from one again: other letters make them other cards.
    letters = "".join(secrets.choice(string.ascii_uppercase) for _ in range(3))
    suppliers = {
        code: tuple(replace(product, card_prefix=product.card_prefix + letters) for product in products)
        for code, products in catalogue.items()
    }
    setup = SandboxSetup(
        alipay_notify_url=f"{notices}/alipay/{SHOP_ID}",
        epay_notify_url=f"{notices}/epay/{SHOP_ID}",
        wechat_notify_url=f"{notices}/wechat/{SHOP_ID}",
        epay_v2_notify_url=f"{notices}/epay_v2/{SHOP_ID}",
        epusdt_notify_url=f"{notices}/epusdt/{SHOP_ID}",
        tokenpay_notify_url=f"{notices}/tokenpay/{SHOP_ID}",
        unionpay_notify_url=f"{notices}/unionpay/{SHOP_ID}",
        suppliers=suppliers,
        time_factor=time_factor,
    )
    return Sandbox(setup, _credentials(credentials_file, catalogue))


def settings_on(server: SandboxServer, callback_base_url: str) -> dict[str, Any]:
    """The services' settings for the shop `demo` on a running sandbox, by service; suppliers call back below the given address."""
    given: Any = server.sandbox.credentials.shop_settings()
    alipay, epay = given["alipay"], given["epay"]
    shop = ShopSettings(
        alipay=AlipaySettings(
            app_id=alipay["app_id"],
            seller_id=alipay["seller_id"],
            alipay_public_key=alipay["alipay_public_key"],
            app_private_key=Secret(alipay["app_private_key"]),
            gateway_url=server.alipay_url,
        ),
        epay=EpaySettings(pid=epay["pid"], key=Secret(epay["key"]), gateway_url=server.epay_url),
        epay_v2=_epay_v2(server),
        wechat=_wechat(server),
        takes_orders_off_sale=True,  # so that two buyers can be seen racing for a last card
    )
    suppliers = {
        code: SupplierAccount(
            base_url=server.supplier_url(code),
            api_key=account["api_key"],
            api_secret=Secret(account["api_secret"]),
            callback_base_url=None if code in WITHOUT_CALLBACKS else callback_base_url,
        )
        for code, account in given["suppliers"].items()
    }
    return {
        "order": OrderSettings(shops={SHOP_ID: shop}, throttle=_patient_throttle(), public_url=_order_url(server)),
        "inventory": InventorySettings(
            shops={SHOP_ID: ShopSuppliers(suppliers=suppliers)}, limits=SourcingLimits(supplier_silence_seconds=SILENCE_SECONDS)
        ),
    }


def _order_url(server: SandboxServer) -> str:
    """Where the providers tell the order service."""
    return server.sandbox.setup.alipay_notify_url.partition("/notices/")[0]


def _epay_v2(server: SandboxServer) -> EpayV2Settings | None:
    """None on the credentials of an older sandbox.

    Coins are not among the shop's providers: where one cannot be asked, an order that a restore lost waits for a person.
    """
    accounts = server.sandbox.credentials.gateways
    if accounts is None:
        return None
    return EpayV2Settings(
        pid=accounts.epay_v2_pid,
        platform_public_key=accounts.platform_public_key,
        merchant_private_key=Secret(accounts.merchant_private_key),
        gateway_url=server.gateway_url("epay_v2"),
    )


def _wechat(server: SandboxServer) -> WechatSettings | None:
    """None on the credentials of an older sandbox."""
    account = server.sandbox.credentials.wechat
    if account is None:
        return None
    return WechatSettings(
        mchid=account.mchid,
        app_id=account.app_id,
        api_v3_key=Secret(account.api_v3_key),
        platform_keys={account.serial: account.wechat_public_key},
        merchant_serial_number=account.merchant_serial_number,
        merchant_private_key=Secret(account.merchant_private_key),
        gateway_url=server.gateway_url("wechat"),
    )


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
            return kept if kept.gateways and kept.wechat else _completed(kept, file)
    made = SandboxCredentials.generate(catalogue)
    made.write(file)
    return made


def _completed(older: SandboxCredentials, file: Path) -> SandboxCredentials:
    """The same accounts, and some where a sandbox did not always have one."""
    fresh = SandboxCredentials.generate(())
    made = msgspec.structs.replace(older, gateways=older.gateways or fresh.gateways, wechat=older.wechat or fresh.wechat)
    made.write(file)
    return made
