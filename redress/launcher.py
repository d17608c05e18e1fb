"""`redress up`: every service in one process, on embedded servers, behind one port.

    /                     the status page                     /order/…, /inventory/…    the services
    /notices/…            what payment providers call         /suppliers/…              what suppliers call
    /sandbox/control/…    the stand-ins, where asked for

Ends cleanly at SIGINT or SIGTERM: no new request, what is under way is finished, each writer commits its group and gives its lock back,
and the servers stop last. Ended by kill -9 it leaves nothing that the next start would not find again by its marks; the embedded
servers end with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.types import ASGIApp

from chassis.embedded import Addresses, EmbeddedServers
from chassis.embedded.running import holder_of
from chassis.keys import installation_keys
from chassis.runtime.app import service_app
from chassis.runtime.node import Node
from chassis.settings import Settings
from chassis.store.schema import migrate
from redress.composition import SERVICES, Installation, Servers, check_shops
from redress.errors import UserError
from redress.hosting import HostedServer, joined, listen
from redress.keyring import known_tokens, tokens_made_once
from redress.outbound import Outbound
from redress.place import note_place
from redress.sandboxed import SHOP_ID, make_sandbox, settings_on
from redress.servers import servers_of
from redress.settings import RedressSettings
from redress.status import status_app
from sandbox.app import sandbox_app
from sandbox.server import SandboxServer, wall_clock
from services.order.settings import OrderSettings, ShopSettings

DEFAULT_SHOP = "main"
OUTSIDERS = {"notices": "order", "suppliers": "inventory"}
READY_SECONDS = 30.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Up:
    """What `up` runs with."""

    settings: RedressSettings
    services: Settings
    has_sandbox: bool
    say: Say

    @property
    def url(self) -> str:
        return f"http://{self.settings.reachable_host}:{self.settings.http_port}"


async def up(options: Up) -> None:
    """Run everything until SIGINT or SIGTERM; raises UserError, EmbeddedServerError, SettingsError, KeyUnusable or StoreAway."""
    stopping = stop_signals()
    settings = options.settings
    holder = holder_of(settings.data_folder) if settings.is_embedded else None
    if holder is not None:
        raise UserError(
            f"Redress already runs on the data folder {settings.data_folder} (process {holder}). "
            "Stop that one, or choose another folder with --data."
        )
    listener = listen(settings.http_host, settings.http_port)
    async with AsyncExitStack() as running:
        running.callback(listener.close)
        nodes: dict[str, Node] = {}
        options.say("Starting PostgreSQL, Valkey and Kafka …")
        servers = await running.enter_async_context(_servers(options, nodes))
        outbound = Outbound()
        running.push_async_callback(outbound.close)
        apps: dict[str, ASGIApp] = {}
        installation = await running.enter_async_context(_installation(options, servers, apps))
        for name in SERVICES:
            await asyncio.to_thread(migrate, servers.dsn_of(name), name)
        nodes |= {name: installation.node(name, outbound) for name in SERVICES}
        apps |= {name: service_app(node) for name, node in nodes.items()}
        shops = list(installation.service_settings["order"].shops)
        server = HostedServer(joined(apps, OUTSIDERS, status_app(list(nodes.values()), shops)), listener)
        await server.start()
        running.callback(note_place(settings.data_folder, options.url).unlink, missing_ok=True)
        running.push_async_callback(_stop, server, list(nodes.values()))
        for node in nodes.values():
            await node.start()
        await until_ready(list(nodes.values()), stopping)
        if not stopping.is_set():
            _welcome(options, installation)
        await stopping.wait()
        options.say("Stopping; what is under way is finished first …")
    options.say("Stopped.")


def stop_signals() -> asyncio.Event:
    """Set by SIGINT or SIGTERM from now on."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


