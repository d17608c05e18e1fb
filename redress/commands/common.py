"""What the commands share: options, settings, what is said to a person and how."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
import uvloop
from rich.console import Console

from chassis.settings import Settings
from redress.asking import Caller
from redress.composition import SERVICES, SETTINGS_OF, check_services
from redress.keyring import known_tokens
from redress.place import addresses_of
from redress.settings import RedressSettings, read_settings

T = TypeVar("T")

console = Console(highlight=False, soft_wrap=True)
"""What was asked for goes to standard output, remarks and mistakes to standard error."""
remarks = Console(stderr=True, highlight=False, soft_wrap=True)

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded servers' data (default: data)", show_default=False)]
SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", help="TOML or JSON file; REDRESS_… variables win over it", exists=True, dir_okay=False),
]
UrlOption = Annotated[str | None, typer.Option("--url", help="Where `redress up` answers (default: as found)", show_default=False)]


def settings_of(data: Path | None, file: Path | None, **changes: Any) -> tuple[RedressSettings, Settings]:
    """The settings with what the command line says instead; a change that is None changes nothing."""
    settings, services = read_settings(SETTINGS_OF, file)
    given = {name: value for name, value in {"data_folder": data, **changes}.items() if value is not None}
    return msgspec.structs.replace(settings, **given), services


def caller_of(service: str, url: str | None, data: Path | None, settings: Path | None) -> Caller:
    """A running service, as staff of this installation; raises UserError for one that does not exist."""
    check_services([service])
    known, _ = settings_of(data, settings)
    return Caller(addresses_of(known, list(SERVICES), url)[service], known_tokens(known).staff_authorization())


def say(text: str) -> None:
    """Tell a person something, as it stands."""
    remarks.print(text, markup=False)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
