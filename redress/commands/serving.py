"""up, run, migrate: the commands that serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chassis.logs import configure_logs
from chassis.store.schema import migrate as migrate_store
from redress.commands.common import DataOption, SettingsOption, console, run_async, say, settings_of
from redress.composition import SERVICES, check_services
from redress.launcher import Up
from redress.launcher import up as serve
from redress.running import run as run_services
from redress.servers import reached_servers

LARGEST_LOG_BYTES = 20 * 1024 * 1024


def up(
    data: DataOption = None,
    settings: SettingsOption = None,
    port: Annotated[int | None, typer.Option(help="Port of everything (default: 8000)", min=1, max=65_535)] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1)")] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="With stand-ins for payment providers and suppliers")] = False,
    time_factor: Annotated[float | None, typer.Option(help="Divides limits of a minute and more (default: 1)", min=0.001)] = None,
) -> None:
    """Run everything on this machine, with a status page.

    Brings its own PostgreSQL, Valkey and Kafka; the data stays in one folder. Ctrl-C stops it and loses nothing. Servers that the
    settings name (REDRESS_POSTGRES_DSN, REDRESS_KAFKA_BOOTSTRAP, REDRESS_REDIS_URL) are used instead.
    """
    known, services = settings_of(data, settings, http_port=port, http_host=host, time_factor=time_factor)
    known.data_folder.mkdir(parents=True, exist_ok=True)
    log_file = _log_file(known.data_folder)
    with log_file.open("a", encoding="utf-8") as stream:
        configure_logs(known.log_level, stream)
        say(f"The log: {log_file}")
        run_async(serve(Up(known, services, sandbox, say)))


def run(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE…", help=f"{', '.join(SERVICES)}")],
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Run services in a process of their own, on real servers.

    Needs REDRESS_POSTGRES_DSN (with {service} where each has its own database), REDRESS_KAFKA_BOOTSTRAP, REDRESS_REDIS_URL and the
    keys REDRESS_MASTER_KEY_FILE, REDRESS_FINGERPRINT_KEY_FILE, REDRESS_TOKEN_KEY_FILE. A second process of a service is its stand-by.
    The log goes to standard error.
    """
    known, all_settings = settings_of(data, settings)
    configure_logs(known.log_level)
    run_async(run_services(services, known, all_settings, lambda text: console.print(text, markup=False)))


def migrate(
    services: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]…", help="All, where none is named")] = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Bring each service's database to the newest schema. May be run at any time, any number of times."""
    check_services(services or ())
    known, _ = settings_of(data, settings)
    with reached_servers(known) as servers:
        for name in services or SERVICES:
            applied = migrate_store(servers.dsn_of(name), name)
            console.print(f"{name}: {f'{applied} applied' if applied else 'up to date'}")


def _log_file(data_folder: Path) -> Path:
    """The log, begun anew beside its predecessor once it has grown large."""
    folder = data_folder / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "redress.log"
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(folder / "redress.log.1")
    return path
