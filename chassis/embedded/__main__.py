"""The embedded servers by themselves.

python -m chassis.embedded up FOLDER     start them, print their addresses as JSON, run until SIGTERM
python -m chassis.embedded down FOLDER   end whoever uses that data folder, and wait for it
"""

import json
import signal
import sys
from pathlib import Path

from chassis.embedded import EmbeddedServerError, EmbeddedServers, stop_running


def up(data_folder: Path) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with EmbeddedServers(data_folder) as servers:
        addresses = servers.addresses
        print(
            json.dumps(
                {
                    "postgres": addresses.postgres_admin_dsn,
                    "redis": addresses.redis_url,
                    "kafka": addresses.kafka_bootstrap,
                }
            ),
            flush=True,
        )
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


def down(data_folder: Path) -> None:
    print("stopped" if stop_running(data_folder) else "nothing was running")


def main() -> None:
    match sys.argv[1:]:
        case ["up", folder]:
            up(Path(folder))
        case ["down", folder]:
            down(Path(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except EmbeddedServerError as failure:
        sys.exit(str(failure))
