"""Providers and suppliers for tests, with the test-only keys and a fixed beginning of time."""

from datetime import UTC, datetime, timedelta

from protocols.dujiao_next import SupplierAccess
from sandbox.behaviour.payments import AlipayDialect, EpayDialect, PaymentProvider
from sandbox.behaviour.suppliers import CardSupplier, SupplierProduct
from tests.protocols.vectors import private_key, public_key

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
PID, EPAY_KEY = "1001", "epay-test-key"
ACCESS = SupplierAccess("test-api-key", "test-api-secret")
GAME = SupplierProduct(sku_id=7, product_code="game-50", price="45.00", stock_count=5)
MUSIC = SupplierProduct(sku_id=8, product_code="music-30", price="30.00", stock_count=5, card_prefix="MUSIC")


def at(seconds: float) -> datetime:
    """So many seconds after the beginning."""
    return START + timedelta(seconds=seconds)


def alipay_provider() -> PaymentProvider:
    dialect = AlipayDialect(APP_ID, SELLER_ID, private_key("alipay"), public_key("app"))
    return PaymentProvider(dialect, notify_path="/notices/alipay/{order_number}")


def epay_provider() -> PaymentProvider:
    return PaymentProvider(EpayDialect(PID, EPAY_KEY), notify_path="/notices/epay")


def supplier(*, balance: str = "1000.00") -> CardSupplier:
    return CardSupplier("north", ACCESS, [GAME, MUSIC], balance=balance)
