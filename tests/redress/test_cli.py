"""The command line tells mistakes in words and ends with a code that says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from redress.asking import Refused
from redress.cli import main

COMMANDS = (
    "up",
    "run",
    "migrate",
    "import",
    "withdraw",
    "export",
    "stuck",
    "demo",
    "events",
    "replay",
    "parked",
    "topics",
    "restore",
    "doctor",
    "simulate",
    "shop",
    "claim",
    "settlement",
    "alerts",
    "mend",
)


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["redress", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_help_names_every_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert all(f" {command} " in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, command, "--help") == 0
    assert f"redress {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "moon"), "There is no service moon; there are order, inventory, notify."),
        (("run", "order"), "REDRESS_POSTGRES_DSN"),
        (("events", "--order", "A", "--shop", "s"), "start `redress up`"),
        (("withdraw", "--shop", "s", "--reason", "r"), "Name one of --product, --batch and --file."),
        (("export", "x.txt", "--shop", "s"), "Name one of --product and --batch."),
        (("replay",), "Name one aggregate"),
        (("parked", "show", "moon", "1"), "There is no service moon"),
        (("parked", "list"), "There is no staff token"),
        (("topics",), "start `redress up`"),
        (("restore", "moon", "--yes"), "There is no service moon"),
        (("migrate", "moon"), "There is no service moon"),
        (("demo", "--processes"), "REDRESS_KAFKA_BOOTSTRAP"),
    ],
)
def test_mistakes_are_told_in_words(
    words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, *words) == 1
    shown = capsys.readouterr().err
    assert told in " ".join(shown.split())
    assert "Traceback" not in shown


def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDRESS_HTTP_PROT", "1")
    assert _run(monkeypatch, "migrate") == 1
    assert "did you mean REDRESS_HTTP_PORT?" in capsys.readouterr().err


def test_the_doctor_of_a_new_machine_is_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("REDRESS_HTTP_PORT", "1")
    _run(monkeypatch, "doctor", "--data", str(tmp_path / "none"))
    shown = capsys.readouterr().out
    assert "the first `redress up` makes them" in shown
    assert "✗" not in shown.replace("✗ port 1", "")


class Desk:
    """A service that refuses to settle one row."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def send(self, method: str, path: str) -> dict[str, str]:
        self.asked.append(f"{method} {path}")
        if "/2/" in path:
            raise Refused(409, b'{"title": "It waits for another", "status": 409}')
        return {"result": "handled"}


def test_several_parked_rows_are_settled_in_one_go_and_one_that_is_refused_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    monkeypatch.setattr("redress.commands.keeping.caller_of", lambda *_: desk)
    assert _run(monkeypatch, "parked", "discard", "--yes", "order", "1", "2", "3") == 1
    assert desk.asked == [f"POST /ops/parked/{number}/discard" for number in (1, 2, 3)]
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("1: Done.\n3: Done.\n", "2: It waits for another.\n")


def test_a_shop_is_added_with_its_people_and_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, "shop", "add", "second", "--staff", "mei:owner", "--staff", "li:viewer") == 0
    assert _run(monkeypatch, "shop", "add", "two words") == 1
    assert _run(monkeypatch, "shop", "add", "third", "--staff", "mei:queen") == 1
    capsys.readouterr()
    assert _run(monkeypatch, "shop", "list") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "second" in shown
    assert "li (viewer), mei (owner)" in shown
    assert "third" not in shown
