"""Finding the embedded servers that somebody else runs on a data folder: for commands beside a running `redress up`."""

import fcntl
import json
from pathlib import Path

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.kept import read_kept
from chassis.embedded.postgres import admin_dsn, service_dsn
from chassis.embedded.servers import Addresses
from chassis.embedded.valkey import url_of


def holder_of(data_folder: Path) -> str | None:
    """The process id of the launcher that uses this data folder now; None where nobody does."""
    try:
        with (data_folder / "embedded.lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read().strip() or "unknown"
    except FileNotFoundError:
        pass
    return None


def running_addresses(data_folder: Path) -> Addresses:
    """Where the servers of a data folder that is in use answer; raises EmbeddedServerError when nobody runs them.

    `dsn_of` knows the services whose database was made already, and raises EmbeddedServerError for others.
    """
    if holder_of(data_folder) is None:
        raise EmbeddedServerError(f"Nothing runs on {data_folder}.")
    postgres, valkey = read_kept(data_folder / "postgres.json"), read_kept(data_folder / "valkey.json")
    try:
        announced = json.loads((data_folder / "run" / "kafka.out").read_text())
        redis_url = url_of(valkey["port"], valkey["password"])
        maintenance_dsn = admin_dsn(postgres["port"], postgres["password"])
        bootstrap: str = announced["bootstrap"]
    except (KeyError, ValueError, FileNotFoundError) as failure:
        raise EmbeddedServerError(f"The servers of {data_folder} are still starting.") from failure

    def dsn_of(service: str) -> str:
        password = postgres.get("services", {}).get(service)
        if password is None:
            raise EmbeddedServerError(f"{data_folder} has no database of the service {service} yet.")
        return service_dsn(postgres["port"], service, password)

    return Addresses(postgres_admin_dsn=maintenance_dsn, redis_url=redis_url, kafka_bootstrap=bootstrap, dsn_of=dsn_of)
