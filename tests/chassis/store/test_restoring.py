"""Opening an epoch on a restored store: what was lost lies there, what is under way is asked about, until an operator releases it."""

from __future__ import annotations

from chassis.recovering import Opening, Unread
from chassis.store.exchange import Batch, Heads, MarkNeeds
from chassis.store.rows import LOST, UNREAD, Fork, IntentStatus, ParkedReason, ParkedStatus, Recovery
from chassis.unit import Cause, RecordUnit
from tests.chassis.store.backends import Backend
from tests.chassis.store.builders import NOW, at, intent, parked, published

STREAM = "0b6f5f6c-5d6e-5b0e-9a57-3d9d0e0a1b2c"


def record(slot: int, sequence: int, *, epoch: int = 1) -> RecordUnit:
    cause = Cause("correlation", f"order/{STREAM}/{sequence}")
    return RecordUnit("order", slot, epoch, sequence, "redress.order.OrderPlaced.v1", STREAM, NOW, cause, b"{}", "shop-1")


def heads_of(backend: Backend) -> Heads:
    writer = backend.writer("b")
    generation = writer.elect("http://b")
    assert generation is not None
    transaction = writer.begin(generation)
    heads = transaction.marks(MarkNeeds(has_heads=True)).heads
    transaction.rollback()
    writer.resign()
    assert heads is not None
    return heads


def restored(backend: Backend, opening: Opening, batch: Batch | None = None) -> int:
    backend.commit(batch or published(3, slot=7))
    backend.move_server()
    return backend.open_epoch(opening)


def test_lost_records_are_laid_down_in_the_order_of_their_slots(backend: Backend) -> None:
    batch = published(3, slot=7)
    batch.parked_new.append(parked(5))
    unread = Unread(7, 1, 6, "inventory has heard record 6")
    assert restored(backend, Opening(at(0), 15.0, [record(9, 2), record(7, 5), record(7, 4), record(9, 1)], [unread]), batch) == 2
    rows = backend.store.lost(100)
    assert [(row.parked_id, row.what, row.slot, row.sequence) for row in rows] == [
        (6, LOST, 7, 4),
        (7, LOST, 7, 5),
        (8, LOST, 9, 1),
        (9, LOST, 9, 2),
        (10, UNREAD, 7, 6),
    ]
    assert {(row.reason, row.status, row.at) for row in rows} == {(ParkedReason.LOST, ParkedStatus.WAITING, at(0))}
    heads = heads_of(backend)
    assert heads.lost == [6, 7, 8, 9], "what nobody can read is not handled"
    assert heads.parked_streams["order", STREAM] == [6, 7, 8, 9]
    assert heads.recovery == Recovery(2, at(0), at(15)) == backend.store.recovery()


def test_what_was_under_way_is_asked_about_after_the_last_attempt_that_may_be_forgotten(backend: Backend) -> None:
    started = intent("started", IntentStatus.STARTED, attempt=1, due_seconds=-5)._replace(deadline=at(-1))
    unknown, refused = intent("unknown", IntentStatus.UNKNOWN), intent("refused", IntentStatus.REFUSED)
    rows = [intent("pending", due_seconds=60), started, unknown, refused]
    restored(backend, Opening(at(0), 15.0), Batch(intents_new={row.key: row for row in rows}))
    found = {row.key: row for row in backend.store.intents(list(IntentStatus), 10)}
    assert {(found[key].status, found[key].deadline) for key in ("pending", "started", "unknown")} == {(IntentStatus.UNKNOWN, at(15))}
    assert found["pending"].due_at == at(0)
    assert found["started"].due_at == at(-5)
    assert found["started"].attempt == 1
    assert found["refused"].status is IntentStatus.REFUSED


def test_a_clock_that_was_put_back_dates_no_event_of_before_after_the_restore(backend: Backend) -> None:
    batch = published(3, slot=7)
    batch.events[1] = batch.events[1]._replace(at=at(40))
    restored(backend, Opening(at(0)), batch)
    assert backend.store.recovery() == Recovery(2, at(40), at(60))


def test_a_release_ends_the_recovery(backend: Backend) -> None:
    restored(backend, Opening(at(0)))
    writer = backend.writer("b")
    generation = writer.elect("http://b")
    assert generation is not None
    backend.commit(Batch(recovery_released_at=at(30)), writer, generation)
    assert backend.store.recovery() == Recovery(2, at(0), at(60), at(30))
    writer.resign()
    assert heads_of(backend).recovery == backend.store.recovery()


def test_a_store_that_has_forgotten_an_earlier_restore_opens_an_epoch_that_nobody_has_seen(backend: Backend) -> None:
    assert restored(backend, Opening(at(0), seen_epoch=3)) == 4
    assert [fork for fork in backend.store.forks() if fork.slot == 7] == [Fork(2, 7, 3), Fork(3, 7, 3), Fork(4, 7, 3)]
    assert backend.store.slot_heads()[0] == 4
