"""PostgreSQL, Valkey and the broker of one data folder, started and stopped together.

data folder/    embedded.lock        held while they run, with the launcher's process id in it
                postgres.json        where the cluster is, port, passwords (0600)
                postgres/            the cluster, unless its user cannot reach it here (`postgres_home.py`)
                valkey.json          port, password (0600)
                run/                 pid files, configuration, made anew at each start
                log/                 what the servers say
"""

import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.kafka import EmbeddedKafka
from chassis.embedded.postgres import EmbeddedPostgres
from chassis.embedded.supervisor import Supervisor
from chassis.embedded.valkey import EmbeddedValkey


@dataclass(frozen=True)
class Addresses:
    """Where the servers answer now.

    `dsn_of(service)` is the address of the service's own database, which it makes on first use. Of these only
    `kafka_bootstrap` changes when a server is restarted.
    """

    postgres_admin_dsn: str
    redis_url: str
    kafka_bootstrap: str
    dsn_of: Callable[[str], str]


class EmbeddedServers(AbstractContextManager["EmbeddedServers"]):
    """The three servers of one data folder; use it as a context manager, or `start` and `stop`.

    A server that dies is started again by itself. Once all are there again `on_restarted` is called, from another thread,
    with its name and the present addresses: the broker comes back empty and at another address, so those who
    use it have to connect anew.
    """

    def __init__(self, data_folder: Path, on_restarted: Callable[[str, Addresses], None] = lambda name, addresses: None) -> None:
        self._data_folder = data_folder.absolute()
        self._on_restarted = on_restarted
        self._lock: IO[str] | None = None
        self._supervisor: Supervisor | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._addresses: Callable[[], Addresses] | None = None

    def start(self) -> Addresses:
        """Start all and return when they answer.

        Raises EmbeddedServerError, with nothing left running, if that is not possible: another launcher uses
        the data folder, a wheel is missing, a folder is out of reach.
        """
        assert self._lock is None, "started already"
        try:
            self._start()
        except PermissionError as failure:
            self.stop()
            raise EmbeddedServerError(f"{failure.filename} belongs to somebody else: {failure.strerror}.") from failure
        except BaseException:
            self.stop()
            raise
        return self.addresses

    def stop(self) -> None:
        """Stop all; returns when no process is left. The data stays."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
        self._addresses = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def delete_data(self) -> None:
        """Delete the data folder and what belongs to it elsewhere; only after `stop`."""
        assert self._lock is None, "still running"
        if self._postgres is not None:
            self._postgres.delete()
        shutil.rmtree(self._data_folder, ignore_errors=True)

    @property
    def addresses(self) -> Addresses:
        """Where the servers answer now; raises EmbeddedServerError when they do not run."""
        if self._addresses is None:
            raise EmbeddedServerError("The embedded servers are not running.")
        return self._addresses()

    def __enter__(self) -> "EmbeddedServers":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        self._data_folder.mkdir(parents=True, exist_ok=True)
        run_folder, log_folder = self._data_folder / "run", self._data_folder / "log"
        self._lock = _take_lock(self._data_folder)
        for folder in (run_folder, log_folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        postgres = self._postgres = EmbeddedPostgres(self._data_folder, run_folder, log_folder)
        valkey = EmbeddedValkey(self._data_folder, run_folder, log_folder)
        kafka = EmbeddedKafka(run_folder, log_folder)
        # The slowest to get ready first; stopped in the opposite order.
        processes = [postgres.process, kafka.process, valkey.process]
        for process in processes:
            process.reap_leftover()
        valkey.prepare()
        postgres.prepare()
        supervisor = self._supervisor = Supervisor(processes, on_restarted=lambda name: self._on_restarted(name, self.addresses))
        self._addresses = lambda: Addresses(
            postgres_admin_dsn=postgres.admin_dsn,
            redis_url=valkey.url,
            kafka_bootstrap=kafka.bootstrap,
            dsn_of=postgres.ensure_database,
        )
        supervisor.start()


def stop_running(data_folder: Path, timeout_seconds: float = 30.0) -> bool:
    """Ask the launcher that uses this data folder to end; whether there was one.

    Returns when it has let go of the folder; raises EmbeddedServerError if it does not in time.
    """
    path = data_folder / "embedded.lock"
    deadline = time.monotonic() + timeout_seconds
    was_running = False
    while path.exists():
        with path.open("r+") as lock:
            if _try_lock(lock):
                return was_running
            launcher_pid = lock.read().strip()
        if not was_running and launcher_pid.isdigit():
            os.kill(int(launcher_pid), signal.SIGTERM)
            was_running = True
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"Process {launcher_pid}, which uses {data_folder}, does not end.")
        time.sleep(0.05)
    return was_running


def _take_lock(data_folder: Path) -> IO[str]:
    lock = (data_folder / "embedded.lock").open("a+")
    if not _try_lock(lock):
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        raise EmbeddedServerError(f"{data_folder} is in use by process {holder}: stop that first, or choose another folder.")
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
