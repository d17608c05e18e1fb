"""One server process: spawned on a tether, found ready, stopped politely, reaped if an earlier run left it.

A process is recognised by its *marker*, a text that only its own command line holds (its folder, its own
configuration file). The pid file alone would not do: after a reboot the number belongs to somebody else.

A child on a tether ends with the *thread* that spawned it, so one thread that lives as long as this process
spawns them all, whoever asks for it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from chassis.embedded.errors import EmbeddedServerError

_TETHER = Path(__file__).with_name("tether.py")
_PROCESSES = Path("/proc")
_POLL_SECONDS = 0.02
_FIRST_START_ATTEMPTS = 8
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


@dataclass(frozen=True)
class Account:
    """The user a server runs as."""

    name: str
    user_id: int
    group_id: int


@dataclass(frozen=True)
class ServerSpec:
    """How one server is run.

    `stop_signals` are tried in order, each with the seconds to wait for it; SIGKILL is the last.
    `death_signal` is what the system sends when our own process dies. `more_environment` is asked anew at
    every spawn. `prepare_again` is called before a first start is tried again: somebody may have taken the port
    between its choice and its use, so that another is settled.
    """

    name: str
    command: Sequence[str]
    marker: str
    is_ready: Callable[[], bool]
    pid_path: Path
    log_path: Path
    output_path: Path | None = None
    account: Account | None = None
    death_signal: signal.Signals = signal.SIGKILL
    stop_signals: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    ready_timeout_seconds: float = 30.0
    more_environment: Callable[[], Mapping[str, str]] = dict
    prepare_again: Callable[[], None] = lambda: None


class ServerProcess:
    """A server as a child of this process; may be spawned again after it ended."""

    def __init__(self, spec: ServerSpec) -> None:
        self.spec = spec
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    @property
    def is_running(self) -> bool:
        return self.pid is not None

    def spawn(self) -> None:
        """Start the program; it is not ready yet when this returns."""
        assert not self.is_running, f"{self.spec.name} runs already"
        log = _open_private(self.spec.log_path, os.O_APPEND)
        output = log if self.spec.output_path is None else _open_private(self.spec.output_path, os.O_TRUNC)
        try:
            self._child = _SPAWNER.submit(
                subprocess.Popen[bytes],
                tethered(self.spec.command, self.spec.account, self.spec.death_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env=base_environment() | dict(self.spec.more_environment()),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the launcher, which stops servers after their users
            ).result()
        finally:
            for descriptor in {log, output}:
                os.close(descriptor)
        self.spec.pid_path.write_text(str(self._child.pid))

    def wait_until_ready(self, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        """Return once the server answers; raises EmbeddedServerError with the end of its log otherwise."""
        deadline = time.monotonic() + self.spec.ready_timeout_seconds
        while time.monotonic() < deadline:
            if is_cancelled():
                raise EmbeddedServerError(f"{self.spec.name} is no longer wanted")
            if not self.is_running:
                raise EmbeddedServerError(f"{self.spec.name} ended while starting. {self._last_words()}")
            if self.spec.is_ready():
                return
            time.sleep(_POLL_SECONDS)
        waited = f"{self.spec.ready_timeout_seconds:.0f} s"
        raise EmbeddedServerError(f"{self.spec.name} was not ready within {waited}. {self._last_words()}")

    def wait_until_first_ready(self, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        """As `wait_until_ready`, prepared and spawned anew a few times.

        What an earlier run left may still be going, and a port that was free may be somebody else's by now.
        """
        for attempt in range(1, _FIRST_START_ATTEMPTS + 1):
            try:
                self.wait_until_ready(is_cancelled)
                return
            except EmbeddedServerError:
                if self.is_running or attempt == _FIRST_START_ATTEMPTS:
                    raise
            time.sleep(0.1 * attempt)
            self.spec.prepare_again()
            self.spawn()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs (for faults in tests: SIGKILL, SIGSTOP, SIGCONT)."""
        if self._child is not None:
            self._child.send_signal(number)

    def wait_until_ended(self, timeout_seconds: float) -> bool:
        """Whether it ended within that time."""
        return self._child is None or _ends_within(timeout_seconds, lambda: not self.is_running)

    def stop(self) -> None:
        """Stop it and return when it is gone."""
        child = self._child
        if child is None:
            return
        _end(self.spec, child.send_signal, lambda: child.poll() is None)
        child.wait()
        self._child = None
        self.spec.pid_path.unlink(missing_ok=True)

    def reap_leftover(self) -> None:
        """Stop what an earlier run left behind, because that run was killed."""
        try:
            pid = int(self.spec.pid_path.read_text())
        except (FileNotFoundError, ValueError):
            return
        marker = self.spec.marker

        def send(number: int) -> None:
            if marker in command_line(pid):
                os.kill(pid, number)

        _end(self.spec, send, lambda: marker in command_line(pid))
        self.spec.pid_path.unlink(missing_ok=True)

    def _last_words(self) -> str:
        lines = self.spec.log_path.read_text(errors="replace").splitlines()[-8:]
        return f"The end of {self.spec.log_path}:\n" + "\n".join(lines)


def tethered(command: Sequence[str], account: Account | None, death_signal: signal.Signals) -> list[str]:
    """The command that runs `command` as that user and ends with the thread that starts it (`tether.py`)."""
    runs_as = "-" if account is None else f"{account.user_id}:{account.group_id}"
    tether = (sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), str(int(death_signal)), runs_as)
    return [*tether, *command]


def base_environment() -> dict[str, str]:
    """What a server may see of our environment: a PGDATA or PYTHONPATH would lead it astray."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def command_line(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    try:
        if _PROCESSES.exists():
            words = (_PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
            return b" ".join(words).decode(errors="replace")
        listing = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return listing.stdout
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _end(spec: ServerSpec, send: Callable[[int], None], is_alive: Callable[[], bool]) -> None:
    for number, patience_seconds in (*spec.stop_signals, (signal.SIGKILL, 10.0)):
        if not is_alive():
            return
        try:
            send(number)
        except ProcessLookupError:
            return
        if _ends_within(patience_seconds, lambda: not is_alive()):
            return
    raise EmbeddedServerError(f"{spec.name} does not end, not even by SIGKILL")


def _ends_within(timeout_seconds: float, has_ended: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not has_ended():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _open_private(path: Path, how: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
