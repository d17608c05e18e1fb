"""`redress import` of files that are none: told in words, with the line, on a real installation; what is good in them is imported."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.the_house import PRODUCT, SHOP, House, fresh_number

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
import atexit, pathlib, re, sys
def tell():
    print(re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[0], file=sys.stderr)
atexit.register(tell)
from redress.cli import main
main()
"""
"""The command, and how much memory it had at most."""
MOST_EXTRA_KILOBYTES = 20_000


class Told(NamedTuple):
    exit_code: int
    output: str
    remarks: str
    peak_kilobytes: int


async def redress_import(home: House, file: Path, *, product: str = PRODUCT, supplier: str = "own") -> Told:
    """Run the command in a process of its own."""
    assert home.keyring.staff is not None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDRESS_")} | {
        "REDRESS_STAFF_TOKEN": home.keyring.staff.reveal(),
        "REDRESS_SERVICE_URL": home.addresses["inventory"],
        "COLUMNS": "300",
    }
    words = ("import", str(file), "--product", product, "--supplier", supplier, "--shop", SHOP, "--data", str(file.parent / "no-data"))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *words, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, remarks = await asyncio.wait_for(child.communicate(), 120.0)
    said = remarks.decode()
    peak = re.search(r"VmHWM:\s+(\d+) kB", said)
    assert peak is not None, said
    assert "Traceback" not in said
    assert child.returncode is not None
    return Told(child.returncode, output.decode(), said, int(peak[1]))


def cards(count: int = 2) -> list[str]:
    return [f"CARD-{fresh_number()}" for _ in range(count)]


NO_TEXT = {
    "binary": (b"PK\x03\x04" + bytes(range(255, 0, -1)) * 20, 1),
    "UTF-16": ("卡密-1\n卡密-2\n".encode("utf-16"), 1),
    "a zero byte late": (b"CARD-1\n" * 20_000 + b"CARD\0\n", 20_001),
    "cut within a letter": ("CARD-1\n卡密".encode()[:-1], 2),
}


@pytest.mark.parametrize("name", NO_TEXT)
async def test_a_file_that_is_no_text_is_told_with_its_line_and_nothing_of_it_is_imported(home: House, tmp_path: Path, name: str) -> None:
    content, line = NO_TEXT[name]
    file = tmp_path / "cards.txt"
    file.write_bytes(content)
    told = await redress_import(home, file)
    assert told.exit_code == 1
    assert f"Line {line} of cards.txt is no text in UTF-8 or GBK, so nothing was imported." in told.remarks
    assert "imported" not in told.output


async def test_a_line_of_100_mb_is_told_and_costs_no_memory_and_its_neighbours_are_imported(home: House, tmp_path: Path) -> None:
    small, large = tmp_path / "small.txt", tmp_path / "large.txt"
    small.write_text("\n".join(cards()))
    first, last = cards()
    with large.open("wb") as opened:
        opened.write(f"{first}\n".encode())
        for _ in range(100):
            opened.write(b"x" * 1_048_576)
        opened.write(f"\n{last}\n".encode())
    usual, told = await redress_import(home, small), await redress_import(home, large)
    assert (usual.exit_code, told.exit_code) == (0, 0)
    assert "line 2: too long to be a card" in told.output
    assert "2 imported, 0 known already, 1 line refused" in told.output
    assert told.peak_kilobytes - usual.peak_kilobytes < MOST_EXTRA_KILOBYTES


async def test_the_good_lines_of_a_partly_bad_file_are_imported(home: House, tmp_path: Path) -> None:
    first, second = cards()
    file = tmp_path / "cards.txt"
    file.write_text(f"\ufeff{first}\r\n\r\nBELL\x07\r\n{'x' * 761}\r\n {second}\t\r\n{first}\r\n", "utf-8")
    told = await redress_import(home, file)
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "line 3: holds characters that no card has",
        "line 4: too long to be a card",
        "line 6: this card stands on another line too",
        "2 imported, 1 known already, 2 lines refused",
        told.output.splitlines()[-1],
    ]
    assert re.fullmatch(r"The import is named file-[0-9a-f]+\.", told.output.splitlines()[-1])


async def test_a_file_in_gbk_is_read_as_such(home: House, tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_bytes(f"卡密-{fresh_number()}\n卡密-{fresh_number()}\r\n".encode("gbk"))
    told = await redress_import(home, file)
    assert (told.exit_code, told.output.splitlines()[0]) == (0, "2 imported, 0 known already, 0 lines refused")


@pytest.mark.parametrize("content", ["", "\n \n\t\r\n", "\ufeff", "x" * 761])
async def test_a_file_without_a_card_is_told_so(home: House, tmp_path: Path, content: str) -> None:
    file = tmp_path / "cards.txt"
    file.write_text(content, "utf-8", newline="")
    told = await redress_import(home, file)
    assert told.exit_code == 1
    assert ("no line of cards.txt is a card" if content else "cards.txt is empty") in told.remarks


async def test_what_is_no_file_is_told_so(home: House, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, exit_code, words in (
        (tmp_path, 2, "is a directory"),
        (Path("/dev/null"), 1, "is no ordinary file"),
        (pipe, 1, "is no ordinary file"),
    ):
        told = await redress_import(home, path)
        assert told.exit_code == exit_code, path
        assert words in told.remarks


async def test_an_unknown_product_or_supplier_is_told_by_its_name(home: House, tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(cards()))
    told = await redress_import(home, file, product="nothing")
    assert (told.exit_code, "The shop shop has no product nothing" in told.remarks) == (1, True)
    told = await redress_import(home, file, supplier="nobody")
    assert (told.exit_code, "The shop shop has no supplier nobody" in told.remarks) == (1, True)
