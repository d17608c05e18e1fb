"""The library's own way: one application follows another through its notification log, run by `NewMultiThreadedRunner`.

    python -m bench.peers.eventsourcing_runner DSN COUNT

The newest of the library's runners (9.5): threads of its own pull notifications, convert them, and process them. Both applications are on
one PostgreSQL database with the library's recorders. The shop's log holds COUNT paid orders but one before the clock starts,
and the last is paid then: only a new event prompts the runner to look, and to catch up with all before it. For each one the
deliveries open an aggregate and give it a card: two events and the tracking position in one transaction, as the library does it. The clock
runs from the start of the runner until the last position is committed. Nothing is published further: in the library's way the events
themselves are the log that others follow.

The last line is `took SECONDS USED EVENTS`: by the clock, of its own processor time, and how many events were recorded.
"""

from __future__ import annotations

import sys
import time
from uuid import UUID, uuid5

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, DomainEventProtocol, event
from eventsourcing.persistence import ProcessRecorder
from eventsourcing.system import NewMultiThreadedRunner, ProcessApplication, System
from psycopg.conninfo import conninfo_to_dict

from bench.peers.naive import Delivery

SAVED_AT_ONCE = 500
LOOK_SECONDS = 0.01

_NAMESPACE = UUID("6f0d3c1e-5d6a-4f0e-9c57-0a4f4f1f8a11")


class Order(Aggregate):
    """What the shop's log tells of."""

    class Paid(Aggregate.Created):
        order_number: str
        product_code: str
        quantity: int
        amount_minor: int
        currency: str

    @event(Paid)
    def __init__(self, order_number: str, product_code: str, quantity: int, amount_minor: int, currency: str) -> None:
        self.order_number = order_number
        self.product_code = product_code
        self.quantity = quantity
        self.amount_minor = amount_minor
        self.currency = currency

    @staticmethod
    def create_id(order_number: str) -> UUID:
        return uuid5(_NAMESPACE, order_number)


class Shop(Application[UUID]):
    """The leader."""

    def pay(self, first: int, last: int) -> None:
        self.save(*(Order(f"R2026-{number:08d}", "steam-50", 1, 4_990, "CNY") for number in range(first, last)))


class Deliveries(ProcessApplication[UUID]):
    """The follower: two events for each notification."""

    @singledispatchmethod
    def policy(self, domain_event: DomainEventProtocol[UUID], processing_event: ProcessingEvent[UUID]) -> None:
        """Nothing else is of interest."""

    @policy.register
    def _(self, domain_event: Order.Paid, processing_event: ProcessingEvent[UUID]) -> None:
        paid = domain_event
        delivery = Delivery(paid.order_number, paid.product_code, paid.quantity, paid.amount_minor, paid.currency)
        delivery.give(f"card-of-{paid.order_number}", "supplier-1")
        processing_event.collect_events(delivery)


def environment(dsn: str) -> dict[str, str]:
    """The library's settings for its recorders on this database."""
    found = conninfo_to_dict(dsn)
    named = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres"} | {f"POSTGRES_{name}": str(found[key]) for name, key in named.items()}


def main() -> None:
    dsn, count = sys.argv[1], int(sys.argv[2])
    shop = Shop(environment(dsn))
    for first in range(0, count - 1, SAVED_AT_ONCE):
        shop.pay(first, min(count - 1, first + SAVED_AT_ONCE))
    shop.close()
    runner: NewMultiThreadedRunner[UUID] = NewMultiThreadedRunner(System(pipes=[[Shop, Deliveries]]), environment(dsn))
    recorder = runner.get(Deliveries).recorder
    assert isinstance(recorder, ProcessRecorder)
    began, used = time.monotonic(), time.process_time()
    runner.start()
    runner.get(Shop).pay(count - 1, count)
    while (recorder.max_tracking_id(Shop.name) or 0) < count:
        assert not runner.has_errored.is_set(), "the runner failed"
        time.sleep(LOOK_SECONDS)
    took, used = time.monotonic() - began, time.process_time() - used
    events = recorder.max_notification_id()
    runner.stop()
    print(f"took {took} {used} {events}", flush=True)


if __name__ == "__main__":
    main()
