"""An installation gets its keys from its settings, or makes its own once, beside its embedded servers."""

import base64
from pathlib import Path

import pytest

from chassis.keys import KeyUnusable, installation_keys
from chassis.secret import Secret
from chassis.settings import ServerSettings
from chassis.vault import MasterKeyUnusable, create_key_file


def given_key(value: int) -> Secret:
    return Secret(base64.b64encode(bytes([value]) * 32).decode())


def test_given_keys_are_taken_as_they_are() -> None:
    settings = ServerSettings(
        postgres_dsn=Secret("postgresql://host/redress"),
        master_key=given_key(1),
        fingerprint_key=given_key(2),
        fingerprint_key_version=4,
        token_key=given_key(3),
    )
    keys = installation_keys(settings)
    assert (keys.master, keys.token) == (b"\x01" * 32, b"\x03" * 32)
    assert keys.fingerprints.of("contact", "a").startswith("v4:")
    assert "x01" not in repr(keys)


def test_an_embedded_installation_makes_its_keys_once(tmp_path: Path) -> None:
    settings = ServerSettings(data_folder=tmp_path / "data")
    first, second = installation_keys(settings), installation_keys(settings)
    assert (first.master, first.token) == (second.master, second.token)
    assert first.fingerprints.of("contact", "a") == second.fingerprints.of("contact", "a")
    assert first.master != first.token
    files = list((tmp_path / "data" / "keys").iterdir())
    assert len(files) == 3
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


def test_a_database_of_its_own_never_gets_made_up_keys(tmp_path: Path) -> None:
    settings = ServerSettings(data_folder=tmp_path, postgres_dsn=Secret("postgresql://host/redress"))
    with pytest.raises(KeyUnusable, match="master_key"):
        installation_keys(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_malformed_key_is_named_and_not_shown(tmp_path: Path) -> None:
    settings = ServerSettings(data_folder=tmp_path, token_key=Secret("CANARY5d1e9"))
    with pytest.raises(KeyUnusable) as caught:
        installation_keys(settings)
    assert caught.value.facts["name"] == "token_key"
    assert "CANARY" not in str(caught.value)


def test_the_master_key_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    create_key_file(tmp_path / "master")
    settings = ServerSettings(data_folder=tmp_path / "data", master_key_file=tmp_path / "master")
    assert len(installation_keys(settings).master) == 32
    (tmp_path / "master").chmod(0o644)
    with pytest.raises(MasterKeyUnusable):
        installation_keys(settings)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(KeyUnusable, match="cannot be written"):
        installation_keys(ServerSettings(data_folder=tmp_path / "data"))
