"""What the composition root makes of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.secret import Secret
from chassis.settings import SettingsError
from redress.composition import SERVICES, SETTINGS_OF, check_shops, limits_of, targets_of
from redress.errors import UserError
from redress.settings import RedressSettings, read_settings
from services.inventory.settings import InventorySettings, ShopSuppliers, SourcingLimits, SupplierAccount
from services.order.channels.epay import EpaySettings
from services.order.settings import OrderSettings, ShopSettings


def test_the_time_factor_divides_limits_of_minutes_and_leaves_seconds_real() -> None:
    orders = limits_of(OrderSettings(shops={"a": ShopSettings()}), 60.0)
    assert orders["expiry_seconds"] == 15.0
    assert orders["redelivery_seconds"] == 5.0
    assert orders["a"]["give_up_seconds"] == 30.0
    stock = limits_of(InventorySettings(limits=SourcingLimits(supplier_silence_seconds=300.0)), 60.0)
    assert stock["supplier_silence_seconds"] == 5.0
    assert stock["temporary_retry_seconds"] == 2.0
    assert stock["temporary_retry_count"] == 2


def test_in_earnest_no_limit_is_changed() -> None:
    assert limits_of(OrderSettings(), 1.0)["expiry_seconds"] == 900.0


def test_whom_a_service_calls_is_known_for_its_figures() -> None:
    epay = EpaySettings(pid="1", key=Secret("k"), gateway_url="http://pay")
    assert targets_of(OrderSettings(shops={"a": ShopSettings(epay=epay), "b": ShopSettings()})) == ("epay/a",)
    account = SupplierAccount(base_url="http://north", api_key="k", api_secret=Secret("s"))
    assert targets_of(InventorySettings(suppliers={"north": account})) == ("north",)


def test_each_service_has_a_port_and_an_address_of_its_own() -> None:
    settings = RedressSettings(http_port=9_000, http_host="0.0.0.0")
    assert [settings.url_of(name, place) for place, name in enumerate(SERVICES)] == [
        "http://127.0.0.1:9001",
        "http://127.0.0.1:9002",
        "http://127.0.0.1:9003",
    ]
    named = RedressSettings(service_url="https://{service}.example/")
    assert named.url_of("order", 0) == "https://order.example"


def test_a_service_with_several_processes_is_found_at_its_balancer_and_each_process_at_itself() -> None:
    settings = RedressSettings(http_port=9_000, service_urls={"order": "https://orders.example/"})
    assert [settings.address_of(name, place) for place, name in enumerate(SERVICES)] == [
        "https://orders.example",
        "http://127.0.0.1:9002",
        "http://127.0.0.1:9003",
    ]
    assert settings.url_of("order", 0) == "http://127.0.0.1:9001"


def test_settings_come_from_a_file_and_the_environment_and_mistakes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "redress.toml"
    file.write_text('time_factor = 30\n[shop_tokens]\nmain = "0123456789012345678901234567"\n[services.order.shops.main]\n')
    monkeypatch.setenv("REDRESS_HTTP_PORT", "8100")
    settings, services = read_settings(SETTINGS_OF, file)
    assert (settings.time_factor, settings.http_port, list(settings.shop_tokens)) == (30.0, 8_100, ["main"])
    assert list(services.of("order", OrderSettings).shops) == ["main"]
    monkeypatch.setenv("REDRESS_TIME_FACTOR", "0")
    monkeypatch.setenv("REDRESS_TIM_FACTOR", "1")
    with pytest.raises(SettingsError) as told:
        read_settings(SETTINGS_OF, file)
    assert len(told.value.problems) == 2


def test_with_several_shops_every_suppliers_account_belongs_to_one() -> None:
    account = SupplierAccount(base_url="http://north", api_key="k", api_secret=Secret("s"))
    orders = OrderSettings(shops={"a": ShopSettings(), "b": ShopSettings()})
    with pytest.raises(UserError, match="north"):
        check_shops({"order": orders, "inventory": InventorySettings(suppliers={"north": account})})
    own = InventorySettings(shops={"a": ShopSuppliers(suppliers={"north": account})})
    check_shops({"order": orders, "inventory": own})
    assert (own.account("a", "north"), own.account("b", "north")) == (account, None)
    assert targets_of(own) == ("north",)
