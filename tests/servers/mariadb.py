"""A MariaDB of one's own: what the shops beside us keep their data in.

It listens on the loopback only, its root has a password, and it does not wait for the disk, since nothing of a test needs to outlive
the machine. Address and data stay the same over stop and start.
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from signal import SIGTERM

import pymysql

from chassis.embedded.ports import LOOPBACK, pick_port
from chassis.embedded.process import ServerProcess, ServerSpec, base_environment
from tests.servers.errors import ServerUnavailable
from tests.servers.machine import OwnServer
from tests.servers.mariadb_packages import mariadb_programs

_LIGHT = (
    "--skip-name-resolve",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=8M",
    "--performance-schema=off",
)


class MariadbServer(OwnServer):
    """A MariaDB whose files are in `folder`; its address is a superuser's. Raises ServerUnavailable when there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._data_folder = self._folder / "data"
        self._port = pick_port()
        self._password = secrets.token_urlsafe(12)
        self._programs = mariadb_programs()
        self._environment = {"LD_LIBRARY_PATH": ":".join(map(str, self._programs.libraries))} if self._programs.libraries else {}
        runs_as = ["--user=root"] if os.getuid() == 0 else []
        self._common = ["--no-defaults", f"--basedir={self._programs.base}", f"--datadir={self._data_folder}", *runs_as, *_LIGHT]
        socket = self._folder / "mariadb.sock"
        first_words = self._folder / "first.sql"
        self._first_words = first_words
        listening = [f"--bind-address={LOOPBACK}", f"--port={self._port}", f"--socket={socket}", f"--init-file={first_words}"]
        self._process = ServerProcess(
            ServerSpec(
                name="MariaDB",
                command=[str(self._programs.server), *self._common, *listening],
                marker=str(self._data_folder),
                is_ready=self._answers,
                pid_path=self._folder / "mariadb.pid",
                log_path=self._folder / "mariadb.log",
                stop_signals=((SIGTERM, 30.0),),
                more_environment=lambda: self._environment,
            )
        )

    @property
    def address(self) -> str:
        """`mysql://root:password@host:port/`."""
        return f"mysql://root:{self._password}@{LOOPBACK}:{self._port}/"

    @property
    def process(self) -> ServerProcess:
        return self._process

    def prepare(self) -> None:
        self._first_words.touch(mode=0o600)
        self._first_words.write_text(
            f"CREATE USER IF NOT EXISTS 'root'@'{LOOPBACK}';\n"
            f"ALTER USER 'root'@'{LOOPBACK}' IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL ON *.* TO 'root'@'{LOOPBACK}' WITH GRANT OPTION;\n"
        )
        if (self._data_folder / "mysql").exists():
            return
        command = [str(self._programs.installer), *self._common, "--skip-test-db", "--auth-root-authentication-method=normal"]
        reply = subprocess.run(command, env=base_environment() | self._environment, capture_output=True, text=True, check=False)
        if reply.returncode != 0:
            raise ServerUnavailable(f"MariaDB could not make its first data:\n{reply.stdout[-1000:]}{reply.stderr[-1000:]}")

    def wipe(self) -> None:
        assert not self._process.is_running
        shutil.rmtree(self._data_folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            pymysql.connect(host=LOOPBACK, port=self._port, user="root", password=self._password, connect_timeout=2).close()
        except pymysql.err.OperationalError:
            return False
        return True
