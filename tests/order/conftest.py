"""A desk of the order service whose shop `shop` takes Alipay and epay, with a product listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.secret import Secret
from chassis.tokens import Principal
from protocols import alipay
from services.order.channels.alipay import AlipaySettings
from services.order.channels.epay import EpaySettings
from services.order.service import order as order_service
from services.order.settings import OrderSettings, ShopSettings
from tests.desk import MemoryDesk
from tests.order.builders import SHOP, product_listed

KEYS = Path(__file__).parent.parent / "protocols" / "keys"
APP_ID, SELLER_ID, PID, EPAY_KEY = "2021000000000001", "2088000000000001", "1001", "merchant-key"
ALIPAY_KEY = alipay.load_private_key((KEYS / "alipay-private.pem").read_text())
OTHER_KEY = alipay.load_private_key((KEYS / "other-private.pem").read_text())


def shop_settings() -> ShopSettings:
    return ShopSettings(
        alipay=AlipaySettings(
            app_id=APP_ID,
            seller_id=SELLER_ID,
            alipay_public_key=(KEYS / "alipay-public.pem").read_text(),
            app_private_key=Secret((KEYS / "app-private.pem").read_text()),
        ),
        epay=EpaySettings(pid=PID, key=Secret(EPAY_KEY), gateway_url="https://epay.example", success_word="SUCCESS"),
    )


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk(order_service, OrderSettings(shops={SHOP: shop_settings()}))
    desk.bench.tell(product_listed())
    return desk


@pytest.fixture
def shop(desk: MemoryDesk) -> dict[str, str]:
    """The headers of the shop's own requests."""
    return desk.admit("shop-token", Principal(SHOP, "shop", frozenset({"orders:write", "orders:read"})))


@pytest.fixture
def staff(desk: MemoryDesk) -> dict[str, str]:
    return desk.admit("staff-token", Principal("mei", "staff", frozenset({"orders:read"})))
