"""The read side: pages of the log and the feed, due work, histories, keys, and what is pruned."""

from datetime import timedelta

from chassis.store.exchange import Batch
from chassis.store.port import FEED_LIMIT
from chassis.store.rows import IntentStatus, ParkedStatus
from tests.chassis.store.backends import Backend
from tests.chassis.store.builders import (
    NOW,
    at,
    event,
    inbox,
    index,
    index_row,
    intent,
    intents,
    parked,
    published,
    sealed,
    stream,
    timer,
    timers,
)


def test_a_fresh_store_is_empty(backend: Backend) -> None:
    store = backend.store
    assert store.last_log_id() == 0
    assert store.public_after(0, 10) == []
    assert store.feed({1: 0}, 1_000) == []
    assert store.feed({}, 1_000) == []
    assert store.slot_heads() == (1, [0] * 256)
    assert store.oldest_timer() is None
    assert store.parked_row(1) is None
    assert store.stream(stream("order-1")) == []
    assert store.data_key("shop-1", None) is None


def test_the_public_log_skips_private_events(backend: Backend) -> None:
    rows = [event(1), event(2, version=2, slot=5, sequence=1), event(3, version=3), event(4, "o", slot=6)]
    backend.commit(Batch(events=rows))
    assert [row.log_id for row in backend.store.public_after(0, 10)] == [2, 4]
    assert [row.log_id for row in backend.store.public_after(0, 1)] == [2]
    assert [row.log_id for row in backend.store.public_after(2, 10)] == [4]
    assert backend.store.events_after(1, 2) == rows[1:3]
    assert backend.store.last_log_id() == 4


