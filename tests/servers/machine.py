"""Servers of one's own on this machine, to be started, stopped, killed, paused and wiped by a test.

PostgreSQL and Valkey come from the Python wheels, by the same code that `redress up` uses; nobody watches
them here, so what a test kills stays dead until the test starts it. Address and data stay the same over stop
and start.
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from types import TracebackType

from chassis.embedded.postgres import EmbeddedPostgres
from chassis.embedded.process import ServerProcess
from chassis.embedded.valkey import EmbeddedValkey


class OwnServer(AbstractContextManager["OwnServer"], ABC):
    """One server process; as a context manager it runs inside and is wiped at the end."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where it answers."""

    @property
    @abstractmethod
    def process(self) -> ServerProcess: ...

    @abstractmethod
    def prepare(self) -> None:
        """Make what the process needs before it is spawned."""

    @abstractmethod
    def wipe(self) -> None:
        """Delete all its data; it must have been stopped or killed. The next start is a first start."""

    def start(self) -> None:
        """Start it and return when it answers."""
        self.process.reap_leftover()
        self.prepare()
        self.process.spawn()
        self.process.wait_until_first_ready()

    def stop(self) -> None:
        """Stop it in good order."""
        self.process.stop()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash of the machine's process would; returns when it is gone."""
        self.process.send(SIGKILL)
        assert self.process.wait_until_ended(timeout_seconds=10)

    def restart(self) -> None:
        """Stop it in good order and start it again, with its data and at its address."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open and nothing answers."""
        self.process.send(SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        self.process.send(SIGCONT)

    def __enter__(self) -> "OwnServer":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.resume()
        self.stop()
        self.wipe()


def _folders(folder: Path) -> tuple[Path, Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    run_folder, log_folder = folder / "run", folder / "log"
    for each in (run_folder, log_folder):
        each.mkdir(mode=0o700, exist_ok=True)
    return folder, run_folder, log_folder


class PostgresServer(OwnServer):
    """A PostgreSQL whose files are in `folder`; its address is a superuser's.

    A pause freezes only the postmaster: no new connections, while open ones go on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._server = EmbeddedPostgres(*_folders(self._folder))

    @property
    def address(self) -> str:
        return self._server.admin_dsn

    @property
    def process(self) -> ServerProcess:
        return self._server.process

    def prepare(self) -> None:
        self._server.prepare()

    def wipe(self) -> None:
        self._server.delete()


class RedisServer(OwnServer):
    """A Valkey whose files are in `folder`; it keeps nothing over a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._server = EmbeddedValkey(*_folders(self._folder))

    @property
    def address(self) -> str:
        return self._server.url

    @property
    def process(self) -> ServerProcess:
        return self._server.process

    def prepare(self) -> None:
        self._server.prepare()

    def wipe(self) -> None:
        """Nothing is left to delete."""
