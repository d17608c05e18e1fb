"""The composition root: which services there are, and what each stands in.

Nothing else in the house knows more than one service. From settings, and from servers that somebody found or started, an `Installation`
makes the surroundings of each service; a `Node` (chassis) makes a running service of them.

Limits reach the services as the advice "limits", recorded by each saga in its first event. A time factor, which is stated wherever it
is not 1, divides those of a minute and more; shorter ones stay real.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.keys import InstallationKeys
from chassis.runtime.consumer import FETCH_WAIT_MILLISECONDS
from chassis.runtime.node import Node, Surroundings
from chassis.secret import Secret
from chassis.service import Service
from protocols.http import HttpReply, HttpRequest
from redress.errors import UserError
from redress.keyring import Keyring
from redress.outbound import Outbound
from redress.settings import RedressSettings
from redress.spans import tracing_of
from services.inventory.service import inventory
from services.inventory.settings import InventorySettings
from services.inventory.settings import limits_advice as inventory_limits
from services.notify.service import notify
from services.notify.settings import NotifySettings
from services.order.service import order
from services.order.settings import OrderSettings, limits_advice

SERVICES: Mapping[str, Service] = {service.name: service for service in (order, inventory, notify)}
"""Every service of the house, in the order of their ports."""

SETTINGS_OF: Mapping[str, type[Any]] = {name: service.settings for name, service in SERVICES.items() if service.settings is not None}

SHORTEST_SCALED_SECONDS = 60.0

Http = Callable[[str, HttpRequest], Awaitable[HttpReply]]


@dataclass(frozen=True)
class Servers:
    """Where the real servers answer; `dsn_of(service)` is the address of a service's own database."""

    dsn_of: Callable[[str], str]
    kafka_bootstrap: str
    redis_url: Secret | None
    fetch_wait_milliseconds: int = FETCH_WAIT_MILLISECONDS


@dataclass(frozen=True)
class Installation:
    """Everything that a process needs to run any of the services."""

    settings: RedressSettings
    service_settings: Mapping[str, Any]
    servers: Servers
    keys: InstallationKeys
    keyring: Keyring
    addresses: Mapping[str, str]
    """Base URL of each service, for the others."""
    own_addresses: Mapping[str, str] = field(default_factory=dict)
    """Base URL of this process of a service, for its stand-by; where none is given, the service's."""

    def node(self, name: str, outbound: Outbound) -> Node:
        """A service ready to start; inside a running event loop."""
        settings = self.service_settings[name]
        around = Surroundings(
            dsn=self.servers.dsn_of(name),
            kafka_bootstrap=self.servers.kafka_bootstrap,
            redis_url=self.servers.redis_url,
            address=self.own_addresses.get(name, self.addresses[name]),
            addresses=self.addresses,
            keys=self.keys,
            settings=settings,
            http=way_out(settings, outbound),
            http_public=outbound.call_public,
            static_tokens=self.keyring.principals(),
            advice={"limits": limits_of(settings, self.settings.time_factor)},
            fetch_wait_milliseconds=self.servers.fetch_wait_milliseconds,
            targets=targets_of(settings),
            tracing=tracing_of(name, self.settings),
        )
        return Node(SERVICES[name], around)


def limits_of(settings: Any, time_factor: float) -> Mapping[str, Any]:
    """The advice "limits" of a service with these settings."""
    match settings:
        case OrderSettings():
            return _scaled(limits_advice(settings), time_factor)
        case InventorySettings():
            return _scaled(inventory_limits(settings), time_factor)
        case NotifySettings():
            return _scaled(settings.limits_advice(), time_factor)
        case _:
            return {}


def _scaled(limits: Mapping[str, Any], time_factor: float) -> Mapping[str, Any]:
    """Limits by name, or by shop and name, the long ones divided."""

    def scaled(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return _scaled(value, time_factor)
        if isinstance(value, tuple) and name.endswith("_seconds"):
            return tuple(scaled(name, each) for each in value)
        return value / time_factor if name.endswith("_seconds") and value >= SHORTEST_SCALED_SECONDS else value

    return {name: scaled(name, value) for name, value in limits.items()}


def check_services(names: Iterable[str]) -> None:
    """Raises UserError, which says what there is, unless all of these are services."""
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise UserError(f"There is no service {', '.join(unknown)}; there are {', '.join(SERVICES)}.")


def check_shops(settings: Mapping[str, Any]) -> None:
    """Raises UserError where suppliers' accounts belong to no shop by name though there are several: one would order at another's cost."""
    orders, stock = settings["order"], settings["inventory"]
    assert isinstance(orders, OrderSettings)
    assert isinstance(stock, InventorySettings)
    if len(orders.shops) > 1 and stock.suppliers:
        raise UserError(
            f"There are several shops ({', '.join(sorted(orders.shops))}): put the suppliers' accounts "
            f"({', '.join(sorted(stock.suppliers))}) below [services.inventory.shops.SHOP.suppliers]."
        )


def way_out(settings: Any, outbound: Outbound) -> Http:
    """What the activities of a service with these settings call others with: addresses that shops name are held to be public."""
    match settings:
        case NotifySettings(are_private_targets_allowed=False):
            return outbound.call_public
        case _:
            return outbound.call


def targets_of(settings: Any) -> tuple[str, ...]:
    """Whom the activities of a service with these settings call, for its figures."""
    match settings:
        case OrderSettings():
            providers = [f"{provider}/{shop_id}" for shop_id, shop in settings.shops.items() for provider in shop.providers]
            beside = [f"{shop.connection.kind}/{shop_id}" for shop_id, shop in settings.shops.items() if shop.connection is not None]
            return tuple(sorted(providers + beside))
        case InventorySettings():
            return settings.supplier_codes
        case _:
            return ()
