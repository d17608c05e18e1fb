"""The vault: what is secret or personal, encrypted for one owner in one shop.

Keys are layered (an *envelope*). The installation has one *master key* of 32 bytes, which never encrypts a
value. Each (service, shop, version) has a *data key* of 32 random bytes; it is stored wrapped by the master
key with AES-KW (RFC 3394) and opened once per process. A value is sealed with AES-256-GCM (NIST SP
800-38D)::

    ciphertext = nonce (12 random bytes) + encrypted value + tag (16 bytes)
    associated data = service, shop, kind, owner, reference, each in UTF-8 behind its 4-byte big-endian length

The associated data ties the ciphertext to its row: moved to another owner, shop, kind or reference it does
not open. A random nonce is safe for 2^32 values under one data key, so a shop's version is raised long
before that.

A seal draws a random reference and nonce, so it happens in routes and activities only, never in a reaction;
the transaction that needs it keeps the sealed value. Forgetting a person is deleting the row.
"""

import base64
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from chassis.errors import ContractError, Fault
from chassis.secret import Secret, key_bytes, mask_card, mask_contact

__all__ = [
    "DataKeys",
    "DataKeysInMemory",
    "MasterKeyUnusable",
    "Sealed",
    "Secret",
    "Vault",
    "VaultTampered",
    "create_key_file",
    "key_from_file",
    "mask_card",
    "mask_contact",
]

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class VaultTampered(ContractError):
    """A sealed value does not open: it or the row around it is not what was sealed. No retry will help."""

    code = "vault-tampered"
    status = 500
    title = "A stored secret is damaged and cannot be opened"


class MasterKeyUnusable(Fault):
    """The master key is missing, open to others, or not the one that wrapped the data keys."""

    code = "vault-master-key-unusable"
    title = "The vault cannot be opened with the key it was given"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One encrypted value and what it is bound to; `reference` (a UUID) is all that events and messages may carry."""

    reference: str
    kind: str
    shop_id: str
    owner_id: str
    key_version: int
    ciphertext: bytes = field(repr=False)


class DataKeys(Protocol):
    """Where wrapped data keys are kept; a wrapped key is never overwritten."""

    def get(self, service: str, shop_id: str, version: int) -> bytes | None:
        """The wrapped key, or None if there is none yet."""

    def put(self, service: str, shop_id: str, version: int, wrapped: bytes) -> bytes:
        """Keep a wrapped key durably before returning; if another was kept first, that one is returned and stays."""


class DataKeysInMemory:
    """Data keys of a test or a simulation: gone with the process."""

    def __init__(self) -> None:
        self._wrapped: dict[tuple[str, str, int], bytes] = {}

    def get(self, service: str, shop_id: str, version: int) -> bytes | None:
        return self._wrapped.get((service, shop_id, version))

    def put(self, service: str, shop_id: str, version: int, wrapped: bytes) -> bytes:
        return self._wrapped.setdefault((service, shop_id, version), wrapped)


class Vault:
    """Seals and opens the values of one service.

    `key_version` is the version new values are sealed under; older ones still open. `random_bytes` is
    replaced only where a run must be repeatable (the simulation).
    """

    def __init__(
        self,
        service: str,
        master_key: bytes,
        data_keys: DataKeys,
        *,
        key_version: int = 1,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        assert len(master_key) == _KEY_BYTES, "a master key has 32 bytes"
        self._service = service
        self._master_key = master_key
        self._data_keys = data_keys
        self._key_version = key_version
        self._random_bytes = random_bytes
        self._ciphers: dict[tuple[str, int], AESGCM] = {}

    def seal(self, kind: str, shop_id: str, owner_id: str, plaintext: str | bytes) -> Sealed:
        """Encrypt a value for its owner under a new random reference; text is taken as UTF-8.

        Raises MasterKeyUnusable if the shop's data key was wrapped by another master key.
        """
        reference = str(UUID(bytes=self._random_bytes(16), version=4))
        nonce = self._random_bytes(_NONCE_BYTES)
        bound_to = self._associated(shop_id, kind, owner_id, reference)
        value = plaintext.encode(errors="surrogatepass") if isinstance(plaintext, str) else plaintext
        cipher = self._cipher(shop_id, self._key_version, is_new_allowed=True)
        ciphertext = nonce + cipher.encrypt(nonce, value, bound_to)
        return Sealed(reference, kind, shop_id, owner_id, self._key_version, ciphertext)

    def open(self, sealed: Sealed) -> bytes:
        """The value that was sealed; raises VaultTampered if anything of it or around it was changed."""
        cipher = self._cipher(sealed.shop_id, sealed.key_version, is_new_allowed=False)
        bound_to = self._associated(sealed.shop_id, sealed.kind, sealed.owner_id, sealed.reference)
        if len(sealed.ciphertext) < _NONCE_BYTES + _TAG_BYTES:
            raise VaultTampered(reference=sealed.reference)
        nonce, encrypted = sealed.ciphertext[:_NONCE_BYTES], sealed.ciphertext[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, encrypted, bound_to)
        except InvalidTag:
            raise VaultTampered(reference=sealed.reference) from None

    def _cipher(self, shop_id: str, version: int, *, is_new_allowed: bool) -> AESGCM:
        cipher = self._ciphers.get((shop_id, version))
        if cipher is None:
            cipher = self._ciphers[shop_id, version] = AESGCM(self._data_key(shop_id, version, is_new_allowed=is_new_allowed))
        return cipher

    def _data_key(self, shop_id: str, version: int, *, is_new_allowed: bool) -> bytes:
        wrapped = self._data_keys.get(self._service, shop_id, version)
        if wrapped is None:
            if not is_new_allowed:
                raise VaultTampered(shop_id=shop_id, key_version=version)
            fresh = aes_key_wrap(self._master_key, self._random_bytes(_KEY_BYTES))
            wrapped = self._data_keys.put(self._service, shop_id, version, fresh)
        try:
            return aes_key_unwrap(self._master_key, wrapped)
        except (InvalidUnwrap, ValueError):
            raise MasterKeyUnusable(reason="not the key that wrapped this shop's data key", shop_id=shop_id) from None

    def _associated(self, *names: str) -> bytes:
        encoded = [name.encode() for name in (self._service, *names)]
        return b"".join(len(name).to_bytes(4, "big") + name for name in encoded)


def key_from_file(path: Path) -> bytes:
    """The key in a file of base64 text that nobody but its owner may touch (mode 0600 or less).

    Raises MasterKeyUnusable, which names the fault but not the key.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = Secret(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError):
        raise MasterKeyUnusable(reason="its file cannot be read") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise MasterKeyUnusable(reason="its file is open to others: set its mode to 0600")
    try:
        return key_bytes(text)
    except ValueError as error:
        raise MasterKeyUnusable(reason=str(error)) from None


def create_key_file(path: Path) -> None:
    """Write a new random key, readable by its owner only; FileExistsError if the file exists.

    The file appears whole and durable or not at all, so a crash or another process never meets half a key.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(descriptor)
        path.hardlink_to(draft)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
