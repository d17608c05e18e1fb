"""MariaDB's server program: found on this machine, or the distribution's packages unpacked once into `.servers/`.

Unpacking needs no root: `apt-get` fetches into lists and caches of its own, `dpkg -x` unpacks, and nothing is installed. Only what this
machine lacks is fetched; the libraries among it are found by LD_LIBRARY_PATH.
"""

import fcntl
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.servers.errors import ServerUnavailable
from tests.servers.kafka_jars import CACHE

_PACKAGES = ("mariadb-server-core", "mariadb-client-core")
"""The server, and the small programs that its installer calls."""
_HOW_TO_GET_ONE = (
    "To test against a real MariaDB, do one of these:\n"
    "  - install its server (Debian: apt-get install mariadb-server),\n"
    "  - start Docker,\n"
    "  - set REDRESS_TEST_MARIADB=mysql://root:password@host:port/ to the address of a superuser."
)


class MariadbPrograms(NamedTuple):
    """`server` runs a server whose files are below `base`; `installer` makes its first data; `libraries`: for LD_LIBRARY_PATH."""

    base: Path
    server: Path
    installer: Path
    libraries: tuple[Path, ...]


def mariadb_programs() -> MariadbPrograms:
    """The installed programs, else the unpacked ones; raises ServerUnavailable when they cannot be had."""
    installed = _programs_below(Path("/"))
    if installed is not None:
        return installed
    folder = CACHE / "mariadb"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with (CACHE / "mariadb.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _fetch(folder)
    unpacked = _programs_below(folder)
    if unpacked is None:
        raise ServerUnavailable(f"{folder} holds no MariaDB: delete it, and it is fetched anew.")
    return unpacked


def _programs_below(root: Path) -> MariadbPrograms | None:
    servers = [path for place in ("usr/sbin", "usr/bin", "usr/local/sbin") if (path := root / place / "mariadbd").exists()]
    installers = [path for place in ("usr/bin", "usr/local/bin") if (path := root / place / "mariadb-install-db").exists()]
    if not servers or not installers:
        return None
    is_installed = root == Path("/")
    libraries = () if is_installed else tuple(sorted([*root.glob("usr/lib/*-linux-gnu"), *root.glob("lib/*-linux-gnu")]))
    return MariadbPrograms(root / "usr", servers[0], installers[0], libraries)


def _fetch(folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise ServerUnavailable(f"There is no MariaDB, and no apt-get to fetch it with. {_HOW_TO_GET_ONE}")
    unfinished = folder.with_name(folder.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    packages = unfinished / "packages"
    packages.mkdir(parents=True)
    apt = _Apt(unfinished / "apt")
    apt.run("-qq", "update", folder=packages)
    lacking = re.findall(r"^Inst (\S+)", apt.run("-s", "install", "--no-install-recommends", *_PACKAGES, folder=packages), re.MULTILINE)
    apt.run("-qq", "download", *lacking, folder=packages)
    for package in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(unfinished)], check=True)
    shutil.rmtree(packages)
    shutil.rmtree(apt.folder)
    unfinished.rename(folder)


class _Apt:
    """`apt-get` with lists and caches in a folder of its own, so that it needs no root and changes nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for each in ("lists/partial", "cache/archives/partial"):
            (folder / each).mkdir(parents=True)
        own = {"Dir::State": folder, "Dir::State::status": "/var/lib/dpkg/status", "Dir::Cache": folder / "cache", "APT::Sandbox::User": ""}
        self._options = [word for name, value in own.items() for word in ("-o", f"{name}={value}")]

    def run(self, *words: str, folder: Path) -> str:
        reply = subprocess.run(["apt-get", *self._options, *words], cwd=folder, capture_output=True, text=True, check=False)
        if reply.returncode != 0:
            said = (reply.stderr or reply.stdout).strip()[-1000:]
            raise ServerUnavailable(f"The packages of MariaDB could not be fetched. {_HOW_TO_GET_ONE}\n{said}")
        return reply.stdout
