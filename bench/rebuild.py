"""A view from a million events, beside eventsourcing's log reader: `python -m bench.rebuild [--events 1000000] [--rounds 1]`.

Both sides fold the same documents (`rebuild_view.py`) out of as many events of as many orders, from a log of their own on the same server,
into a table on it; each run is a process of its own, and the logs are filled once. There are two peers in `peers/es_reader.py`: the way of
the library's own pages, which each event costs the same, so that it is measured over the first ones, and all that its reader and mapper
allow in a program written for speed; beside that one, ours need only be no slower.

Then the history of one order among them is read, forty-one times over the log.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from bench.figure import Figure, alone, beside, say, show
from bench.history_fill import EVENTS_AN_ORDER, fill
from bench.hop_service import NAME
from bench.provided import database, provided
from chassis.store.schema import migrate

GOAL = 5.0
GOAL_TUNED = 1.0
GOAL_MILLISECONDS = 50.0


def run(module: str, *words: str) -> list[list[str]]:
    """Run a module to its end; the words of each line it printed."""
    output = subprocess.run([sys.executable, "-m", module, *words], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split() for line in output.splitlines()]


def rate_of(name: str, lines: list[list[str]]) -> float:
    """Events a second of the line that starts with `took`."""
    took, used, events = next(map(float, words[1:]) for words in lines if words[0] == "took")
    say(f"{name:>6} {events / took:>9,.0f} events/s  {used / events * 1e6:>6,.1f} µs of its own each")
    return events / took


def measure_all(ours_dsn: str, peer_dsn: str, chosen: argparse.Namespace) -> list[Figure]:
    orders = str(chosen.events // EVENTS_AN_ORDER)
    counts = {"plain": chosen.plain_events, "tuned": chosen.events}
    rates: dict[str, list[float]] = {"ours": [], "plain": [], "tuned": []}
    looks: list[float] = []
    for number in range(chosen.rounds):
        for name in rates if number % 2 == 0 else reversed(rates):
            if name == "ours":
                lines = run("bench.rebuild_ours", ours_dsn, orders)
                looks += [float(word) for words in lines if words[0] == "history" for word in words[1:]]
            else:
                lines = run("bench.peers.es_reader", name, peer_dsn, orders, str(counts[name]))
            rates[name].append(rate_of(name, lines))
    return [
        beside(
            "rebuild-over-eventsourcing", rates["ours"], rates["plain"],
            peer="eventsourcing's log reader, a transaction for each event", unit="events/s", goal=GOAL,
        ),
        beside(
            "rebuild-over-tuned-reader", rates["ours"], rates["tuned"],
            peer="eventsourcing's log reader and mapper, tuned by hand", unit="events/s", goal=GOAL_TUNED,
        ),
        alone("history-of-one-order", looks, unit="ms", goal=GOAL_MILLISECONDS, bound="at most"),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rebuild")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--plain-events", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    with provided("postgres") as (postgres,), database(postgres, "rebuild_ours") as ours, database(postgres, "rebuild_library") as library:
        began = time.monotonic()
        migrate(ours, NAME)
        fill(ours, chosen.events)
        run("bench.peers.es_reader", "fill", library, str(chosen.events // EVENTS_AN_ORDER))
        say(f"both logs filled with {chosen.events:,} events within {time.monotonic() - began:.0f} s")
        figures = measure_all(ours, library, chosen)
    show(figures)


if __name__ == "__main__":
    main()
