"""Plain card files: UTF-8 text, one card a line.

A byte order mark and `\\r\\n` are borne, blank lines and blanks around a card are passed over. A line that is no card is a fault of
that line alone; bytes that are no text at all end the whole file with `NotText`. Whatever a line's length, no more than a few
kilobytes of it are held.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chassis.errors import ContractError
from chassis.fingerprint import normalised_card
from services.inventory.stock.domain.card_rules import MAX_CARD_CHARACTERS, card_fault

_LONGEST_LINE_BYTES = MAX_CARD_CHARACTERS * 4 + 1_024
"""The longest card in UTF-8, with some blanks around it."""


class NotText(ContractError):
    """The file is an archive, a spreadsheet, or text in another encoding; nothing of it was imported."""

    code = "card-file-not-text"
    title = "The card file is not UTF-8 text with one card a line"


class CardLine(NamedTuple):
    """A card, as it stood on a line; the lines count from 1."""

    line: int
    secret: str

    def __repr__(self) -> str:
        return f"CardLine(line={self.line})"


class LineFault(NamedTuple):
    """Why a line is no card: `too-long`, `control-characters`, `pattern`, `duplicate`."""

    line: int
    code: str


def read_cards(chunks: Iterable[bytes], pattern: str | None = None) -> Iterator[CardLine | LineFault]:
    """The cards and the faulty lines of a file, in order, from its bytes in chunks of any size; raises NotText.

    A card that stood on an earlier line of the file is the fault `duplicate`; for that 16 bytes of each card's hash are kept.
    """
    seen: set[bytes] = set()
    for number, line in _lines(chunks):
        if line is None:
            yield LineFault(number, "too-long")
            continue
        secret = _text(line, number).strip(" \t\r")
        if not secret:
            continue
        fault = card_fault(secret, pattern)
        if fault is not None:
            yield LineFault(number, fault)
            continue
        digest = hashlib.blake2b(normalised_card(secret).encode(), digest_size=16).digest()
        if digest in seen:
            yield LineFault(number, "duplicate")
            continue
        seen.add(digest)
        yield CardLine(number, secret)


def check_text(chunks: Iterable[bytes]) -> int:
    """Read a file through once, before anything of it is imported; its number of lines. Raises NotText."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    count, ends_open = 0, False
    for chunk in chunks:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise NotText(line=count + error.object[: error.start].count(b"\n") + 1) from None
        if b"\0" in chunk:
            raise NotText(line=count + chunk[: chunk.index(b"\0")].count(b"\n") + 1)
        count += chunk.count(b"\n")
        ends_open = not chunk.endswith(b"\n") if chunk else ends_open
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise NotText(line=count + 1) from None
    return count + ends_open


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Each line without its end; None for one that is too long to be a card."""
    number, held, is_too_long = 1, bytearray(), False
    for chunk in chunks:
        start = 0
        while True:
            end = chunk.find(b"\n", start)
            part_end = len(chunk) if end < 0 else end
            if not is_too_long and len(held) + part_end - start <= _LONGEST_LINE_BYTES:
                held += memoryview(chunk)[start:part_end]
            else:
                is_too_long = True
                held.clear()
            if end < 0:
                break
            yield number, None if is_too_long else bytes(held)
            number, is_too_long, start = number + 1, False, end + 1
            held.clear()
    if is_too_long or held:
        yield number, None if is_too_long else bytes(held)


def _text(line: bytes, number: int) -> str:
    if number == 1:
        line = line.removeprefix(codecs.BOM_UTF8)
    if b"\0" in line:
        raise NotText(line=number)
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise NotText(line=number) from None
