"""The follower: whatever Kafka loses, repeats or delays, each record reaches the committer once and in order."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.follower import Follower
from chassis.intake import Verdict, judge
from chassis.store.rows import Fork, Position
from chassis.unit import AdoptUnit, Away, Cause, Handled, OutOfOrder, RecordUnit
from contracts.envelope import SLOT_COUNT

AT = datetime(2026, 1, 1, tzinfo=UTC)


def record(sequence: int, *, slot: int = 7, epoch: int = 1) -> RecordUnit:
    return RecordUnit("well", slot, epoch, sequence, "t", "s", AT, Cause("c", "c"), b"{}", "shop")


def heads(**slots: int) -> list[int]:
    return [slots.get(f"s{slot}", 0) for slot in range(SLOT_COUNT)]


def test_the_next_record_goes_on_a_repeated_one_does_not() -> None:
    follower = Follower("well")
    assert follower.offer(record(1)) == [record(1)]
    assert follower.offer(record(1)) == []
    assert follower.offer(record(2)) == [record(2)]


def test_a_gap_closes_the_slot_to_kafka_until_the_feed_is_level() -> None:
    follower = Follower("well")
    follower.offer(record(1))
    follower.settle(record(1), Handled())
    assert follower.offer(record(3)) == []
    assert follower.offer(record(2)) == [], "from Kafka nothing counts now"
    assert follower.wants() == {7: 1}
    assert follower.offer(record(2), from_feed=True) == [record(2)]
    assert follower.wants() == {}, "nothing is asked while something is under way"
    follower.settle(record(2), Handled())
    assert follower.offer(record(3), from_feed=True) == [record(3)]
    follower.settle(record(3), Handled())
    follower.level([7])
    assert follower.offer(record(4)) == [record(4)]


def test_a_backlog_is_not_taken_for_a_gap() -> None:
    follower = Follower("well")
    follower.offer(record(1))
    for _ in range(3):
        follower.compare_heads(1, heads(s7=5))
    assert follower.wants() == {}, "a record is in flight: the rest may be right behind it"


def test_a_lost_last_record_shows_at_the_second_poll() -> None:
    follower = Follower("well")
    follower.compare_heads(1, heads(s7=1))
    assert follower.wants() == {}
    follower.compare_heads(1, heads(s7=1))
    assert follower.wants() == {7: 0}


def test_a_slot_that_moved_since_the_last_poll_is_left_alone() -> None:
    follower = Follower("well")
    follower.compare_heads(1, heads(s7=2))
    follower.offer(record(1))
    follower.settle(record(1), Handled())
    follower.compare_heads(1, heads(s7=2))
    assert follower.wants() == {}


def test_what_the_committer_did_not_take_is_read_from_the_feed() -> None:
    follower = Follower("well")
    for sequence in (1, 2):
        follower.offer(record(sequence))
    follower.settle(record(1), Away("the store is away"))
    follower.settle(record(2), OutOfOrder(Position(1, 0)))
    assert follower.wants() == {7: 0}


def test_a_consumer_before_the_fork_reads_on_and_then_adopts_the_epoch() -> None:
    follower = Follower("well")
    follower.offer(record(1))
    follower.settle(record(1), Handled())
    follower.learn_forks(2, [Fork(2, 7, 2)])
    assert follower.offer(record(3, epoch=2)) == []
    assert follower.offer(record(2), from_feed=True) == [record(2)]
    follower.settle(record(2), Handled())
    assert follower.offer(record(3, epoch=2), from_feed=True) == [AdoptUnit("well", 7, 2, 2), record(3, epoch=2)]


def test_a_consumer_beyond_the_fork_stops_and_says_so() -> None:
    follower = Follower("well")
    for sequence in (1, 2, 3):
        follower.offer(record(sequence))
        follower.settle(record(sequence), Handled())
    follower.learn_forks(2, [Fork(2, 7, 2)])
    assert follower.stopped() == {7: "phantoms 3 to 3 of epoch 1: the source was restored to before them"}
    assert follower.offer(record(4, epoch=2)) == []


def test_a_source_that_was_put_back_without_a_new_epoch_stops_the_slot() -> None:
    follower = Follower("well")
    follower.begin({("well", 7): Position(1, 5)})
    follower.compare_heads(1, heads(s7=3))
    assert "above the head" in follower.stopped()[7]


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=150, deadline=None)
def test_any_delivery_ends_with_each_record_once_and_in_order(seed: int, count: int) -> None:
    choice = random.Random(seed)
    log = [record(n) for n in range(1, count + 1)]
    follower, handled, queue = Follower("well"), list[int](), list[RecordUnit | AdoptUnit]()

    def commit() -> None:
        while queue:
            unit = queue.pop(0)
            assert isinstance(unit, RecordUnit)
            if choice.random() < 0.15:
                follower.settle(unit, Away("busy"))
            elif unit.sequence == len(handled) + 1:
                handled.append(unit.sequence)
                follower.settle(unit, Handled())
            else:
                follower.settle(unit, OutOfOrder(Position(1, len(handled))))

    delivered = [r for r in log for _ in range(choice.choice((0, 1, 1, 2)))]
    for _ in range(choice.randrange(4)):
        if len(delivered) > 1:
            i = choice.randrange(len(delivered) - 1)
            delivered[i], delivered[i + 1] = delivered[i + 1], delivered[i]
    for each in delivered:
        queue.extend(follower.offer(each))
        if choice.random() < 0.5:
            commit()
    for _ in range(200):
        commit()
        follower.compare_heads(1, heads(s7=count))
        for slot, after in follower.wants().items():
            page = [r for r in log if r.sequence > after][: choice.randrange(1, 6)]
            for row in page:
                queue.extend(follower.offer(row, from_feed=True))
            if not page:
                follower.level([slot])
        if len(handled) == count and not queue:
            break
    assert handled == list(range(1, count + 1))


@given(st.integers(0, 9), st.integers(1, 3), st.integers(1, 10), st.integers(1, 3), st.none() | st.integers(0, 9))
def test_only_the_very_next_number_of_our_epoch_is_ever_handled(at: int, epoch: int, sequence: int, of: int, fork: int | None) -> None:
    verdict = judge(Position(epoch, at), of, sequence, fork)
    assert (verdict is Verdict.NEXT) == (of == epoch and sequence == at + 1)
    if verdict is Verdict.ADOPT:
        assert of > epoch
        assert at == fork


def test_a_record_that_comes_while_the_feed_is_read_for_the_last_time_is_not_left_to_the_heads() -> None:
    follower = Follower("well")
    follower.offer(record(2))
    assert follower.wants() == {7: 0}
    follower.offer(record(1), from_feed=True)
    follower.settle(record(1), Handled())
    follower.level([])  # the page that told of the first one
    assert follower.offer(record(2)) == [], "it comes from Kafka while the next page, which lacks it, is on its way"
    follower.level([7])
    assert follower.wants() == {7: 1}, "so the feed is read once more"
    follower.level([7])
    assert follower.wants() == {}
