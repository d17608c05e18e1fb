"""The formats in which other shop systems write cards, and finding out which one a file is in."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.stock.card_file import CardLine, LineFault, read_cards
from services.inventory.stock.card_formats import CardFormat, Layout
from services.inventory.stock.card_layout import UnclearFormat, layout_of
from services.inventory.stock.card_text import Encoding, NotText
from services.inventory.stock.domain.expiry import expiry_of
from services.inventory.stock.domain.remarks import CardRemarks

CHINESE_ENDS = datetime(2027, 1, 30, 16, tzinfo=UTC)


def layout(content: bytes | str, **told: Any) -> Layout:
    data = content.encode() if isinstance(content, str) else content
    return layout_of(lambda: [data], **told)


def read(content: bytes | str, **told: Any) -> list[CardLine | LineFault]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_cards([data], layout(data, **told)))


# encodings


def test_gbk_is_found_and_utf_8_is_preferred() -> None:
    assert layout("账号----密码\n".encode("gbk")).encoding is Encoding.GBK
    assert read("账号----密码\r\n".encode("gbk")) == [CardLine(1, "账号----密码")]
    assert layout("账号----密码\n").encoding is Encoding.UTF_8
    assert layout(b"ABC\n").encoding is Encoding.UTF_8


def test_an_encoding_that_is_told_is_taken_at_its_word() -> None:
    assert read(b"\xc4\xa3\n", encoding=Encoding.GBK) == [CardLine(1, "模")]
    with pytest.raises(NotText):
        read("模糊\n".encode("gbk"), encoding=Encoding.UTF_8)


def test_a_no_break_space_is_a_space() -> None:
    assert read("\u00a0user\u00a0password\u3000\n") == [CardLine(1, "user password")]


# acg-faka


def test_an_acg_line_has_a_secret_and_what_is_known_of_it() -> None:
    content = "ONE║lucky 888║1.50║20\nTWO║\nTHREE║║║3.5\n"
    assert layout(content).format is CardFormat.ACG
    assert read(content) == [
        CardLine(1, "ONE", CardRemarks("lucky 888", "1.50", "20")),
        CardLine(2, "TWO"),
        CardLine(3, "THREE", CardRemarks(cost="3.5")),
    ]


def test_an_acg_line_that_is_not_one_is_a_fault_of_its_own() -> None:
    content = f"ONE║x\nTWO\n║x\nA║b║1║2║3\nA║b║cheap\nA║{'b' * 256}\n"
    assert read(content, format=CardFormat.ACG) == [
        CardLine(1, "ONE", CardRemarks("x")),
        LineFault(2, "fields"),
        LineFault(3, "fields"),
        LineFault(4, "fields"),
        LineFault(5, "amount"),
        LineFault(6, "preview-too-long"),
    ]


# CSV


def test_a_csv_file_is_known_by_its_secret_column_whatever_the_case_and_the_order() -> None:
    content = '\ufeffNote,SECRET,expires_at,other\nfirst,"A,B",2027-01-31,x\n,C\n"say ""hi""",D,,\n'
    assert layout(content).columns == ("note", "secret", "expires_at", None)
    assert read(content) == [
        CardLine(2, "A,B", CardRemarks(note="first"), CHINESE_ENDS),
        CardLine(3, "C"),
        CardLine(4, "D", CardRemarks(note='say "hi"')),
    ]


def test_semicolons_and_tabs_and_chinese_names_separate_columns_too() -> None:
    assert read("卡密;备注\nA;b\n".encode("gbk")) == [CardLine(2, "A", CardRemarks(note="b"))]
    assert read("note\tsecret\n\tA\n") == [CardLine(2, "A")]


def test_a_faulty_row_is_told_by_its_line_and_a_quoted_line_break_spoils_all_its_lines() -> None:
    content = f'secret,expires_at,note\nA,someday,\n,,x\nB,,,,\nC,,{"n" * 65}\n"D\nE\nF",,\nG,,\n'
    assert read(content) == [
        LineFault(2, "expiry"),
        LineFault(3, "empty"),
        LineFault(4, "fields"),
        LineFault(5, "note-too-long"),
        LineFault(6, "quotes"),
        LineFault(7, "quotes"),
        LineFault(8, "quotes"),
        CardLine(9, "G"),
    ]


def test_a_csv_file_without_names_has_its_cards_in_the_first_column() -> None:
    assert read("A\nB\n", name="cards.CSV") == [CardLine(1, "A"), CardLine(2, "B")]
    assert read("A,x\nB,y\n", format=CardFormat.CSV) == [CardLine(1, "A"), CardLine(2, "B")]


# number and secret


@pytest.mark.parametrize("separator", [" ", ",", "|", "----"])
def test_the_separator_of_number_and_secret_is_found_on_the_first_line(separator: str) -> None:
    content = f"100{separator}abc\n\n200{separator}def{separator}x\n300\n"
    assert read(content, format=CardFormat.NUMBERED) == [
        CardLine(1, "100----abc"),
        CardLine(3, f"200----def{separator}x"),
        LineFault(4, "separator"),
    ]


def test_a_separator_that_is_told_is_not_looked_for() -> None:
    assert read("my card|abc\n", format=CardFormat.NUMBERED, separator="|") == [CardLine(1, "my card----abc")]


def test_number_and_secret_are_never_guessed() -> None:
    assert read("100,abc\n200,def\n") == [CardLine(1, "100,abc"), CardLine(2, "200,def")]


# what is not plain


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("A║b\nC\n", {}),
        ("A,x\nB,y\n", {"name": "cards.csv"}),
        ("abc\n", {"format": CardFormat.NUMBERED}),
    ],
)
def test_what_could_be_read_in_several_ways_is_asked_about(content: str, told: dict[str, Any]) -> None:
    with pytest.raises(UnclearFormat) as caught:
        read(content, **told)
    assert "abc" not in str(caught.value.facts)


@given(st.binary(max_size=300), st.sampled_from([None, *CardFormat]), st.integers(1, 40))
def test_any_bytes_at_all_are_cards_faults_or_refused_however_they_are_cut(content: bytes, format: CardFormat | None, size: int) -> None:
    cut = [content[at : at + size] for at in range(0, len(content), size)]

    def outcome(chunks: list[bytes]) -> object:
        try:
            found = layout_of(lambda: chunks, format=format)
            return found, list(read_cards(chunks, found))
        except (NotText, UnclearFormat):
            return None

    assert outcome(cut) == outcome([content])


def test_memory_does_not_grow_with_the_file() -> None:
    def chunks(count: int) -> Iterator[bytes]:
        for number in range(count):
            yield f"GAME-{number:08d}-AAAA║shown {number}║1║2\n".encode() * 50

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in read_cards(chunks(count), layout_of(lambda: chunks(count))):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is loaded once
    assert peak(600) < peak(60) + 50_000


# expiry


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-01-31", CHINESE_ENDS),
        ("2027/1/31", CHINESE_ENDS),
        ("2027年1月31日", CHINESE_ENDS),
        ("2027-01-31 00:00", CHINESE_ENDS),
        ("2027-01-30T16:00:00Z", CHINESE_ENDS),
        ("2027-02-30", None),
        ("0001-01-01", None),
        ("31.01.2027", None),
        ("soon", None),
    ],
)
def test_a_date_is_its_first_moment_in_china(written: str, moment: datetime | None) -> None:
    assert expiry_of(written) == moment


def test_no_representation_shows_what_a_line_says() -> None:
    assert "lucky" not in repr(CardRemarks("lucky")) + repr(CardLine(1, "A", CardRemarks("lucky")))
