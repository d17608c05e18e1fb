"""Scores and the order of choice: pure rules, told as laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Money
from services.inventory.sourcing.domain.choosing import Candidate, ranked
from services.inventory.sourcing.domain.score import HALF_LIFE, NO_TALLY, Sample, SupplierScore, Tally, tally_of
from services.inventory.sourcing.domain.supplier_limits import FAULTS_IN_ROW, LOW_SCORE, SupplierLimits

AT = datetime(2026, 1, 1, tzinfo=UTC)
UNTRIED = NO_TALLY.score(AT)
GOOD, FAILED, INVALID = Sample(True, True, 500), Sample(False, None, None, is_fault=True), Sample(True, False, None, is_fault=True)
OUT_OF_STOCK = Sample(False, None, None)
histories = st.lists(st.sampled_from([GOOD, FAILED, INVALID, OUT_OF_STOCK, Sample(True, True, 60_000)]), max_size=120)


def tallied(samples: list[Sample], *, seconds: float = 10.0) -> Tally:
    return tally_of([(sample, AT + timedelta(seconds=seconds * count)) for count, sample in enumerate(samples)])


def score_of(samples: list[Sample]) -> SupplierScore:
    tally = tallied(samples)
    return tally.score(tally.at or AT)


def candidate(code: str, score: SupplierScore = UNTRIED, price_minor: int = 100, tilt: int = 0, currency: str = "CNY") -> Candidate:
    return Candidate(code, score, Money(price_minor, currency), tilt)


def order_of(*candidates: Candidate) -> list[str]:
    return [each.candidate.supplier_code for each in ranked(candidates, dear_points=20)]


# scores


def test_one_sample_moves_a_score_little_and_many_move_it_far() -> None:
    assert UNTRIED.score - score_of([FAILED]).score < 10
    assert score_of([FAILED] * 30).score < 65
    assert score_of([GOOD] * 30).score > UNTRIED.score


def test_invalid_and_slow_cards_cost_score() -> None:
    assert score_of([INVALID] * 30).score < score_of([GOOD] * 30).score
    assert score_of([Sample(True, True, 60_000)] * 30).score < score_of([GOOD] * 30).score


@given(histories)
def test_a_score_is_between_0_and_100_and_better_samples_never_lower_it(samples: list[Sample]) -> None:
    score = score_of(samples)
    assert 0 <= score.score <= 100
    assert score.sample_count <= min(len(samples), 50)
    assert score_of([GOOD if each is FAILED else each for each in samples]).score >= score.score


@given(histories, histories)
def test_what_a_supplier_did_long_ago_makes_no_difference(older: list[Sample], other: list[Sample]) -> None:
    newest = [GOOD, FAILED, GOOD, INVALID] * 75
    assert abs(score_of(older + newest).score - score_of(other + newest).score) <= 1


@given(histories)
def test_a_supplier_that_was_not_called_for_long_scores_like_one_that_nobody_knows(samples: list[Sample]) -> None:
    score = tallied(samples).score(AT + 12 * HALF_LIFE)
    assert (abs(score.score - UNTRIED.score) <= 1, score.sample_count) == (True, 0)


@given(histories)
def test_a_clock_that_was_put_back_adds_no_evidence(samples: list[Sample]) -> None:
    tally = tallied(samples)
    assert tally.score(AT - timedelta(days=400)) == tally.score(tally.at or AT)


def test_faults_are_counted_until_a_valid_card_comes_and_want_of_stock_is_none() -> None:
    assert tallied([FAILED, OUT_OF_STOCK, INVALID]).faults_in_row == 2
    assert tallied([FAILED, FAILED, GOOD, FAILED]).faults_in_row == 1
    assert tallied([FAILED]).in_standing(3).faults_in_row == 0


# the order of choice


@given(histories)
def test_a_supplier_nobody_called_yet_goes_before_any_that_is_known(samples: list[Sample]) -> None:
    if samples:
        assert order_of(candidate("known", score_of(samples)), candidate("new"))[0] == "new"


@given(histories, st.integers(1, 10_000), st.integers(-100, 99))
def test_a_better_score_a_lower_price_or_more_tilt_never_cost_a_place(samples: list[Sample], price: int, tilt: int) -> None:
    score = score_of(samples)
    rival = candidate("rival", SupplierScore(80, 20), 500)
    before = order_of(rival, candidate("north", score, price, tilt)).index("north")
    better = SupplierScore(min(score.score + 1, 100), score.sample_count)
    for north in (
        candidate("north", better, price, tilt),
        candidate("north", score, price - 1, tilt),
        candidate("north", score, price, tilt + 1),
    ):
        assert order_of(rival, north).index("north") <= before


def test_a_tenth_more_costs_two_points_and_other_currencies_are_not_compared() -> None:
    known = SupplierScore(80, 20)
    assert order_of(candidate("dear", SupplierScore(82, 20), 111), candidate("cheap", known)) == ["cheap", "dear"]
    assert order_of(candidate("dear", SupplierScore(83, 20), 110), candidate("cheap", known)) == ["dear", "cheap"]
    assert order_of(candidate("dollars", known, 9_000, currency="USD"), candidate("yuan", known)) == ["dollars", "yuan"]


def test_equal_suppliers_stand_in_the_order_of_the_product() -> None:
    assert order_of(candidate("north"), candidate("south"), candidate("west")) == ["north", "south", "west"]


def test_an_offer_that_costs_nothing_is_compared_too() -> None:
    assert order_of(candidate("north", price_minor=100), candidate("free", price_minor=0)) == ["free", "north"]


# limits


def test_few_samples_suspend_nobody_and_many_faults_suspend_anybody() -> None:
    limits = SupplierLimits()
    assert limits.reason_to_suspend(SupplierScore(10, 9), 7) is None
    assert limits.reason_to_suspend(SupplierScore(39, 10), 0) == LOW_SCORE
    assert limits.reason_to_suspend(SupplierScore(95, 50), 8) == FAULTS_IN_ROW


def test_a_suspension_that_follows_another_is_twice_as_long_up_to_the_longest() -> None:
    limits = SupplierLimits(suspension_seconds=300.0, longest_suspension_seconds=1_000.0)
    assert [limits.suspension(count).total_seconds() for count in (1, 2, 3, 2_000)] == [300.0, 600.0, 1_000.0, 1_000.0]
