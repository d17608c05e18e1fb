"""A term begins with what was lost, all of it or not at all: a store that is away for a moment makes nothing go before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.committer import Committer
from chassis.recalling import recall
from chassis.records import feed_unit
from chassis.recovering import Opening
from chassis.service import recovers
from chassis.store.memory import MemoryStore
from chassis.store.port import StoreAway
from chassis.store.rows import ParkedStatus
from chassis.work import Work
from tests.chassis.core.toy import Jar, JarOpened, OpenJar, toy_service
from tests.harness import START, Bench


@recovers(JarOpened)
def opened_before(message: JarOpened, work: Work) -> None:
    if work.find(Jar, Jar.create_id("shop", message.name)) is None:
        Jar(shop_id="shop", name=message.name, size=3)


class AwayOnce:
    """The store cannot be reached the first time that it comes to a point."""

    def __init__(self, point: str) -> None:
        self._point = point

    def __call__(self, point: str) -> None:
        if point == self._point:
            self._point = ""
            raise StoreAway("no connection")


def restored() -> MemoryStore:
    bench = Bench(toy_service(opened_before))
    backup = bench.store.copy()
    bench.do(OpenJar("red"))
    bench.do(OpenJar("blue"))
    beyond = {row.slot: 0 for row in bench.store.public_after(0, 10)}
    lost = [feed_unit(row) for row in bench.store.feed(beyond, 1_000_000)]
    store = backup.restored()
    store.open_epoch(Opening(START + timedelta(seconds=1), lost=lost), bench.service.name)
    return store


@pytest.mark.parametrize("point", ["begin", "write"])
def test_a_term_that_could_not_recall_all_ends_and_the_next_one_begins_with_the_rest(point: str) -> None:
    store = restored()
    session = store.writer("one")
    committer = Committer(toy_service(opened_before), session)
    generation = session.elect("one")
    assert generation is not None
    committer.take_over(generation)
    store.faults = AwayOnce(point)
    with pytest.raises(StoreAway):
        list(recall(committer, lambda: START))
    assert {row.status for row in store.lost(10)} == {ParkedStatus.WAITING}
    list(recall(committer, lambda: START))
    assert {row.status for row in store.lost(10)} == {ParkedStatus.REPLAYED}
