"""`python -m tests.faults --drills N --seed S`: a long campaign, its recovery times, and one line at the end.

Exits with 1 where anything was lost, happened twice or broke another law. `--keep FOLDER` leaves the children's logs there.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from redress.errors import UserError
from tests.faults.campaign import play
from tests.faults.drills import drawn
from tests.servers import ServerUnavailable


def main() -> int:
    """Run a campaign; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--drills", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only drills whose name contains this")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for settings and logs, which is left behind")
    arguments = parser.parse_args()
    drills = [drill for drill in drawn(arguments.drills * (40 if arguments.only else 1), arguments.seed) if arguments.only in drill.name]
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # that the store is away is no news here
    with tempfile.TemporaryDirectory(prefix="redress-faults-", ignore_cleanup_errors=True) as temporary:
        folder = Path(arguments.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            report = asyncio.run(play(folder, drills[: arguments.drills], arguments.seed, lambda text: print(text, flush=True)))
        except (UserError, ServerUnavailable) as failure:
            print(failure, file=sys.stderr)
            return 1
    verdict = report.verdict
    for name, found in (("lost", verdict.lost), ("double", verdict.double), ("broken", verdict.other)):
        for each in found[:50]:
            print(f"{name}: {each}")
    print("\n".join(report.table()))
    print(
        f"{verdict.order_count} orders, {verdict.delivered_units} cards delivered, {verdict.failed_units} with a person; "
        f"longest standstill {report.longest_standstill_seconds:.1f} s; {len(verdict.other)} other violations"
    )
    print(report.line)
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
