"""Card files: plain text, one card a line, faults told by line."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.stock.card_file import CardLine, LineFault, read_cards
from services.inventory.stock.card_layout import UnclearFormat, layout_of
from services.inventory.stock.card_text import NotText
from services.inventory.stock.domain.card_rules import MAX_CARD_CHARACTERS
from services.inventory.stock.importing import ImportTo, NotTaken, import_file
from services.inventory.stock.wire import ChunkAnswer, ChunkRequest, DuplicateCard, LineCard


def read(content: bytes, pattern: str | None = None) -> list[CardLine | LineFault]:
    return list(read_cards([content], layout_of(lambda: [content]), pattern))


def test_cards_are_read_line_by_line_whatever_ends_the_lines() -> None:
    assert read(b"\xef\xbb\xbfONE\r\n\r\n  TWO \nuser\tpassword\n   \nLAST\rMAC\r") == [
        CardLine(1, "ONE"),
        CardLine(3, "TWO"),
        CardLine(4, "user\tpassword"),
        CardLine(6, "LAST"),
        CardLine(7, "MAC"),
    ]


def test_a_faulty_line_is_a_fault_of_that_line_alone() -> None:
    lines = [b"ONE", b"A" * 761, b"\x1b[31m", b"two", b"A" * 9_000, b"A" * 760]
    assert read(b"\n".join(lines), "[A-Z]+") == [
        CardLine(1, "ONE"),
        LineFault(2, "too-long"),
        LineFault(3, "control-characters"),
        LineFault(4, "pattern"),
        LineFault(5, "too-long"),
        CardLine(6, "A" * MAX_CARD_CHARACTERS),
    ]


@pytest.mark.parametrize(
    "content",
    [b"ONE\nT\x00WO\n", b"ONE\n\xff\xfe\n", b"ONE\n\xe8\xb4", b"\xef\xbb\xbfONE\n\xd5\xca\n"],
)
def test_what_is_no_text_is_told_with_its_line(content: bytes) -> None:
    with pytest.raises(NotText) as caught:
        read(content)
    assert caught.value.facts["line"] == 2


def test_a_line_of_100_megabytes_is_one_fault_and_needs_no_memory() -> None:
    def chunks() -> Iterator[bytes]:
        part = b"A" * 65_536
        yield b"ONE\n"
        yield from (part for _ in range(1_600))
        yield b"\nTWO\n"

    tracemalloc.start()
    assert list(read_cards(chunks(), layout_of(chunks))) == [CardLine(1, "ONE"), LineFault(2, "too-long"), CardLine(3, "TWO")]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=50))
def test_how_the_bytes_are_cut_makes_no_difference(content: bytes, size: int) -> None:
    cut = [content[at : at + size] for at in range(0, len(content), size)]

    def outcome(chunks: list[bytes]) -> object:
        try:
            layout = layout_of(lambda: chunks)
            return layout, list(read_cards(chunks, layout))
        except (NotText, UnclearFormat):
            return None

    assert outcome(cut) == outcome([content])


@given(st.lists(st.text(alphabet="ABCxyz \t", max_size=8), max_size=30))
def test_every_line_that_is_not_blank_is_a_card_or_a_fault(lines: list[str]) -> None:
    told = {each.line for each in read("\n".join(lines).encode())}
    assert told == {number for number, line in enumerate(lines, start=1) if line.strip()}


def test_no_representation_shows_a_card() -> None:
    assert "SECRET" not in repr(CardLine(1, "SECRET")) + repr(LineCard(1, "SECRET"))


# the sender's side


def test_a_file_is_sent_in_chunks_and_the_progress_adds_up(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD{n}" for n in range(80)) + "\nbad card\n")
    sent: list[ChunkRequest] = []

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        sent.append(chunk)
        known = tuple(DuplicateCard(card.line, "GAME", "b0") for card in chunk.cards if card.secret == "CARD40")
        return ChunkAnswer(imported=len(chunk.cards) - len(known), duplicates=known)

    steps = [(each.line, each.imported) for each in import_file(file, send, ImportTo("b", "s", "GAME", "own", "[A-Z0-9]+"))]
    assert steps == [(30, 30), (60, 59), (81, 79)]
    assert [chunk.chunk_number for chunk in sent] == [1, 2, 3]
    assert [len(chunk.cards) for chunk in sent] == [30, 30, 20]
    (progress,) = {id(each): each for each in import_file(file, send, ImportTo("b", "s", "GAME", "own"))}.values()
    assert progress.line_count == 81
    assert progress.faults == [NotTaken(41, "known-card", "GAME", "b0")]


def test_several_chunks_under_way_are_told_in_the_order_of_the_file_and_a_failure_stops_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD{n}" for n in range(300)) + "\n")
    later, sent = Event(), []

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        sent.append(chunk.chunk_number)
        if chunk.chunk_number == 1:
            assert later.wait(10), "nothing else is sent while the first chunk is under way"
        later.set()
        if chunk.chunk_number == 7:
            raise OSError("the service is gone")
        return ChunkAnswer(imported=len(chunk.cards), duplicates=())

    told: list[int] = []
    steps = import_file(file, send, ImportTo("b", "s", "GAME", "own"), at_once=3)
    with pytest.raises(OSError, match="gone"):
        told.extend(each.imported for each in steps)
    assert told == [0, 0, 30, 60, 90, 120, 150, 180]
    assert sorted(sent)[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert len(sent) <= 9


def test_a_file_that_is_no_text_sends_nothing(tmp_path: Path) -> None:
    file = tmp_path / "cards.xlsx"
    file.write_bytes(b"ONE\n" * 50_000 + b"PK\x03\x04\x00")

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        raise AssertionError("something was sent")

    with pytest.raises(NotText):
        list(import_file(file, send, ImportTo("b", "s", "GAME", "own")))


def test_only_the_chunks_that_are_asked_for_are_sent_under_their_own_numbers(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("\n".join(f"CARD{n}" for n in range(100)))
    sent: list[ChunkRequest] = []

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        sent.append(chunk)
        return ChunkAnswer(imported=len(chunk.cards))

    *_, progress = import_file(file, send, ImportTo("b", "s", "GAME", "own"), only={2, 4})
    assert [(chunk.chunk_number, chunk.cards[0].line, len(chunk.cards)) for chunk in sent] == [(2, 31, 30), (4, 91, 10)]
    assert (progress.chunk_count, progress.imported) == (4, 40)


def test_a_card_of_this_very_import_stands_on_an_earlier_line(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("A\nB\n")

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        return ChunkAnswer(imported=0, duplicates=(DuplicateCard(1, "MUSIC", "b0"), DuplicateCard(2, "GAME", "b")))

    *_, progress = import_file(file, send, ImportTo("b", "s", "GAME", "own"))
    assert progress.faults == [NotTaken(1, "known-card", "MUSIC", "b0"), NotTaken(2, "duplicate")]