async def until_ready(nodes: list[Node], stopping: asyncio.Event) -> None:
    """Wait until every node is ready or a stop is asked for; raises UserError after `READY_SECONDS`, with the reasons."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not stopping.is_set() and not all(node.health().is_ready for node in nodes):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), 0.1)
    except TimeoutError:
        reasons = "; ".join(f"{node.service.name}: {reason}" for node in nodes for reason in node.health().reasons)
        raise UserError(f"Not ready after {READY_SECONDS:.0f} s: {reasons}") from None


async def _stop(server: HostedServer, nodes: list[Node]) -> None:
    await server.stop()
    await asyncio.gather(*(node.stop() for node in nodes))
    for node in nodes:
        await asyncio.to_thread(node.tracing.close)


@asynccontextmanager
async def _servers(options: Up, nodes: dict[str, Node]) -> AsyncIterator[Servers]:
    """The servers of the settings, and embedded ones for those that are not given."""
    settings = options.settings
    if not settings.is_embedded:
        yield servers_of(settings, None)
        return
    loop = asyncio.get_running_loop()

    def restarted(_name: str, addresses: Addresses) -> None:
        for node in nodes.values():
            loop.call_soon_threadsafe(node.use_kafka, settings.kafka_bootstrap or addresses.kafka_bootstrap)

    embedded = EmbeddedServers(settings.data_folder, on_restarted=restarted)
    addresses = await asyncio.to_thread(embedded.start)
    try:
        yield servers_of(settings, addresses)
    finally:
        await asyncio.to_thread(embedded.stop)


@asynccontextmanager
async def _installation(options: Up, servers: Servers, apps: dict[str, ASGIApp]) -> AsyncIterator[Installation]:
    settings = options.settings
    addresses = {name: f"{options.url}/{name}" for name in SERVICES}
    async with AsyncExitStack() as running:
        service_settings = dict(options.services.services)
        if options.has_sandbox:
            server = await running.enter_async_context(_sandbox(options, addresses["order"]))
            service_settings |= settings_on(server, options.url)
            apps["sandbox"] = sandbox_app(server.sandbox, clock=wall_clock, closing=asyncio.Event(), faults_changed=server.move_doors)
        orders = service_settings["order"]
        assert isinstance(orders, OrderSettings)
        service_settings["order"] = orders = msgspec.structs.replace(orders, shops=_all_shops(settings, orders))
        check_shops(service_settings)
        keyring = tokens_made_once(settings, orders.shops)
        yield Installation(settings, service_settings, servers, installation_keys(settings), keyring, addresses)


def _all_shops(settings: RedressSettings, orders: OrderSettings) -> dict[str, ShopSettings]:
    """The shops of the settings and those that were added; the default one where there are none, or where it was used before."""
    known = known_tokens(settings)
    shops = {shop_id: ShopSettings() for shop_id in known.added} | orders.shops
    if not shops or (not orders.shops and DEFAULT_SHOP in known.shops):
        shops.setdefault(DEFAULT_SHOP, ShopSettings())
    return shops


@asynccontextmanager
async def _sandbox(options: Up, order_url: str) -> AsyncIterator[SandboxServer]:
    credentials_file: Path = options.settings.data_folder / "sandbox.json"
    sandbox = make_sandbox(order_url, options.settings.time_factor, credentials_file)
    async with SandboxServer(sandbox) as server:
        yield server


def _welcome(options: Up, installation: Installation) -> None:
    say, settings = options.say, options.settings
    say(f"Redress is up: {options.url}")
    if settings.time_factor != 1:
        say(f"Limits of a minute and more run {settings.time_factor:g} times faster.")
    if options.has_sandbox:
        say(f"The sandbox's controls: {options.url}/sandbox/control (shop {SHOP_ID})")
    tokens = settings.data_folder / "tokens.json"
    if tokens.exists():
        say(f"Tokens of staff and shops ({', '.join(sorted(installation.keyring.shops))}): {tokens}")
    say("Ctrl-C stops it; nothing is lost.")
