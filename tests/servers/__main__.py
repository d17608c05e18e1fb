"""Real servers for scripts, figures and the demo.

python -m tests.servers up [--postgres] [--redis] [--kafka] [--mariadb] [--database NAME]…
    start them, print one line of JSON (postgres, redis, kafka, mariadb: addresses; databases: NAME to the address
    of a database of its own), run until SIGTERM or Ctrl-C
python -m tests.servers check
    fetch what is missing and say what cannot be had, so that a test run does not fail in its middle
python -m tests.servers hold KIND
    what the tests start by themselves (`shared.py`)
"""

import argparse
import json
import os
import shutil
import signal
import sys
from contextlib import ExitStack

from tests.servers.containers import is_engine_there
from tests.servers.databases import make_database
from tests.servers.errors import ServerUnavailable
from tests.servers.kafka_jars import CACHE, java, kafka_jars
from tests.servers.mariadb_packages import mariadb_programs
from tests.servers.provision import KINDS, address_in_environment, provide
from tests.servers.shared import hold


def up(names: list[str], databases: list[str]) -> None:
    # From here on an end is an exception, so that what was started is stopped however far we are.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as servers:
            folder = CACHE / f"up-{os.getpid()}"
            servers.callback(shutil.rmtree, folder, ignore_errors=True)
            addresses: dict[str, object] = {}
            for name in names:
                addresses[name] = servers.enter_context(provide(KINDS[name], folder / name))
            if databases:
                admin_dsn = str(addresses["postgres"])
                addresses["databases"] = {name: make_database(admin_dsn, name) for name in databases}
            print(json.dumps(addresses), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        return


def check() -> None:
    for kind in KINDS.values():
        address_in_environment(kind)
    if is_engine_there():
        return
    if not os.environ.get(KINDS["kafka"].variable):
        java()
        kafka_jars()
    if not os.environ.get(KINDS["mariadb"].variable):
        mariadb_programs()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    commands = parser.add_subparsers(dest="command", required=True)
    up_command = commands.add_parser("up", help="start servers and print their addresses")
    for name in KINDS:
        up_command.add_argument(f"--{name}", action="append_const", dest="names", const=name)
    up_command.add_argument("--database", action="append", dest="databases", default=[], metavar="NAME")
    commands.add_parser("check", help="fetch what is missing, say what cannot be had")
    commands.add_parser("hold", help="hold a shared server").add_argument("kind", choices=KINDS)
    chosen = parser.parse_args()
    match chosen.command:
        case "up":
            names = chosen.names or list(KINDS)
            if chosen.databases and "postgres" not in names:
                parser.error("--database needs --postgres")
            up(names, chosen.databases)
        case "check":
            check()
        case "hold":
            hold(chosen.kind)


if __name__ == "__main__":
    try:
        main()
    except ServerUnavailable as failure:
        sys.exit(str(failure))
