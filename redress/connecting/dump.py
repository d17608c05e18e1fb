"""A dump of a shop (`mysqldump`, `mariadb-dump`) as tables that can be asked like the live ones.

The dump is read line by line, as those programs write it: a CREATE TABLE names one column a line, and an INSERT with all its rows is one
line, at most as long as the program's `net_buffer_length` (1 MB by default, 16 MB at most). Only the tables of the shop's kind are kept,
in a SQLite file that is deleted afterwards, so memory stays flat; the disk needs about as much room as the dump has. In a value,
backslash escapes and doubled quotes are undone. A dump in other forms (`--tab`, XML, binary, compressed) is not read: unpack it first.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from redress.errors import UserError

LONGEST_LINE_CHARACTERS = 64 * 1024 * 1024
_ROWS_AT_ONCE = 1_000
_CREATE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?`([^`]+)`")
_COLUMN = re.compile(r"\s+`([^`]+)` ")
_INSERT = re.compile(r"INSERT (?:IGNORE )?INTO `([^`]+)`\s*(?:\(([^)]*)\)\s*)?VALUES\s*")
_VALUE = re.compile(
    r"\s*(?:(?P<null>NULL)|(?:_binary )?'(?P<text>(?:[^'\\]|\\.|'')*)'|0x(?P<hex>[0-9A-Fa-f]*)|(?P<number>[-+0-9.eE]+))\s*", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_UNESCAPED = {"0": "\0", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "Z": "\x1a"}

Value = str | bytes | None


@contextmanager
def tables_of(dump: Path, names: Sequence[str]) -> Iterator[str]:
    """The address, for the block, of a database with these tables of the dump; raises UserError."""
    with TemporaryDirectory(prefix="redress-dump-") as folder:
        file = Path(folder) / "shop.sqlite"
        connection = sqlite3.connect(file)
        try:
            found = _load(dump, frozenset(names), connection)
        finally:
            connection.close()
        missing = [name for name in names if name not in found]
        if missing:
            raise UserError(f"{dump.name} has no table {', '.join(missing)}: is it a dump of such a shop, with its structure?")
        yield f"sqlite://{file}"


def _load(dump: Path, names: frozenset[str], connection: sqlite3.Connection) -> set[str]:
    columns: dict[str, list[str]] = {}
    open_table: str | None = None
    waiting: list[list[Value]] = []
    for number, line in enumerate(_lines(dump), 1):
        if open_table is not None:
            if (column := _COLUMN.match(line)) is not None:
                columns[open_table].append(column.group(1))
                continue
            _create(connection, open_table, columns[open_table])
            open_table = None
        elif (created := _CREATE.match(line)) is not None and created.group(1) in names:
            open_table = created.group(1)
            columns[open_table] = []
        elif (inserted := _INSERT.match(line)) is not None and inserted.group(1) in columns:
            table, listed = inserted.group(1), inserted.group(2)
            into = [each.strip(" `") for each in listed.split(",")] if listed else columns[table]
            for row in _rows(line, inserted.end()):
                if len(row) != len(into):
                    raise UserError(f"Line {number} of {dump.name} cannot be read: a row of {table} does not have its {len(into)} columns.")
                waiting.append(row)
                if len(waiting) == _ROWS_AT_ONCE:
                    _insert(connection, table, into, waiting)
            _insert(connection, table, into, waiting)
    connection.commit()
    return set(columns)


def _lines(dump: Path) -> Iterator[str]:
    try:
        with dump.open(encoding="utf-8", newline="\n") as opened:
            while line := opened.readline(LONGEST_LINE_CHARACTERS):
                if len(line) == LONGEST_LINE_CHARACTERS:
                    raise UserError(f"{dump.name} has a line of more than {LONGEST_LINE_CHARACTERS:,} characters: is it a dump at all?")
                yield line
    except UnicodeDecodeError:
        raise UserError(f"{dump.name} is no text in UTF-8: unpack it, or dump again with --default-character-set=utf8mb4.") from None
    except OSError as failure:
        raise UserError(f"{dump} cannot be read: {failure.strerror or type(failure).__name__}.") from None


def _rows(line: str, at: int) -> Iterator[list[Value]]:
    """The rows of an INSERT, from behind its VALUES; raises UserError."""
    while line[at : at + 1] == "(":
        row: list[Value] = []
        at += 1
        while True:
            value = _VALUE.match(line, at)
            if value is None:
                raise UserError("The dump holds a value that is none: is it cut off?")
            row.append(_value(value))
            at = value.end()
            if line[at : at + 1] != ",":
                break
            at += 1
        yield row
        if line[at : at + 1] != ")":
            raise UserError("The dump holds a row without an end: is it cut off?")
        at += 1
        while line[at : at + 1] in (",", " ", "\n") and at < len(line):
            at += 1


def _value(found: re.Match[str]) -> Value:
    if (text := found.group("text")) is not None:
        return _ESCAPED.sub(lambda each: "'" if each.group(1) is None else _UNESCAPED.get(each.group(1), each.group(1)), text)
    if (digits := found.group("hex")) is not None:
        return bytes.fromhex(digits)
    return found.group("number")


def _create(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> None:
    # The key is a number, so that pages by key are found by it; SQLite keeps whatever the others hold.
    typed = ", ".join(f"`{name}` INTEGER PRIMARY KEY" if name == "id" else f"`{name}`" for name in columns)
    connection.execute(f"CREATE TABLE `{table}` ({typed})")


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: list[list[Value]]) -> None:
    named = ", ".join(f"`{name}`" for name in columns)
    connection.executemany(f"INSERT INTO `{table}` ({named}) VALUES ({', '.join('?' * len(columns))})", rows)
    rows.clear()
