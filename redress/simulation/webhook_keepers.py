"""Those who keep the shops' webhooks: register them, change secrets, switch them off and on, and have posted again what was given up.

They read the delivery log from time to time. What they find tells the checker from when on everything is owed to an endpoint: what was
said before it stood, or while it was disabled, is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from chassis.store.memory import MemoryStore
from chassis.store.rows import EventRow
from chassis.unit import Answered
from redress.simulation.neighbour import NEIGHBOUR_ID, has_neighbour
from redress.simulation.network import Network
from redress.simulation.node import Node
from redress.simulation.plan import SHOP_ID, Plan
from redress.simulation.receivers import Receiver, WebhookBooks, intranet
from redress.simulation.requests import Mailroom, Request
from redress.simulation.scene import Scene
from redress.simulation.webhook_plans import NOTIFY, PRIVATE_ADDRESS, EndpointPlan

ROUND_SECONDS = 4.0
ENABLED_AFTER = (0.5, 20.0, 100.0)
REPLAYED_AFTER = (0.5, 10.0, 200.0)
MOST_REPLAYS = 6
DELIVERED_AGAIN_RATE = 0.03
_ENDPOINT, _QUEUE = "notify.Endpoint.", "notify.DeliveryQueue."


class WebhookCallers(Protocol):
    """How keepers speak to notify."""

    def registered(self, shop_id: str, endpoint: EndpointPlan, number: int, on_secret: Callable[[UUID, str], None]) -> Request: ...

    def secret_replaced(self, shop_id: str, webhook_id: UUID, on_secret: Callable[[UUID, str], None]) -> Request: ...

    def switched(self, shop_id: str, webhook_id: UUID, is_enabled: bool) -> Request: ...

    def replayed(self, shop_id: str, webhook_id: UUID, queue_id: UUID, message_id: str) -> Request: ...


class WebhookKeepers:
    """The keepers of all shops; `books` is what the checker is told. They only begin where the plan has endpoints."""

    def __init__(
        self, scene: Scene, plan: Plan, mailroom: Mailroom, requests: WebhookCallers, nodes: Mapping[str, Node], network: Network
    ) -> None:
        self._scene = scene
        self._plan = plan
        self._mailroom = mailroom
        self._requests = requests
        self._nodes = nodes
        self._network = network
        self._random = scene.chance.stream("keepers")
        self._endpoints: dict[str, tuple[str, EndpointPlan]] = {}
        self._registered_count = 0
        self._replay_count = 0
        self._store: MemoryStore | None = None
        self._read_to = 0
        self._is_on: dict[UUID, bool] = {}
        self._ever_off: set[UUID] = set()
        self.books = WebhookBooks()

    def begin(self) -> None:
        """Put the endpoints up, and queue everything that the plan says."""
        plan, clock = self._plan.webhooks, self._scene.clock
        if not plan.endpoints:
            return
        self.books.tries = plan.tries
        shops = [(SHOP_ID, each) for each in plan.endpoints]
        shops += [(NEIGHBOUR_ID, plan.neighbours)] if has_neighbour(self._plan) else []
        self._network.attach(f"https://{PRIVATE_ADDRESS}", intranet)
        for shop_id, each in shops:
            self._endpoints[each.name] = (shop_id, each)
            self._network.attach(f"https://{each.address}", Receiver(shop_id, each, self.books).handle)
            clock.after(each.registered_at, lambda name=each.name: self._register(name))  # type: ignore[misc]
            if each.secret_replaced_at is not None:
                clock.after(each.secret_replaced_at, lambda name=each.name: self._replace_secret(name))  # type: ignore[misc]
            for at, is_enabled in zip(each.switched_off or (), (False, True), strict=False):
                clock.after(at, lambda name=each.name, on=is_enabled: self._switch(name, on))  # type: ignore[misc]
        clock.after(ROUND_SECONDS, self._look, is_background=True)

    def say_again(self) -> None:
        """After a restore of notify: whoever finds an endpoint of theirs missing registers it again."""
        store = self._nodes[NOTIFY].store
        if store.is_away:
            self._scene.clock.after(1.0, self.say_again)
            return
        there = {self.books.names.get(row.stream_id) for row in store.events_after(0, 100_000) if row.topic == f"{_ENDPOINT}Registered"}
        for name in self._endpoints:
            if name not in there:
                self._register(name)
            elif not all(self._is_on.get(each, True) for each in self._ids(name)):
                self._switch(name, True)

    # what they ask for

    def _register(self, name: str) -> None:
        shop_id, plan = self._endpoints[name]
        self._registered_count += 1
        request = self._requests.registered(shop_id, plan, self._registered_count, lambda found, secret: self._shown(name, found, secret))

        def heard(answer: Answered) -> None:
            if answer.status == 404:  # its name leads to where nothing may be posted, for now
                self._scene.clock.after(5.0, lambda: self._register(name))

        self._mailroom.ask(request, heard)

    def _shown(self, name: str, webhook_id: UUID, secret: str) -> None:
        self.books.names[webhook_id] = name
        if secret not in self.books.secrets[name]:
            self.books.secrets[name].append(secret)

    def _replace_secret(self, name: str) -> None:
        for each in self._ids(name):
            request = self._requests.secret_replaced(self._endpoints[name][0], each, lambda found, secret: self._shown(name, found, secret))
            self._mailroom.ask(request, lambda _: None)

    def _switch(self, name: str, is_enabled: bool) -> None:
        for each in self._ids(name):
            self._mailroom.ask(self._requests.switched(self._endpoints[name][0], each, is_enabled), lambda _: None)

    def _ids(self, name: str) -> list[UUID]:
        return [webhook_id for webhook_id, of in self.books.names.items() if of == name]

    # what they see

    def closed_books(self) -> WebhookBooks:
        """The books, at the end of a world."""
        if NOTIFY in self._nodes:
            self._read_log()
        return self.books

    def _look(self) -> None:
        self._scene.clock.after(ROUND_SECONDS, self._look, is_background=True)
        if not self._nodes[NOTIFY].store.is_away:
            self._read_log()

    def _read_log(self) -> None:
        store = self._nodes[NOTIFY].store
        if store is not self._store:
            self._begin_anew(store)
        was_on = dict(self._is_on)
        for row in store.events_after(self._read_to, 100_000):
            self._read_to = row.log_id
            self._see(row)
        for webhook_id, is_on in self._is_on.items():
            if not is_on:
                self.books.owed_since.pop(webhook_id, None)
            elif not was_on.get(webhook_id) or webhook_id not in self.books.owed_since:
                self.books.owed_since[webhook_id] = {name: node.store.tables.last_log_id() for name, node in self._nodes.items()}

    def _begin_anew(self, store: MemoryStore) -> None:
        """The log is another one after a restore. Who stood all the time, and still stands in it, is owed what it was owed before."""
        self._store, self._read_to = store, 0
        there = {row.stream_id for row in store.events_after(0, 100_000)}
        self._is_on = {each: True for each in self._is_on if each in there and each not in self._ever_off}
        for each in self.books.owed_since.keys() - self._is_on.keys():
            del self.books.owed_since[each]

    def _see(self, row: EventRow) -> None:
        topic = row.topic.partition("@")[0]
        chance = self._random
        if topic.startswith(_ENDPOINT):
            happened = topic.removeprefix(_ENDPOINT)
            if happened in ("Registered", "Enabled"):
                self._is_on[row.stream_id] = True
            if happened == "Enabled":
                self.books.owed_since.pop(row.stream_id, None)  # it may have been disabled between two looks
            if happened == "Disabled":
                self._is_on[row.stream_id] = False
                self._ever_off.add(row.stream_id)
                if msgspec.json.decode(row.state)["reason"] != "by_shop" and chance.random() < 0.8:
                    self._later(ENABLED_AFTER, self._requests.switched(row.shop_id, row.stream_id, is_enabled=True))
        elif topic in (f"{_QUEUE}GivenUp", f"{_QUEUE}Delivered") and self._replay_count < MOST_REPLAYS:
            is_given_up = topic == f"{_QUEUE}GivenUp"
            if chance.random() < (self._plan.webhooks.replay_rate if is_given_up else DELIVERED_AGAIN_RATE):
                self._replay_count += 1
                self._replay(row)

    def _replay(self, row: EventRow) -> None:
        message_id = msgspec.json.decode(row.state)["message_id"]
        for webhook_id in self._is_on:
            # Whose queue it is the log of deliveries says; asked for at another endpoint of the shop it is passed over.
            self._later(REPLAYED_AFTER, self._requests.replayed(row.shop_id, webhook_id, row.stream_id, message_id))

    def _later(self, seconds: tuple[float, ...], request: Request) -> None:
        self._scene.clock.after(self._random.choice(seconds), lambda: self._mailroom.ask(request, lambda _: None))
