"""The checker reads stores, logs and books: no module of it knows the code under test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import redress.simulation

FOLDER = Path(redress.simulation.__file__).parent
JUDGES = sorted([*FOLDER.glob("laws_of_*.py"), FOLDER / "evidence.py"])
KNOWN = ("chassis.store.rows", "chassis.store.memory", "protocols.", "sandbox.behaviour.", "contracts.", "redress.simulation.")
STRANGERS = tuple(
    f"redress.simulation.{each}"
    for each in ("shop", "shop_requests", "shop_channels", "payment_choice", "webhook_requests", "node", "process")
)


def imported(file: Path) -> list[str]:
    return [
        node.module
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS
    ]


OURS = ("chassis", "contracts", "protocols", "redress", "sandbox", "services")


@pytest.mark.parametrize("file", JUDGES, ids=lambda file: file.stem)
def test_no_law_knows_the_code_under_test(file: Path) -> None:
    for module in imported(file):
        assert f"{module}.".startswith(KNOWN) or module in KNOWN, f"{file.name} reads {module}"
        assert module not in STRANGERS, f"{file.name} reads {module}"


def test_there_are_laws_to_look_at() -> None:
    assert len(JUDGES) > 4
