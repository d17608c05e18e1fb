"""`python -m tests.faults --drills N --seed S`: a long campaign, its recovery times, and one line of JSON at the end.

It is played in houses of so many drills each, one after the other. With `--journal FILE` each house that is done is written there, and the
same command goes on after it. Exits with 1 where anything was lost, happened twice or broke another law, and at the first such house
with `--until-broken`. `--keep FOLDER` leaves the children's logs there.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from redress.errors import UserError
from tests.faults.campaign import play
from tests.faults.catalogue import drawn, volleys
from tests.faults.drill import Drill
from tests.faults.summary import Summary, read_journal, total, write_journal
from tests.servers import ServerUnavailable


def main() -> int:
    """Run a campaign; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--drills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only drills whose name contains this")
    parser.add_argument("--house", type=int, default=50, help="drills in one house")
    parser.add_argument("--journal", type=Path, default=None, help="a file to go on from")
    parser.add_argument("--until-broken", action="store_true", help="end with the first house in which a law was broken")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for settings and logs, which is left behind")
    arguments = parser.parse_args()
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # that the store is away is no news here
    drills = drawn(arguments.drills, arguments.seed, arguments.only)
    campaign = f"{arguments.drills}/{arguments.seed}/{arguments.house}/{arguments.only}"
    done = read_journal(arguments.journal, campaign)
    houses = [drills[first : first + arguments.house] for first in range(0, len(drills), arguments.house)]
    for number, drills_here in enumerate(houses, start=1):
        if number in done:
            continue
        print(f"house {number} of {len(houses)}: {len(drills_here)} drills", flush=True)
        try:
            done[number] = _play(arguments.keep, number, drills_here, arguments.seed)
        except (UserError, ServerUnavailable) as failure:
            print(failure, file=sys.stderr)
            return 1
        if arguments.journal is not None:
            write_journal(arguments.journal, campaign, number, done[number])
        print("\n".join(done[number].text()), flush=True)
        if arguments.until_broken and not done[number].is_clean:
            break
    every = total(done.values())
    if len(houses) > 1:
        print("\nall houses", *every.text(), sep="\n")
    print(every.json_line(seed=arguments.seed, houses=len(done)))
    return 0 if every.is_clean else 1


def _play(keep: Path | None, number: int, drills: list[Drill], seed: int) -> Summary:
    with ExitStack() as leaving:
        temporary = leaving.enter_context(tempfile.TemporaryDirectory(prefix="redress-faults-", ignore_cleanup_errors=True))
        folder = Path(temporary) if keep is None else keep / f"house-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        house_seed = seed * 1_000 + number
        return asyncio.run(play(folder, volleys(drills, house_seed), house_seed, lambda text: print(text, flush=True)))


if __name__ == "__main__":
    sys.exit(main())
