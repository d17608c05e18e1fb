"""One writer at a time: election, the session lock, and generations."""

import pytest

from chassis.store.exchange import Batch, MarkNeeds
from chassis.store.port import EpochNotOpen, GenerationLost
from chassis.store.rows import Fork
from tests.chassis.store.backends import Backend
from tests.chassis.store.builders import event, published


def test_the_first_writer_is_elected_and_the_second_is_not(backend: Backend) -> None:
    assert backend.store.writer_address() is None
    assert backend.writer("a").elect("http://a") == 1
    assert backend.writer("b").elect("http://b") is None
    assert backend.store.writer_address() == "http://a"


def test_a_writer_that_resigned_is_followed_by_a_higher_generation(backend: Backend) -> None:
    backend.writer("a").elect("http://a")
    backend.writer("a").resign()
    assert backend.writer("b").elect("http://b") == 2
    assert backend.store.writer_address() == "http://b"


def test_resigning_twice_is_harmless(backend: Backend) -> None:
    backend.writer().resign()
    backend.writer().resign()


def test_a_writer_that_was_never_elected_may_do_nothing(backend: Backend) -> None:
    with pytest.raises(GenerationLost):
        backend.writer().touch()
    with pytest.raises(GenerationLost):
        backend.writer().begin(1)
    with pytest.raises(GenerationLost):
        backend.writer().mark_relayed(1)


def test_a_lost_session_is_a_lost_election(backend: Backend) -> None:
    writer = backend.writer()
    generation = writer.elect("http://a")
    assert generation is not None
    backend.lose_session("a")
    with pytest.raises(GenerationLost):
        writer.touch()
    with pytest.raises(GenerationLost):
        writer.begin(generation)
    assert writer.elect("http://a") == generation + 1


def test_an_earlier_generation_of_the_same_writer_writes_nothing(backend: Backend) -> None:
    writer = backend.writer()
    old = writer.elect("http://a")
    assert old is not None
    writer.elect("http://a")
    with pytest.raises(GenerationLost):
        backend.commit(Batch(events=[event(1)]), writer, old)
    assert backend.store.last_log_id() == 0


def test_the_relays_mark_is_kept(backend: Backend) -> None:
    writer = backend.writer()
    writer.elect("http://a")
    assert backend.store.relayed() == 0
    writer.mark_relayed(5)
    writer.mark_relayed(9)
    assert backend.store.relayed() == 9


def test_a_restored_store_elects_nobody_until_its_epoch_is_open(backend: Backend) -> None:
    backend.commit(published(3, slot=7))
    backend.move_server()
    with pytest.raises(EpochNotOpen):
        backend.writer("b").elect("http://b")
    assert backend.open_epoch() == 2
    generation = backend.writer("b").elect("http://b")
    assert generation is not None
    heads = backend.writer("b").begin(generation).marks(MarkNeeds(has_heads=True)).heads
    assert heads is not None
    assert heads.epoch == 2
    assert backend.store.slot_heads()[0] == 2
    forks = backend.store.forks()
    assert len(forks) == 256
    assert Fork(2, 7, 3) in forks
    assert Fork(2, 8, 0) in forks
