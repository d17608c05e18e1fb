"""parked, topics, restore, doctor: the commands that keep an installation well."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from chassis.store.epochs import open_epoch
from redress.asking import Caller
from redress.commands.common import DataOption, SettingsOption, UrlOption, console, run_async, say, settings_of
from redress.composition import SERVICES, check_services
from redress.doctor import examine
from redress.keyring import known_tokens
from redress.place import addresses_of
from redress.servers import reached_servers
from redress.topics import refill_topic, states_of

ServiceArgument = Annotated[str, typer.Argument(help=", ".join(SERVICES))]
IdArgument = Annotated[int, typer.Argument(help="Number of the parked row")]

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
        for row in _caller(name, url, data, settings).get("/ops/parked"):
            count += 1
            kind = row["type"] or row["what"]
            table.add_row(name, str(row["parked_id"]), row["at"][:19], kind, row["reason"], row["detail"])
    console.print(table if count else "Nothing is parked.")


@parked.command("show")
def show_parked(
    service: ServiceArgument, number: IdArgument, url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None
) -> None:
    """Show one parked row with its content (references only, never a secret)."""
    console.print_json(data=_caller(service, url, data, settings).get(f"/ops/parked/{number}"))


@parked.command("replay")
def replay_parked(
    service: ServiceArgument, number: IdArgument, url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None
) -> None:
    """Handle a parked row now, for instance after the bug was mended. Those behind it follow in order."""
    _settle(_caller(service, url, data, settings), number, "replay")


@parked.command("discard")
def discard_parked(
    service: ServiceArgument,
    number: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Give a parked row up: it will never take effect."""
    if not yes:
        typer.confirm(f"Give up row {number} of {service} for good?", abort=True)
    _settle(_caller(service, url, data, settings), number, "discard")


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


def restore(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]…", help="Which were restored; all, where none is named")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Open a new epoch, after a database was restored from a backup or taken over by a replica.

    A restored store has forgotten its newest events, while others have heard them. A new epoch says where the histories part: the other
    services follow the restored one from there, and a slot in which they know more is stopped until a person has looked. Until this
    command has run, a restored store takes no writes. Stop the services first.
    """
    check_services(services or ())
    known, _ = settings_of(data, settings)
    chosen = services or list(SERVICES)
    if not yes:
        typer.confirm(f"Open a new epoch for {', '.join(chosen)}? Do this only after a restore.", abort=True)
    with reached_servers(known) as servers:
        for name in chosen:
            console.print(
                f"{name}: epoch {open_epoch(servers.dsn_of(name))} is open. What came after the backup is no longer part of its history."
            )
    say("Start the services again. Watch `redress doctor` and the status page: a stopped slot names what was lost.")


def doctor(data: DataOption = None, settings: SettingsOption = None) -> None:
    """Say in words what is missing: Python, keys, servers, migrations, epochs, the port. Exit code 1 where something is."""
    findings = list(examine(*settings_of(data, settings)))
    for each in findings:
        console.print(f"{'[green]✓[/]' if each.is_well else '[red]✗[/]'} ", end="")
        console.print(each.words, markup=False)
    if not all(each.is_well for each in findings):
        raise typer.Exit(1)


def _caller(service: str, url: str | None, data: Any, settings: Any) -> Caller:
    check_services([service])
    known, _ = settings_of(data, settings)
    return Caller(addresses_of(known, list(SERVICES), url)[service], known_tokens(known).staff_authorization())


def _settle(caller: Caller, number: int, how: str) -> None:
    answer = caller.send("POST", f"/ops/parked/{number}/{how}")
    words = {"parked": "It is parked again: nothing has changed about why.", "dropped": "It was settled already."}
    console.print(words.get(answer["result"], "Done."))