def test_the_feed_gives_each_slot_after_its_sequence_in_order(backend: Backend) -> None:
    rows = [event(n, f"order-{n}", slot=n % 3, sequence=(n + 2) // 3) for n in range(1, 10)]
    backend.commit(Batch(events=rows))
    page = backend.store.feed({2: 1, 0: 2, 9: 0}, 1_000_000)
    assert [(row.slot, row.sequence) for row in page] == [(0, 3), (2, 2), (2, 3)]
    assert page[0].value == rows[8].value
    assert page[0].headers == rows[8].headers


def test_a_page_of_the_feed_ends_at_its_bytes_but_holds_at_least_one_record(backend: Backend) -> None:
    backend.commit(published(5, slot=7, value=b"v" * 1_000))
    assert len(backend.store.feed({7: 0}, 1)) == 1
    assert [row.sequence for row in backend.store.feed({7: 1}, 2_500)] == [2, 3]
    assert len(backend.store.feed({7: 0}, 1_000_000)) == 5


def test_a_page_of_the_feed_ends_at_its_greatest_length(backend: Backend) -> None:
    backend.commit(published(FEED_LIMIT + 1, slot=7))
    page = backend.store.feed({6: 0, 7: 0}, 10_000_000)
    assert [row.sequence for row in page] == list(range(1, FEED_LIMIT + 1))
    assert [row.sequence for row in backend.store.feed({7: FEED_LIMIT}, 10_000_000)] == [FEED_LIMIT + 1]


def test_a_stream_is_read_up_to_a_version(backend: Backend) -> None:
    rows = [event(n, version=n) for n in (1, 2, 3)]
    backend.commit(Batch(events=rows))
    assert backend.store.stream(stream("order-1")) == rows
    assert backend.store.stream(stream("order-1"), 2) == rows[:2]


def test_a_subject_is_read_over_all_streams_in_log_order(backend: Backend) -> None:
    rows = [event(1), event(2, "need-1"), event(3, "other", subject="NO-2"), event(4, "x", subject=None)]
    backend.commit(Batch(events=rows))
    assert backend.store.subject_events("shop-1", "NO-1") == rows[:2]
    assert backend.store.subject_events("shop-2", "NO-1") == []


def test_due_timers_come_oldest_first(backend: Backend) -> None:
    rows = [timer(f"order-{n}", due_seconds=-n) for n in range(4)]
    backend.commit(Batch(timers_set=timers(timer("later", due_seconds=1), *rows)))
    assert backend.store.due_timers(NOW, 3) == rows[:0:-1]
    assert backend.store.due_timers(NOW, 10) == rows[::-1]
    assert backend.store.oldest_timer() == at(-3)


def test_due_intents_are_pending_and_unknown_ones_and_started_ones_past_their_deadline(backend: Backend) -> None:
    over = intent("over", IntentStatus.STARTED, due_seconds=50)._replace(deadline=at(-30), owner="worker")
    under = intent("under", IntentStatus.STARTED)._replace(deadline=at(30), owner="worker")
    rows = [
        intent("pending", due_seconds=-5),
        intent("unknown", IntentStatus.UNKNOWN, due_seconds=-9),
        intent("later", due_seconds=5),
        intent("done", IntentStatus.CONFIRMED, due_seconds=-60),
        intent("manual", IntentStatus.MANUAL, due_seconds=-60),
        over,
        under,
    ]
    backend.commit(Batch(intents_new=intents(*rows)))
    due = backend.store.due_intents(NOW, at(-10), 10)
    assert due == [rows[1], rows[0], over]
    assert backend.store.due_intents(NOW, at(-10), 2) == due[:2]
    assert backend.store.due_intents(NOW, at(-30), 10) == due[:2]
    target = rows[0].target
    assert backend.store.due_intents(NOW, at(-10), 10, no_start=["other", target]) == [rows[1], over]
    assert backend.store.due_intents(NOW, at(-10), 10, no_start=[target], no_ask=[target]) == [over]
    assert backend.store.intents([IntentStatus.MANUAL, IntentStatus.STARTED], 10) == [rows[4], under, over]
    assert backend.store.intents([], 10) == []


def test_index_rows_are_read_by_key_or_all(backend: Backend) -> None:
    rows = [index_row("b"), index_row("a", "product-0"), index_row("c", rank=-1)]
    backend.commit(Batch(index_put=index(*rows, index_row("t", index="open-tickets"))))
    assert backend.store.index_rows("free-cards") == [rows[1], rows[2], rows[0]]
    assert backend.store.index_rows("free-cards", limit=2) == [rows[1], rows[2]]
    assert backend.store.index_rows("free-cards", "product-1") == [rows[2], rows[0]]
    assert backend.store.index_rows("free-cards", "product-1", 1) == [rows[2]]


def test_text_sorts_by_code_point(backend: Backend) -> None:
    names = ["é", "Z", "a", "A", "卡", "_", "b-1", "b 1"]
    backend.commit(Batch(index_put=index(*map(index_row, names))))
    assert [row.row_id for row in backend.store.index_rows("free-cards")] == sorted(names)


def test_parked_rows_are_listed_by_status(backend: Backend) -> None:
    backend.commit(Batch(parked_new=[parked(n) for n in (1, 2, 3)]))
    backend.commit(Batch(parked_done={2: ParkedStatus.REPLAYED}))
    assert [row.parked_id for row in backend.store.parked(ParkedStatus.WAITING, 10)] == [1, 3]
    assert [row.parked_id for row in backend.store.parked(None, 2)] == [1, 2]


def test_vault_and_inbox_rows_are_found_by_their_keys(backend: Backend) -> None:
    backend.commit(Batch(vault=[sealed("b"), sealed("a")], inbox=[inbox()]))
    assert backend.store.vault(["b", "none", "a", "b"]) == [sealed("a"), sealed("b")]
    assert backend.store.vault([]) == []
    assert backend.store.inbox(inbox().key) == inbox()
    assert backend.store.inbox(inbox("other").key) is None


def test_the_first_data_key_of_a_version_stays(backend: Backend) -> None:
    backend.store.put_data_key("shop-1", 1, b"first")
    backend.store.put_data_key("shop-1", 1, b"second")
    backend.store.put_data_key("shop-1", 2, b"newer")
    assert backend.store.data_key("shop-1", 1) == (1, b"first")
    assert backend.store.data_key("shop-1", None) == (2, b"newer")
    assert backend.store.data_key("shop-1", 3) is None
    assert backend.store.data_key("shop-2", None) is None


def test_old_answers_and_long_done_intents_are_pruned(backend: Backend) -> None:
    done = intent("done", IntentStatus.CONFIRMED)
    recent = done._replace(key="recent", deadline=at(3 * 86_400))
    waiting = intent("waiting", IntentStatus.UNKNOWN)
    backend.commit(Batch(inbox=[inbox(), inbox("old", days_old=8)], intents_new=intents(done, recent, waiting)))
    assert backend.store.prune(NOW) == 1
    assert backend.inbox() == [inbox()]
    assert backend.store.prune(NOW + timedelta(days=91)) == 2
    assert {row.key for row in backend.store.intents(list(IntentStatus), 10)} == {"recent", "waiting"}
