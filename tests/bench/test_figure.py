"""Lines of figures: the ratio within each round, the goal, the table, and the file of results."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.__main__ import keep
from bench.figure import alone, beside, line_of, read, table

GOAL_KEYS = {"figure", "value", "peer", "ratio", "goal", "met", "spread"}


def test_the_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    figure = beside("flow", [100.0, 300.0, 90.0], [10.0, 10.0, 10.0], peer="naive", unit="orders/s", goal=20)
    assert (figure.value, figure.peer, figure.ratio, figure.spread) == (100, 10, 10, (9, 30))
    assert not figure.met


@pytest.mark.parametrize(("ratio", "is_met"), [(1.9, True), (2.0, True), (2.1, False)])
def test_a_goal_may_be_an_upper_bound(ratio: float, is_met: bool) -> None:
    figure = beside("latency", [ratio], [1.0], peer="floor", unit="ms", goal=2, bound="at most")
    assert figure.met is is_met


def test_a_figure_without_a_peer_has_a_goal_of_its_own_value() -> None:
    figure = alone("oversold", [0.0], unit="cards", goal=0, bound="at most")
    assert (figure.peer, figure.ratio, figure.met) == (None, None, True)


def test_a_line_is_read_back_among_other_lines() -> None:
    figure = beside("flow", [100.0], [10.0], peer="naive", unit="orders/s", goal=20)
    assert set(msgspec.json.decode(line_of(figure))) >= GOAL_KEYS
    assert read(f'some log\n{line_of(figure)}\n{{"figure": "hop", "of_raw": 0.5}}\n') == [figure]


def test_numbers_keep_four_digits() -> None:
    assert alone("rate", [12_345.678], unit="orders/s", goal=1, bound="at least").value == 12_346
    assert alone("share", [0.123456], unit="%", goal=1, bound="at most").value == 0.1235


def test_a_new_result_takes_the_place_of_the_old_one_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    old, other, new = (alone(name, [value], unit="ms", goal=1, bound="at most") for name, value in (("a", 1.0), ("b", 2.0), ("a", 3.0)))
    keep([old, other], file)
    keep([new], file)
    assert read(file.read_text()) == [new, other]


def test_the_table_says_which_goals_were_missed() -> None:
    shown = table([beside("flow", [100.0], [10.0], peer="naive", unit="orders/s", goal=20)])
    head, line = shown.splitlines()
    assert head.startswith("figure")
    assert line.split() == ["flow", "100", "10", "orders/s", "10", "10–10", "≥", "20", "NO", "naive"]
