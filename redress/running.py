"""`redress run SERVICE…`: services with a process each, on real servers that the settings name.

Each named service gets a port of its own. Several of one process are for small machines; in earnest each has its process, and a second
process of a service is its stand-by.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from chassis.keys import installation_keys
from chassis.runtime.app import service_app
from chassis.settings import Settings
from redress.composition import SERVICES, Installation, Servers, check_services, check_shops
from redress.errors import UserError
from redress.hosting import HostedServer, listen
from redress.keyring import known_tokens
from redress.launcher import stop_signals
from redress.outbound import Outbound
from redress.servers import servers_of
from redress.settings import RedressSettings


def given_servers(settings: RedressSettings) -> Servers:
    """The servers that the settings name; raises UserError where one is missing."""
    missing = [
        variable
        for variable, value in (
            ("REDRESS_POSTGRES_DSN", settings.postgres_dsn),
            ("REDRESS_KAFKA_BOOTSTRAP", settings.kafka_bootstrap),
            ("REDRESS_REDIS_URL", settings.redis_url),
        )
        if value is None
    ]
    if missing:
        raise UserError(f"Not set: {', '.join(missing)}. `redress run` works on real servers; `redress up` brings its own.")
    return servers_of(settings, None)


async def run(names: list[str], settings: RedressSettings, services: Settings, say: Callable[[str], None]) -> None:
    """Run the named services until SIGINT or SIGTERM; raises UserError, KeyUnusable or MasterKeyUnusable."""
    stopping = stop_signals()
    places = {name: place for place, name in enumerate(SERVICES)}
    check_services(names)
    check_shops(services.services)
    servers = given_servers(settings)
    installation = Installation(
        settings,
        services.services,
        servers,
        installation_keys(settings),
        known_tokens(settings),
        {name: settings.address_of(name, place) for name, place in places.items()},
        {name: settings.url_of(name, place) for name, place in places.items()},
    )
    async with AsyncExitStack() as running:
        outbound = Outbound()
        running.push_async_callback(outbound.close)
        for name in dict.fromkeys(names):
            listener = listen(settings.http_host, settings.port_of(places[name]))
            running.callback(listener.close)
            node = installation.node(name, outbound)
            server = HostedServer(service_app(node), listener)
            await server.start()
            running.callback(node.tracing.close)
            running.push_async_callback(node.stop)
            running.push_async_callback(server.stop)
            await node.start()
            say(f"{name} serves at {installation.own_addresses[name]}")
        await stopping.wait()
        say("Stopping; what is under way is finished first …")
    say("Stopped.")
