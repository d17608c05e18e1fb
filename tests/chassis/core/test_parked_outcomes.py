"""An outcome that was parked is handled again as it would have been the first time: its sealed values, and the attempt as its cause."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from chassis.activity import Activity, Intent, Outcome, Patience, Unknown, confirmed
from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.service import Service, handles, on_outcome
from chassis.store.rows import ParkedStatus, VaultRow
from chassis.unit import Answer, OutcomeUnit, Parked
from chassis.work import Work
from tests.harness import Bench

SEALED = VaultRow("vault/letter", "letter", "shop", "owner", 1, b"sealed", datetime(2026, 1, 1, tzinfo=UTC))
IS_BROKEN = [True]


class Letter(Aggregate):
    TOPIC = "post.Letter"

    class Asked(Created):
        TOPIC = "post.Letter.Asked"
        PRIVATE = True
        shop_id: str

    class Came(Event):
        TOPIC = "post.Letter.Came"
        PRIVATE = True
        reference: str

    @event(Asked)
    def __init__(self, shop_id: str) -> None:
        self.shop_id = shop_id
        self.reference = ""

    @staticmethod
    def create_id(shop_id: str) -> UUID:
        return stream_id(shop_id, "letter")

    def come(self, reference: str) -> None:
        self._came(reference=reference)

    @event(Came)
    def _came(self, reference: str) -> None:
        self.reference = reference


class AskForLetter(msgspec.Struct, frozen=True):
    shop_id: str = "shop"


class Fetch(Intent, frozen=True, kw_only=True):
    KIND = "post.fetch"


class Brought(msgspec.Struct, frozen=True):
    reference: str


class Fetching(Activity[Fetch]):
    intent_class = Fetch
    patience: ClassVar[Patience] = Patience()

    async def perform(self, intent: Fetch) -> Outcome:
        return Unknown("never")


@handles(AskForLetter)
def ask(command: AskForLetter, work: Work) -> Answer:
    Letter(shop_id=command.shop_id)
    work.intend(Fetch(key="fetch/1", target="post", shop_id=command.shop_id))
    return Answer(202)


@on_outcome(Fetch)
def on_fetched(outcome: Outcome, intent: Fetch, work: Work) -> None:
    assert not IS_BROKEN[0], "a bug"
    work.keep(SEALED.reference)
    work.get(Letter, Letter.create_id(intent.shop_id)).come(SEALED.reference)


post = Service(name="post", aggregates=[Letter], commands=[ask], reactions=[on_fetched], activities=[Fetching])


def test_a_parked_outcome_with_sealed_values_is_handled_after_all() -> None:
    bench = Bench(post)
    bench.do(AskForLetter())
    IS_BROKEN[0] = True
    attempt = bench.start("fetch/1")
    (brought,) = bench.commit(OutcomeUnit("fetch/1", attempt, confirmed(Brought("x")), sealed=(SEALED,)))
    assert isinstance(brought, Parked)
    assert bench.store.vault([SEALED.reference]) == [SEALED], "what was brought is kept, whatever becomes of the reaction"
    bench.bugs.clear()
    IS_BROKEN[0] = False
    (row,) = bench.store.parked(ParkedStatus.WAITING, 9)
    bench.replay(row.parked_id)
    letter: Letter = bench.aggregate(Letter.create_id("shop"))
    assert letter.reference == SEALED.reference
    assert bench.store.events_after(0, 99)[-1].causation_id == "post/intent/fetch/1/1"
    assert bench.store.parked(ParkedStatus.WAITING, 9) == []
