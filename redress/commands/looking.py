"""events, replay: the commands that look, and change nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from chassis.settings import Settings
from redress.commands.common import DataOption, SettingsOption, console, say, settings_of
from redress.composition import SERVICES, Servers, check_services
from redress.errors import UserError
from redress.history import Happening, history_of
from redress.keyring import known_tokens
from redress.replaying import aggregate_as_it_was
from redress.replaying import rebuild as rebuild_all
from redress.servers import reached_servers
from redress.settings import RedressSettings
from services.order.domain.order import Order

SHOWN_ROWS = 5
ShopOption = Annotated[str | None, typer.Option("--shop", help="Id of the shop; may be left out where there is one only")]


def events(
    order: Annotated[str, typer.Option("--order", help="The order's number")],
    shop: ShopOption = None,
    public: Annotated[bool, typer.Option("--public", help="Only what was published")] = False,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Tell the history of an order over all services, oldest first.

    Read from the services' own logs, so it is complete whatever became of Kafka. What was published is marked with a dot.
    """
    known, services = settings_of(data, settings)
    with reached_servers(known) as servers:
        found = history_of(servers, shop or only_shop(known, services), order)
    if not found:
        raise UserError(f"No service knows an order {order} of that shop.")
    for each in found:
        if each.is_public or not public:
            _tell(each, found[0].at)


def replay(
    stream: Annotated[UUID | None, typer.Argument(help="Id of the aggregate", show_default=False)] = None,
    order: Annotated[str | None, typer.Option("--order", help="Instead of an id: an order's number")] = None,
    shop: ShopOption = None,
    service: Annotated[str | None, typer.Option(help=f"Where to look: {', '.join(SERVICES)} (default: everywhere)")] = None,
    version: Annotated[int | None, typer.Option(help="As it was after this event", min=1)] = None,
    at: Annotated[datetime | None, typer.Option(help="As it was then (UTC)", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f"])] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build all indexes and views from the logs and compare")] = False,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show an aggregate as it was at a version or a time, or check that the logs give what the tables hold.

    Changes nothing. The exit code of `--rebuild` is 1 where a table differs.
    """
    known, services = settings_of(data, settings)
    if rebuild:
        with reached_servers(known) as servers:
            _rebuild(servers)
        return
    if (stream is None) == (order is None):
        raise UserError("Name one aggregate: by its id, or an order with --order.")
    if service is not None:
        check_services([service])
    wanted = stream or Order.create_id(shop or only_shop(known, services), str(order))
    moment = None if at is None else at.replace(tzinfo=UTC)
    with reached_servers(known) as servers:
        found = aggregate_as_it_was(servers, wanted, service=service, version=version, at=moment)
    if found is None:
        raise UserError(f"There is no aggregate {wanted}, or was none then.")
    tail = "" if found.is_newest else ", since when it has changed"
    console.print(f"{found.kind} {wanted} of {found.service}: version {found.version}, {found.at:%Y-%m-%d %H:%M:%S.%f} UTC{tail}")
    table = Table("", "", show_header=False, box=None)
    for name, value in found.state.items():
        table.add_row(name, _shown(value))
    console.print(table)


def only_shop(settings: RedressSettings, services: Settings) -> str:
    """The shop that is meant where none is named; raises UserError where there are several or none."""
    orders: Any = services.services["order"]
    shops = sorted({*orders.shops, *known_tokens(settings).shops})
    if len(shops) != 1:
        raise UserError(f"Name the shop with --shop ({', '.join(shops) or 'none is configured'}).")
    return str(shops[0])


def _tell(each: Happening, begun: datetime) -> None:
    seconds = (each.at - begun).total_seconds()
    mark = "●" if each.is_public else " "
    console.print(f"{each.at:%H:%M:%S.%f}  +{seconds:9.3f} s  {each.service:<9} {mark} {each.words}", markup=False)


def _rebuild(servers: Servers) -> None:
    table = Table("service", "table", "rows", "compared")
    has_difference = False
    for each in rebuild_all(servers, say):
        verdict = "equal"
        if not each.is_settled:
            verdict = "the log grew all the while: try again when it is calmer"
        elif each.differing:
            has_difference = True
            shown = ", ".join(each.differing[:SHOWN_ROWS])
            verdict = f"{len(each.differing)} differ: {shown}"
        table.add_row(each.service, f"{each.what} {each.name}", str(each.row_count), verdict)
    console.print(table)
    if has_difference:
        raise typer.Exit(1)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{_shown(key)}: {_shown(each)}" for key, each in value.items()) or "{}"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return str(value)
