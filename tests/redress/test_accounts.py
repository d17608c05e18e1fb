"""The commands for accounts with suppliers, over a service that answers as it is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from redress.cli import main
from redress.commands import accounts
from services.inventory.settlement.reconciling import NOTHING

ID = UUID(int=7)


class Answering:
    """A caller with its answers by path."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def get(self, path: str, **_query: str) -> Any:
        return self._answers[path]

    def page(self, path: str, *, accept: str = "text/html") -> str:
        return f"{accept} of {path}"


def run(monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], *words: str) -> int:
    monkeypatch.setattr(accounts, "caller_of", lambda *_: Answering(**answers))
    monkeypatch.setattr(sys, "argv", ["redress", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(("difference", "code"), [(0, 0), (5, 1)])
def test_books_that_do_not_agree_are_an_exit_code(
    difference: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account = {**NOTHING, "supplier_code": "lee", "currency": "CNY", "difference_minor": difference}
    judged = {"settlement_difference": difference, "accounts": [account]}
    assert run(monkeypatch, {"/settlements/check": judged}, "settlement", "--check", "--shop", "main") == code
    assert f"settlement_difference: {difference}" in capsys.readouterr().out


def test_a_claim_is_written_as_a_page_and_a_settlement_as_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, sheet = tmp_path / "claim.html", tmp_path / "lines.csv"
    assert run(monkeypatch, {}, "claim", str(ID), "--document", str(page)) == 0
    assert run(monkeypatch, {}, "settlement", str(ID), "--csv", str(sheet)) == 0
    assert page.read_text() == f"text/html of /claims/{ID}"
    assert sheet.read_text() == f"text/csv of /settlements/{ID}"


def test_a_sheet_needs_a_settlement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, {}, "settlement", "--csv", str(tmp_path / "lines.csv")) == 1
