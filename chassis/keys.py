"""The installation's keys: which settings they come from, and how a first start on embedded servers gets them.

There are three, of 32 bytes each: the vault's master key, the key of fingerprints, and the key that signs tokens.
Each is given in the settings. An installation on the embedded PostgreSQL that was given none finds its own in
`<data folder>/keys`, one file each of mode 0600, made at the first start; with a database of its own it must be
given them, since a key made up beside existing data would open nothing.
"""

from dataclasses import dataclass, field
from pathlib import Path

from chassis.errors import Fault
from chassis.fingerprint import Fingerprints
from chassis.secret import Secret, key_bytes
from chassis.settings import ServerSettings
from chassis.vault import MasterKeyUnusable, create_key_file, key_from_file


class KeyUnusable(Fault):
    """A key is missing or malformed; says which and why, never the key."""

    code = "key-unusable"
    title = "A key of the installation cannot be used"


@dataclass(frozen=True)
class InstallationKeys:
    """The keys as their users take them: `Vault(service, master, …)`, `ServiceTokens([token])`, `CaseTokens([token])`."""

    master: bytes = field(repr=False)
    token: bytes = field(repr=False)
    fingerprints: Fingerprints = field(repr=False)


def installation_keys(settings: ServerSettings) -> InstallationKeys:
    """The keys of the installation; raises KeyUnusable or MasterKeyUnusable, which say in words what is wrong."""
    if settings.master_key_file is not None:
        master_key = key_from_file(settings.master_key_file)
    else:
        master_key = _key("master_key", settings.master_key, settings)
    fingerprint_key = _key("fingerprint_key", settings.fingerprint_key, settings)
    return InstallationKeys(
        master=master_key,
        token=_key("token_key", settings.token_key, settings),
        fingerprints=Fingerprints({settings.fingerprint_key_version: fingerprint_key}),
    )


def _key(name: str, given: Secret | None, settings: ServerSettings) -> bytes:
    if given is not None:
        try:
            return key_bytes(given)
        except ValueError as error:
            raise KeyUnusable(name=name, reason=str(error)) from None
    if settings.postgres_dsn is not None:
        raise KeyUnusable(name=name, reason="it is missing from the settings")
    try:
        return key_from_file(_own_file(settings.data_folder / "keys", name))
    except MasterKeyUnusable as error:
        raise KeyUnusable(name=name, reason=str(error.facts["reason"])) from None


def _own_file(folder: Path, name: str) -> Path:
    path = folder / f"{name}.base64"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        create_key_file(path)
    except FileExistsError:
        pass
    except OSError:
        raise KeyUnusable(name=name, reason="its file cannot be written") from None
    return path
