"""restore, lost, release: what is done after a database was restored from a backup, or taken over by a replica."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from chassis.recovering import Opening
from chassis.store.epochs import open_epoch
from chassis.store.rows import LOST, PHANTOMS
from chassis.store.schema import migrate
from redress.asking import Refused
from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, run_async, say, settings_of
from redress.composition import SERVICES, check_services
from redress.restoring import Found, find_lost, hearers_of
from redress.servers import reached_servers

RestoredArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[SERVICE]…", help="Which were restored; all, where none is named", show_default=False)
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask")]


def restore(
    services: RestoredArgument = None,
    yes: YesOption = False,
    without_topic: Annotated[
        bool, typer.Option("--without-topic", help="Give up what only Kafka still knows, where Kafka cannot be brought back")
    ] = False,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Open a new epoch, after a database was restored from a backup or taken over by a replica. Stop the services first.

    A restored store has forgotten its newest events, while others have heard them. This reads the lost records back from the topic, lists
    each, and lays them down for the service, which makes its word true again before it does anything else; it asks providers and
    suppliers about whatever it is about to do. Until this command has run, a restored store takes no writes; until `redress
    release` it alarms, and whoever knows more than it stands still there.
    """
    check_services(services or ())
    known, _ = settings_of(data, settings)
    chosen = services or list(SERVICES)
    with reached_servers(known) as servers:
        for name in chosen:
            migrate(servers.dsn_of(name), name)
        found = {name: run_async(find_lost(servers, name, hearers_of(name), reads_topic=not without_topic)) for name in chosen}
        for name, each in found.items():
            _tell(name, each)
        if not yes:
            typer.confirm(f"Open a new epoch for {', '.join(chosen)}? Do this only after a restore.", abort=True)
        for name, each in found.items():
            opening = Opening(datetime.now(UTC), _longest_attempt(name), [*each.lost, *each.echoes], each.unread, each.seen_epoch)
            console.print(f"{name}: epoch {open_epoch(servers.dsn_of(name), opening)} is open.")
    say("Start the services again. `redress lost` shows what became of each lost record; `redress release` lets everything go on.")


def lost(url: UrlOption = None, data: DataOption = None, settings: SettingsOption = None) -> None:
    """List what restores have lost, record by record, and the slots that stand still because of it."""
    table = Table("service", "number", "what", "source", "slot", "record", "type", "state", "detail")
    stopped: list[str] = []
    for name in SERVICES:
        shown = caller_of(name, url, data, settings).get("/ops/restore")
        if not shown["is_released"]:
            say(f"{name}: epoch {shown['epoch']} is not released: it asks before it acts, and alarms.")
        for row in shown["lost"]:
            table.add_row(
                name, str(row["parked_id"]), row["what"], row["source"], str(row["slot"]), str(row["sequence"]), row["type"],
                _state(row), row["detail"],
            )  # fmt: skip
        stopped += [f"{name}: slot {each['slot']} of {each['source']} stands still: {each['reason']}" for each in shown["stopped_slots"]]
    console.print(table if table.row_count else "Nothing is lost.")
    for each in stopped:
        console.print(each, style="yellow", markup=False)


def release(
    services: RestoredArgument = None,
    yes: YesOption = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Let restored services go on: an operator has looked at `redress lost`.

    Stopped slots of the services that heard more go on behind the fork; the restored service no longer asks before it acts.
    Lost records that nobody could recover must be replayed or discarded before (`redress parked`).
    """
    check_services(services or ())
    chosen = services or list(SERVICES)
    if not yes:
        typer.confirm(f"Have you looked at what {', '.join(chosen)} lost, and shall everything go on?", abort=True)
    is_refused = False
    for name in chosen:
        try:
            answer = caller_of(name, url, data, settings).send("POST", "/ops/restore/release")
        except Refused as refused:
            is_refused = True
            say(f"{name}: {refused}")
            continue
        console.print(f"{name}: {'there was nothing to release' if answer['result'] == 'dropped' else 'released'}.")
        for hearer in hearers_of(name):
            answer = caller_of(hearer, url, data, settings).send("POST", "/ops/slots/release", {"source": name})
            if answer["released"] or answer["still_stopped"]:
                console.print(f"{hearer}: {answer['released']} slots of {name} go on, {answer['still_stopped']} stand still.")
    if is_refused:
        raise typer.Exit(1)


def _tell(service: str, found: Found) -> None:
    """Each lost record, and what is known of those that cannot be read."""
    table = Table("slot", "epoch", "record", "type", "order", "what happens")
    for unit in found.lost:
        subject = found.subjects.get((unit.epoch, unit.slot, unit.sequence), "")
        does = "made true again" if unit.type in SERVICES[service].recoveries else "follows from what others say"
        table.add_row(str(unit.slot), str(unit.epoch), str(unit.sequence), unit.type, subject, does)
    for unit in found.echoes:
        table.add_row(str(unit.slot), str(unit.epoch), str(unit.sequence), unit.type, "", f"told by {unit.source}: made true again")
    for each in found.unread:
        table.add_row(str(each.slot), str(each.epoch), str(each.sequence), "", "", f"for your eyes: {each.detail}")
    console.print(f"{service}: {len(found.lost) + len(found.unread)} lost records are known.")
    if table.row_count:
        console.print(table)
    for sentence in found.acted:
        console.print(sentence, markup=False)


def _state(row: dict[str, Any]) -> str:
    if row["what"] == PHANTOMS:
        return "let go"
    words = {"waiting": "waits for a person", "replayed": "recovered" if row["what"] == LOST else "settled", "discarded": "given up"}
    return words[row["status"]]


def _longest_attempt(service: str) -> float:
    """Seconds after which no attempt of the time before the restore can send anything any more."""
    return max((activity.patience.attempt_seconds for activity in SERVICES[service].activities), default=0.0)
