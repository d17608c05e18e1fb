"""Every figure in turn: `make bench`, or `python -m bench [--only flow flash …]`.

The servers are found or started once for all. Each module is a process of its own; its lines (`figure.py`) are gathered, shown as one
table, and written to `bench/results.jsonl`: a line takes the place of an earlier one of the same figure, all others stay. The exit code
is 1 where a module failed, not where a goal was missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.figure import Figure, line_of, read, say, table
from bench.servers import as_environment, real_servers

MODULES = ("hop", "runner", "flow", "latency", "flash", "history", "rebuild", "commands", "idle", "importing")
RESULTS = Path(__file__).parent / "results.jsonl"


def run(name: str, environment: dict[str, str]) -> list[Figure] | None:
    """The figures of a module; None where it failed."""
    say(f"--- {name}")
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, env=environment, check=False, text=True)
    say(f"--- {name} took {time.monotonic() - began:,.0f} s")
    return read(ended.stdout) if ended.returncode == 0 else None


def keep(figures: list[Figure], file: Path) -> None:
    """Write the figures over those of the same names, which stay where they stood."""
    kept = {figure.figure: figure for figure in read(file.read_text())} if file.exists() else {}
    kept |= {figure.figure: figure for figure in figures}
    file.write_text("".join(line_of(figure) + "\n" for figure in kept.values()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", nargs="+", choices=MODULES, default=MODULES)
    chosen = parser.parse_args()
    figures: list[Figure] = []
    failed = []
    with real_servers() as servers:
        environment = {**os.environ, **as_environment(servers)}
        for name in chosen.only:
            found = run(name, environment)
            if found is None:
                failed.append(name)
            else:
                figures += found
                keep(found, RESULTS)
    print(table(figures))
    if failed:
        sys.exit(f"These failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
