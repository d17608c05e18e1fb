"""One server of each kind for every pytest worker and session of this checkout, gone when nobody uses it.

The server lives in a *holder*, a process of its own started by whoever needs the server first. Four files in
`.servers/shared/<kind>/` tell the rest, all by flock, so that a kill -9 of anybody leaves nothing behind:

* `start.lock`: held while looking for a holder or starting one.
* `users.lock`: held shared by every user for as long as its process lives. The holder tries for it
  exclusively; when it gets it, nobody is left: it keeps the lock, so that newcomers wait, stops the server
  and ends.
* `holder.lock`: held by the holder while it lives. Others only look, and shared, so that one who looks does
  not take another for the holder.
* `address.json`: `{"address": …}`, written once the server answers, or `{"error": …}` when it cannot be had.

A test that breaks a server uses one of its own instead.
"""

import fcntl
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from tests.servers.errors import ServerUnavailable
from tests.servers.kafka_jars import CACHE, REPOSITORY
from tests.servers.provision import KINDS, Kind, address_in_environment, provide

_POLL_SECONDS = 0.1
_HOLDER_STARTS_WITHIN_SECONDS = 600.0  # Maven may have to fetch the jars
_in_use: dict[str, tuple[str, IO[str]]] = {}


def shared_address(kind_name: str) -> str:
    """The address of the shared server of that kind, which stays until this process ends or `release`."""
    kind = KINDS[kind_name]
    if kind_name not in _in_use:
        given = address_in_environment(kind)
        if given is not None:
            return given
        folder = _folder(kind)
        users = (folder / "users.lock").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            _in_use[kind_name] = (_find_or_start(kind, folder), users)
        except BaseException:
            users.close()
            raise
    return _in_use[kind_name][0]


def release(timeout_seconds: float = 30.0) -> None:
    """Let go of all shared servers, and wait for those that nobody else uses to be gone."""
    for _, users in _in_use.values():
        users.close()
    _in_use.clear()
    deadline = time.monotonic() + timeout_seconds
    for kind in KINDS.values():
        while time.monotonic() < deadline and _is_held(_folder(kind)) and not _has_users(_folder(kind)):
            time.sleep(_POLL_SECONDS)


def hold(kind_name: str) -> None:
    """Be the holder: start the server, say where it is, stop it once nobody uses it (or at SIGTERM)."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    kind = KINDS[kind_name]
    folder = _folder(kind)
    # Of the two locks `users` is let go of last, so that nobody takes a leaving holder for one that serves.
    with (folder / "users.lock").open("w") as users, (folder / "holder.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            with provide(kind, folder / "server") as address:
                _say(folder, {"address": address})
                while not _try_lock(users, fcntl.LOCK_EX):
                    time.sleep(_POLL_SECONDS)
        except ServerUnavailable as failure:
            _say(folder, {"error": str(failure)})


def _find_or_start(kind: Kind, folder: Path) -> str:
    with (folder / "start.lock").open("w") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        if not _is_held(folder):
            (folder / "address.json").unlink(missing_ok=True)
            with (folder / "holder.log").open("w") as log:
                holder = subprocess.Popen(
                    [sys.executable, "-m", "tests.servers", "hold", kind.name],
                    cwd=REPOSITORY,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            _await_address(holder, folder)
        said = json.loads((folder / "address.json").read_text())
    if "error" in said:
        raise ServerUnavailable(said["error"])
    address = said["address"]
    assert isinstance(address, str)
    return address


def _await_address(holder: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _HOLDER_STARTS_WITHIN_SECONDS
    while not (folder / "address.json").exists():
        if holder.poll() is not None:
            said = (folder / "holder.log").read_text()
            raise ServerUnavailable(f"The holder of {folder.name} ended:\n{said[-2000:]}")
        if time.monotonic() > deadline:
            raise ServerUnavailable(f"{folder.name} did not start; see {folder / 'holder.log'}")
        time.sleep(_POLL_SECONDS)
    holder.returncode = 0  # it outlives us on purpose; no warning about that when this object goes


def _say(folder: Path, what: dict[str, str]) -> None:
    unfinished = folder / "address.json.new"
    unfinished.write_text(json.dumps(what))
    unfinished.replace(folder / "address.json")


def _is_held(folder: Path) -> bool:
    with (folder / "holder.lock").open("w") as held:
        return not _try_lock(held, fcntl.LOCK_SH)


def _has_users(folder: Path) -> bool:
    """Whether somebody uses it; the holder on its way out keeps the lock from everybody, and is no user."""
    with (folder / "users.lock").open("w") as users:
        return not _try_lock(users, fcntl.LOCK_EX) and _try_lock(users, fcntl.LOCK_SH)


def _try_lock(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(kind: Kind) -> Path:
    folder = CACHE / "shared" / kind.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
