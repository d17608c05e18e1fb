"""demo, simulate: the commands that show that it works."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from redress.commands.common import DataOption, SettingsOption, console, remarks, run_async, say, settings_of
from redress.composition import SERVICES
from redress.demo.figures import Figures
from redress.demo.performance import Played, Story, play
from redress.demo.stage import Stage
from redress.demo.theatre import own_stage
from redress.errors import UserError
from redress.keyring import known_tokens
from redress.running import given_servers
from redress.sandboxed import SHOP_ID
from redress.servers import reached_servers
from redress.settings import RedressSettings
from redress.topics import delete_topics

DEFAULT_FACTOR = 60.0


def demo(
    json: Annotated[bool, typer.Option("--json", help="End with one line of JSON: the figures")] = False,
    seed: Annotated[int | None, typer.Option(help="Repeats the order in which buyers come (default: any)")] = None,
    url: Annotated[str | None, typer.Option(help="Play on a running `redress up --sandbox` instead of an own one")] = None,
    processes: Annotated[
        bool, typer.Option("--processes", help="Each service in its own process, on the servers that REDRESS_… names")
    ] = False,
    delete_topics: Annotated[bool, typer.Option("--delete-topics", help="Delete every topic while orders flow (real Kafka)")] = False,
    time_factor: Annotated[float | None, typer.Option(help="Divides limits of a minute and more (default: 60)", min=1)] = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Play a card shop's hard day in a minute, and tell each order's story.

    Buyers, seven payment providers, suppliers of four protocols, a consignor and the shop's staff act on the real system, and most of
    them are troublesome. Without options it is started in a temporary folder for the demo alone. The exit code is 1 where a card was
    given twice, something was sold that was not there, the books do not agree, or a payable order ended neither delivered nor with a
    person.
    """
    known, _ = settings_of(data, settings)
    factor = time_factor or (known.time_factor if url else DEFAULT_FACTOR)
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    played = run_async(_demo(known, chosen, url=url, has_processes=processes, deletes_topics=delete_topics, time_factor=factor))
    for story in played.stories:
        _tell(story)
    _summarise(played, chosen)
    if json:
        console.print(msgspec.json.encode(played.figures).decode(), markup=False)
    fault = _fault(played)
    if fault is not None:
        raise UserError(fault)


def simulate(
    seeds: Annotated[int, typer.Option(help="How many worlds", min=1)] = 200,
    start: Annotated[int, typer.Option(help="The first seed", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Processes at once", min=1)] = 2,
    trace: Annotated[bool, typer.Option("--trace", help="Tell all that happens in each world")] = False,
    resume: Annotated[Path | None, typer.Option(help="Keep in this file how far it got, and go on from there", dir_okay=False)] = None,
) -> None:
    """Run the real services in hostile worlds: crashes, lost answers, lost topics, lying suppliers.

    The last line is `N seeds, M violations`. A failing seed prints itself, and the same seed replays exactly.
    """
    from redress.simulation.runner import simulate as run_worlds

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=remarks, transient=True) as bars:
        bar = bars.add_task("seeds", total=seeds)

        def advance(done: int, violations: int) -> None:
            bars.update(bar, completed=done, description=f"{violations} violations" if violations else "seeds")

        try:
            report = run_worlds(seeds, start, jobs, trace, lambda line: console.print(line, markup=False), resume=resume, advance=advance)
        except ValueError as other_run:
            raise UserError(str(other_run)) from None
    if report.violation_count:
        raise typer.Exit(1)


async def _demo(
    settings: RedressSettings, seed: int, *, url: str | None, has_processes: bool, deletes_topics: bool, time_factor: float
) -> Played:
    say(f"Limits of a minute and more run {time_factor:g} times faster; seed {seed}.")
    async with _stage(settings, url, has_processes, time_factor) as stage:

        async def interlude() -> None:
            say("Deleting every topic while orders flow …")
            await delete_topics(stage.servers.kafka_bootstrap, list(SERVICES))

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=remarks, transient=True) as bars:
            bar = bars.add_task("orders", total=None)
            return await play(
                stage,
                seed,
                advance=lambda done, count: bars.update(bar, completed=done, total=count),
                interlude=interlude if deletes_topics else None,
            )


@asynccontextmanager
async def _stage(settings: RedressSettings, url: str | None, has_processes: bool, time_factor: float) -> AsyncIterator[Stage]:
    if url is not None:
        base = url.rstrip("/")
        addresses = {name: f"{base}/{name}" for name in SERVICES}
        with reached_servers(settings, starts=False) as servers:
            yield Stage(addresses, f"{base}/sandbox/control", servers, known_tokens(settings), SHOP_ID, time_factor)
        return
    if has_processes:
        given_servers(settings)
    say("Starting everything in a temporary folder …")
    async with own_stage(settings, has_processes=has_processes, time_factor=time_factor) as (stage, _):
        yield stage


def _tell(story: Story) -> None:
    console.print(f"\n{story.number}  {story.title}", style="bold", markup=False)
    begun = story.happenings[0].at if story.happenings else None
    for each in story.happenings:
        seconds = (each.at - begun).total_seconds() if begun else 0.0
        console.print(f"  {seconds:7.2f} s  {each.service:<9}  {each.words}", markup=False)


def _summarise(played: Played, seed: int) -> None:
    figures, imported = played.figures, played.market.imported
    console.print(
        f"\nThe card file: {imported.imported} cards imported, {imported.fault_count} lines refused. "
        f"Buyers saw {played.revealed} cards, each a different one but for a reusable one."
    )
    console.print(_table(figures))
    console.print(
        f"{figures.orders} orders: {figures.delivered} delivered, {figures.manual} with a person, {figures.unpaid} never paid. "
        f"Double-issued: {figures.double_issued}. Oversold: {figures.oversold}. "
        f"Settlement difference: {figures.settlement_difference}. (Seed {seed}.)"
    )


def _table(figures: Figures) -> Table:
    """All figures for people: what happened so often."""
    table = Table(box=None, show_header=False)
    for name, value in msgspec.structs.asdict(figures).items():
        table.add_row(name.replace("_", " "), f"{value:g}")
    return table


def _fault(played: Played) -> str | None:
    """Why the run did not show what it must, or None."""
    figures = played.figures
    if figures.double_issued or figures.oversold:
        return "A card was given twice, or one was sold that was not there."
    if figures.settlement_difference:
        return "Sales, commission, and what is due or paid do not agree."
    if figures.delivered + figures.manual + figures.unpaid < figures.orders:
        return "A payable order ended neither delivered nor with a person."
    return None
