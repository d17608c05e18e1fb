"""The lines of a text file whose bytes come in chunks of any size: its encoding, its line ends, and no more held than a line.

UTF-8 with or without a byte order mark, or GBK (read as GB 18030, which extends it). Lines end with `\\r\\n`, `\\n` or `\\r`. The encoding
is found by reading the whole file once: what is valid UTF-8 is taken as that, else what is valid GBK. A file that is UTF-8 but for an end
that is cut off, or that begins with UTF-8's mark, is never taken for GBK.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from chassis.errors import ContractError

BLANKS = " \t\u3000"
LONGEST_LINE_BYTES = 8_192
"""The longest card in the widest encoding, with remarks and blanks around it."""


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    GBK = "gbk"

    @property
    def codec(self) -> str:
        return "gb18030" if self is Encoding.GBK else "utf-8"


class NotText(ContractError):
    """The file is an archive, a spreadsheet, or text in another encoding; nothing of it was imported."""

    code = "card-file-not-text"
    title = "The card file is no text in UTF-8 or GBK"


class TextSurvey(NamedTuple):
    """What reading a file through once tells."""

    encoding: Encoding
    line_count: int


def survey(chunks: Iterable[bytes], encoding: Encoding | None = None) -> TextSurvey:
    """The encoding of a file, found or as given, and its number of lines. Raises NotText with the line, before anything was imported."""
    utf_8 = _Reader(Encoding.UTF_8)
    readers = [utf_8, _Reader(Encoding.GBK)] if encoding is None else [_Reader(encoding)]
    count, is_first, ends_open = 0, True, False
    for chunk in _plain_ends(chunks):
        if is_first and encoding is None and chunk.startswith(codecs.BOM_UTF8):
            readers = [utf_8]
        is_first = False
        if b"\0" in chunk:
            raise NotText(line=count + chunk[: chunk.index(b"\0")].count(b"\n") + 1)
        for reader in readers:
            reader.read(chunk, count)
        count += chunk.count(b"\n")
        ends_open = not chunk.endswith(b"\n")
        if all(reader.broken_line for reader in readers):
            break
    if encoding is None and not utf_8.broken_line:
        readers = [utf_8]
    for reader in readers:
        reader.end(count)
    fit = [reader for reader in readers if not reader.broken_line]
    if not fit:
        raise NotText(line=readers[0].broken_line)
    return TextSurvey(fit[0].encoding, count + ends_open)


class _Reader:
    """Tries one encoding; `broken_line`: the first line that is not in it, 0 while there is none."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.broken_line = 0
        self._decoder = codecs.getincrementaldecoder(encoding.codec)()

    def read(self, chunk: bytes, lines_before: int) -> None:
        if self.broken_line:
            return
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            self.broken_line = lines_before + error.object[: error.start].count(b"\n") + 1

    def end(self, line_count: int) -> None:
        if self.broken_line:
            return
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.broken_line = line_count + 1


def text_lines(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[tuple[int, str | None]]:
    """Each line with its number, from 1, without its end; None: too long to hold. Raises NotText.

    A no-break space is a space: it comes from web pages and never belongs to a card.
    """
    for number, line in _lines(_plain_ends(chunks)):
        yield number, None if line is None else _text(line, number, encoding)


def _plain_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes with `\\n` at each line's end. No byte of a character in UTF-8 or GB 18030 looks like a line's end."""
    was_return = False
    for chunk in chunks:
        part = chunk[1:] if was_return and chunk.startswith(b"\n") else chunk
        if chunk:
            was_return = chunk.endswith(b"\r")
        if part:
            yield part.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in part else part


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Each line without its end; None for one that is too long to be a card."""
    number, held, is_too_long = 1, bytearray(), False
    for chunk in chunks:
        start = 0
        while True:
            end = chunk.find(b"\n", start)
            part_end = len(chunk) if end < 0 else end
            if not is_too_long and len(held) + part_end - start <= LONGEST_LINE_BYTES:
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


def _text(line: bytes, number: int, encoding: Encoding) -> str:
    if number == 1:
        line = line.removeprefix(codecs.BOM_UTF8)
    if b"\0" in line:
        raise NotText(line=number)
    try:
        return line.decode(encoding.codec).replace("\u00a0", " ")
    except UnicodeDecodeError:
        raise NotText(line=number) from None
