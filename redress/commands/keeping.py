"""parked, topics, doctor: the commands that keep an installation well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from redress.asking import Caller, Refused
from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, run_async, say, settings_of
from redress.composition import SERVICES, check_services
from redress.doctor import examine
from redress.servers import reached_servers
from redress.topics import refill_topic, states_of

ServiceArgument = Annotated[str, typer.Argument(help=", ".join(SERVICES))]
IdArgument = Annotated[int, typer.Argument(help="Number of the parked row")]
IdsArgument = Annotated[list[int], typer.Argument(metavar="NUMBER…", help="Numbers of the parked rows, in the order in which to take them")]

parked = typer.Typer(no_args_is_help=True, help="List, show, replay or discard what could not be handled.")
topics = typer.Typer(no_args_is_help=False, invoke_without_command=True, help="Show the topics, or publish history again.")


@parked.command("list")
def list_parked(url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None) -> None:
    """List what is parked and waits, in every service.

    Messages of one stream wait behind the first that is parked. `early`: it names something that this service has not met yet, and goes
    on by itself once it does.
    """
    table = Table("service", "number", "since", "what", "why", "detail")
    count = 0
    for name in SERVICES:
        for row in caller_of(name, url, data, settings).get("/ops/parked"):
            count += 1
            kind = row["type"] or row["what"]
            table.add_row(name, str(row["parked_id"]), row["at"][:19], kind, row["reason"], row["detail"])
    console.print(table if count else "Nothing is parked.")


@parked.command("show")
def show_parked(
    service: ServiceArgument, number: IdArgument, url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None
) -> None:
    """Show one parked row with its content (references only, never a secret)."""
    console.print_json(data=caller_of(service, url, data, settings).get(f"/ops/parked/{number}"))


@parked.command("replay")
def replay_parked(
    service: ServiceArgument, numbers: IdsArgument, url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None
) -> None:
    """Handle a parked row now, for instance after the bug was mended. Those behind it follow in order."""
    _settle(caller_of(service, url, data, settings), numbers, "replay")


@parked.command("discard")
def discard_parked(
    service: ServiceArgument,
    numbers: IdsArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Give a parked row up: it will never take effect."""
    if not yes:
        which = f"row {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} rows"
        typer.confirm(f"Give up {which} of {service} for good?", abort=True)
    _settle(caller_of(service, url, data, settings), numbers, "discard")


@topics.callback()
def list_topics(context: typer.Context, data: DataOption = None, settings: SettingsOption = None) -> None:
    """Show each service's topic: its partitions, and from where to where they reach."""
    if context.invoked_subcommand is not None:
        return
    known, _ = settings_of(data, settings)
    with reached_servers(known, starts=False) as servers:
        states = run_async(states_of(servers.kafka_bootstrap, list(SERVICES)))
    table = Table("topic", "partition", "first", "next")
    for state in states:
        if not state.partitions:
            table.add_row(state.topic, "not there", "", "")
        for number, (first, end) in enumerate(state.partitions):
            table.add_row(state.topic if number == 0 else "", str(number), str(first), str(end))
    console.print(table)


@topics.command("refill")
def refill(service: ServiceArgument, data: DataOption = None, settings: SettingsOption = None) -> None:
    """Publish a service's whole history again, for readers outside the house.

    Our own services do not need it: they fill from each other's feeds. Readers drop what they know by its sequence.
    """
    check_services([service])
    known, _ = settings_of(data, settings)
    with reached_servers(known, starts=False) as servers:
        count = run_async(refill_topic(servers, service))
    console.print(f"{count} records published again.")


def doctor(data: DataOption = None, settings: SettingsOption = None) -> None:
    """Say in words what is missing: Python, keys, servers, migrations, epochs, the port. Exit code 1 where something is."""
    findings = list(examine(*settings_of(data, settings)))
    for each in findings:
        console.print(f"{'[green]✓[/]' if each.is_well else '[red]✗[/]'} ", end="")
        console.print(each.words, markup=False)
    if not all(each.is_well for each in findings):
        raise typer.Exit(1)


def _settle(caller: Caller, numbers: Sequence[int], how: str) -> None:
    """One after the other; what is refused does not keep the others from being settled."""
    words = {"parked": "It is parked again: nothing has changed about why.", "dropped": "It was settled already."}
    is_refused = False
    for number in numbers:
        place = f"{number}: " if len(numbers) > 1 else ""
        try:
            answer = caller.send("POST", f"/ops/parked/{number}/{how}")
        except Refused as refused:
            is_refused = True
            say(f"{place}{refused}")
            continue
        console.print(f"{place}{words.get(answer['result'], 'Done.')}")
    if is_refused:
        raise typer.Exit(1)
