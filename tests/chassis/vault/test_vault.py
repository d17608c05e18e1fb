"""What is sealed opens for its owner only, and only as it was sealed."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.vault import (
    DataKeysInMemory,
    MasterKeyUnusable,
    Sealed,
    Vault,
    VaultTampered,
    create_key_file,
    key_from_file,
)

MASTER_KEY = bytes(range(32))
CANARY = "CANARY-card-4411"


def vault(keys: DataKeysInMemory | None = None, *, service: str = "inventory", master_key: bytes = MASTER_KEY) -> Vault:
    return Vault(service, master_key, keys or DataKeysInMemory())


@given(
    st.text(max_size=300) | st.binary(max_size=300),
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_what_was_sealed_opens_unchanged(plaintext: str | bytes, kind: str, shop_id: str, owner_id: str) -> None:
    box = vault()
    expected = plaintext.encode() if isinstance(plaintext, str) else plaintext
    assert box.open(box.seal(kind, shop_id, owner_id, plaintext)) == expected


def test_sealing_the_same_value_twice_gives_nothing_in_common() -> None:
    box = vault()
    one, two = (box.seal("card", "shop-1", "c-1", CANARY) for _ in range(2))
    assert one.reference != two.reference
    assert one.ciphertext[:12] != two.ciphertext[:12]
    assert one.ciphertext[12:] != two.ciphertext[12:]


def test_a_sealed_value_shows_nothing() -> None:
    sealed = vault().seal("card", "shop-1", "c-1", CANARY)
    assert CANARY not in repr(sealed)
    assert CANARY.encode() not in sealed.ciphertext
    assert "ciphertext" not in repr(sealed)


@pytest.mark.parametrize(
    "changed",
    [
        {"reference": "11111111-1111-4111-8111-111111111111"},
        {"kind": "contact"},
        {"shop_id": "shop-2"},
        {"owner_id": "c-2"},
        {"key_version": 2},
        {"ciphertext": b""},
        {"ciphertext": b"x" * 27},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_value_moved_to_another_row_does_not_open(changed: dict[str, object]) -> None:
    keys = DataKeysInMemory()
    box = vault(keys)
    box.seal("card", "shop-2", "c-1", "so that the other shop has a key")
    sealed = box.seal("card", "shop-1", "c-1", CANARY)
    with pytest.raises(VaultTampered) as caught:
        box.open(replace(sealed, **changed))  # type: ignore[arg-type]
    assert CANARY not in str(caught.value)


@given(st.data())
def test_one_changed_bit_is_noticed(data: st.DataObject) -> None:
    box = vault()
    sealed = box.seal("card", "shop-1", "c-1", CANARY)
    bit = data.draw(st.integers(0, len(sealed.ciphertext) * 8 - 1))
    damaged = bytearray(sealed.ciphertext)
    damaged[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(VaultTampered):
        box.open(replace(sealed, ciphertext=bytes(damaged)))


def test_neighbouring_names_cannot_be_shifted_into_each_other() -> None:
    box = vault()
    sealed = box.seal("card", "shop-1", "c-1", CANARY)
    with pytest.raises(VaultTampered):
        box.open(replace(sealed, kind="cardc", owner_id="-1"))


def test_a_value_of_one_service_does_not_open_in_another() -> None:
    keys = DataKeysInMemory()
    sealed = vault(keys).seal("card", "shop-1", "c-1", CANARY)
    other = vault(keys, service="order")
    other.seal("card", "shop-1", "c-1", "so that the other service has a key")
    with pytest.raises(VaultTampered):
        other.open(sealed)


def test_a_new_process_opens_what_the_old_one_sealed() -> None:
    keys = DataKeysInMemory()
    sealed = vault(keys).seal("card", "shop-1", "c-1", CANARY)
    assert vault(keys).open(sealed) == CANARY.encode()


def test_two_processes_that_make_the_first_key_at_once_end_up_with_one() -> None:
    class KeysSeenLate(DataKeysInMemory):
        def get(self, service: str, shop_id: str, version: int) -> bytes | None:
            return None

    keys = KeysSeenLate()
    one, two = vault(keys), vault(keys)
    sealed = [box.seal("card", "shop-1", "c-1", CANARY) for box in (one, two)]
    assert [box.open(value) for box, value in zip((two, one), sealed, strict=True)] == [CANARY.encode()] * 2


def test_a_raised_key_version_still_opens_the_older_values() -> None:
    keys = DataKeysInMemory()
    old = vault(keys).seal("card", "shop-1", "c-1", CANARY)
    raised = Vault("inventory", MASTER_KEY, keys, key_version=2)
    assert raised.seal("card", "shop-1", "c-1", CANARY).key_version == 2
    assert raised.open(old) == CANARY.encode()


def test_another_master_key_opens_nothing_and_says_so() -> None:
    keys = DataKeysInMemory()
    sealed = vault(keys).seal("card", "shop-1", "c-1", CANARY)
    with pytest.raises(MasterKeyUnusable):
        vault(keys, master_key=bytes(32)).open(sealed)


def test_data_keys_are_stored_wrapped() -> None:
    drawn: list[bytes] = []

    def remembered(count: int) -> bytes:
        drawn.append(bytes([len(drawn) + 1]) * count)
        return drawn[-1]

    keys = DataKeysInMemory()
    Vault("inventory", MASTER_KEY, keys, random_bytes=remembered).seal("card", "shop-1", "c-1", CANARY)
    wrapped = keys.get("inventory", "shop-1", 1)
    assert wrapped is not None
    assert not any(value in wrapped for value in drawn if len(value) == 32)


def test_a_repeatable_source_of_randomness_makes_a_repeatable_seal() -> None:
    def sealed() -> Sealed:
        return Vault("inventory", MASTER_KEY, DataKeysInMemory(), random_bytes=bytes).seal("card", "s", "c", CANARY)

    assert sealed() == sealed()


def test_a_key_file_is_made_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(key_from_file(path)) == 32
    with pytest.raises(FileExistsError):
        create_key_file(path)


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_key_file(path)
    path.chmod(0o640)
    with pytest.raises(MasterKeyUnusable, match="0600"):
        key_from_file(path)


@pytest.mark.parametrize("content", [None, b"", b"not a key", b"\xff\xfe"])
def test_a_missing_or_malformed_key_file_is_named_as_such(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "master.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable):
        key_from_file(path)
