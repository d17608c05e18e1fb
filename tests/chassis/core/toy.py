"""A toy service with every kind of declaration: jars that hold marbles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from chassis.activity import Activity, Confirmed, Intent, Outcome, Patience, Refused
from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from chassis.errors import Refusal
from chassis.index import Drop, Index, Put
from chassis.service import Service, handles, on_outcome, on_timer, publishes, reacts_to
from chassis.timer import Timer
from chassis.unit import Answer
from chassis.work import Work


class JarFull(Refusal):
    code = "jar-full"
    title = "The jar is full"


class Jar(Aggregate):
    TOPIC = "toy.Jar"

    class Opened(Created):
        TOPIC = "toy.Jar.Opened"
        shop_id: str
        name: str
        size: int

    class Filled(Event):
        TOPIC = "toy.Jar.Filled"
        marble: str

    class Shaken(Event):
        TOPIC = "toy.Jar.Shaken"
        PRIVATE = True
        by: str

    @event(Opened)
    def __init__(self, shop_id: str, name: str, size: int) -> None:
        self.shop_id = shop_id
        self.name = name
        self.size = size
        self.marbles: list[str] = []
        self.shaken_by: list[str] = []

    @staticmethod
    def create_id(shop_id: str, name: str) -> UUID:
        return stream_id(shop_id, "jar", name)

    @property
    def slot_key(self) -> str:
        return self.name

    def fill(self, marble: str) -> None:
        if len(self.marbles) == self.size:
            raise JarFull(jar=self.name)
        self._filled(marble=marble)

    @event(Filled)
    def _filled(self, marble: str) -> None:
        self.marbles.append(marble)

    def shake(self, by: str) -> None:
        self._shaken(by=by)

    @event(Shaken)
    def _shaken(self, by: str) -> None:
        self.shaken_by.append(by)


class Marble(Aggregate):
    TOPIC = "toy.Marble"

    class Bought(Created):
        TOPIC = "toy.Marble.Bought"
        PRIVATE = True
        shop_id: str
        colour: str

    class Used(Event):
        TOPIC = "toy.Marble.Used"
        PRIVATE = True
        jar: str

    @event(Bought)
    def __init__(self, shop_id: str, colour: str) -> None:
        self.shop_id = shop_id
        self.colour = colour
        self.jar: str | None = None

    @staticmethod
    def create_id(shop_id: str, colour: str) -> UUID:
        return stream_id(shop_id, "marble", colour)

    @property
    def slot_key(self) -> str:
        return self.colour

    def use(self, jar: str) -> None:
        self._used(jar=jar)

    @event(Used)
    def _used(self, jar: str) -> None:
        assert self.jar is None, "a marble is used twice"
        self.jar = jar


class FreeMarbles(Index):
    NAME = "free_marbles"
    events = (Marble.Bought, Marble.Used)

    @staticmethod
    def fold(event: Any, aggregate: Marble) -> Iterable[Put | Drop]:
        if isinstance(event, Marble.Bought):
            yield Put(aggregate.colour, key=aggregate.shop_id, rank=0)
        else:
            yield Drop(aggregate.colour)


class JarOpened(msgspec.Struct, frozen=True):
    TYPE: ClassVar[str] = "redress.toy.JarOpened.v1"
    name: str


class JarFilled(msgspec.Struct, frozen=True):
    TYPE: ClassVar[str] = "redress.toy.JarFilled.v1"
    name: str
    marble: str


class MarbleFound(msgspec.Struct, frozen=True):
    TYPE: ClassVar[str] = "redress.beach.MarbleFound.v1"
    order_number: str
    jar: str
    marble: str
    is_cursed: bool = False


class OpenJar(msgspec.Struct, frozen=True):
    name: str
    size: int = 3
    shop_id: str = "shop"


class BuyMarble(msgspec.Struct, frozen=True):
    colour: str
    shop_id: str = "shop"


class TakeMarble(msgspec.Struct, frozen=True):
    jar: str
    shop_id: str = "shop"


class AskNeighbour(msgspec.Struct, frozen=True):
    jar: str
    shop_id: str = "shop"


class JarForgotten(Timer, frozen=True):
    NAME = "jar_forgotten"


class BorrowMarble(Intent, frozen=True, kw_only=True):
    KIND = "borrow_marble"
    jar: str


class Borrowed(msgspec.Struct, frozen=True):
    marble: str


class Borrow(Activity[BorrowMarble]):
    intent_class = BorrowMarble
    patience = Patience(attempt_seconds=10, margin_seconds=5)

    async def perform(self, intent: BorrowMarble) -> Outcome:
        return Refused("closed", is_temporary=True)


@publishes(Jar.Opened)
def jar_opened(event: Jar.Opened, jar: Jar) -> JarOpened:
    return JarOpened(jar.name)


@publishes(Jar.Filled)
def jar_filled(event: Jar.Filled, jar: Jar) -> JarFilled:
    return JarFilled(jar.name, event.marble)


@handles(OpenJar)
def open_jar(command: OpenJar, work: Work) -> Answer:
    jar = Jar(shop_id=command.shop_id, name=command.name, size=command.size)
    work.set_timer(JarForgotten(jar.id), work.now + timedelta(minutes=5))
    return Answer(201, {"jar": command.name})


@handles(BuyMarble)
def buy_marble(command: BuyMarble, work: Work) -> Answer:
    Marble(shop_id=command.shop_id, colour=command.colour)
    return Answer(201)


@handles(TakeMarble)
def take_marble(command: TakeMarble, work: Work) -> Answer:
    jar = work.get(Jar, Jar.create_id(command.shop_id, command.jar))
    claimed = work.claim(FreeMarbles.NAME, command.shop_id)
    if not claimed:
        return Answer(200, {"marble": None})
    marble = work.get(Marble, claimed[0].stream_id)
    marble.use(command.jar)
    jar.fill(marble.colour)
    work.cancel_timer(JarForgotten, jar.id)
    return Answer(200, {"marble": marble.colour})


@handles(AskNeighbour)
def ask_neighbour(command: AskNeighbour, work: Work) -> Answer:
    work.intend(BorrowMarble(key=f"borrow/{command.jar}", target="neighbour", shop_id=command.shop_id, jar=command.jar))
    return Answer(202)


@reacts_to(MarbleFound)
def on_marble_found(message: MarbleFound, work: Work) -> None:
    jar = work.get(Jar, Jar.create_id("shop", message.jar))
    jar.shake(by=message.marble)
    assert not message.is_cursed, "a cursed marble"
    jar.fill(message.marble)


@on_timer(JarForgotten)
def on_jar_forgotten(timer: JarForgotten, work: Work) -> None:
    work.get(Jar, timer.stream_id).shake(by="timer")


@on_outcome(BorrowMarble)
def on_borrowed(outcome: Outcome, intent: BorrowMarble, work: Work) -> None:
    jar = work.get(Jar, Jar.create_id(intent.shop_id, intent.jar))
    if isinstance(outcome, Confirmed):
        jar.fill(msgspec.json.decode(outcome.reply, type=Borrowed).marble)
    elif isinstance(outcome, Refused) and outcome.is_temporary:
        work.intend(intent, not_before=work.now + timedelta(seconds=2))


def toy_service(*more_reactions: Callable[..., None]) -> Service:
    return Service(
        name="toy",
        aggregates=[Jar, Marble],
        commands=[open_jar, buy_marble, take_marble, ask_neighbour],
        reactions=[on_marble_found, on_jar_forgotten, on_borrowed, *more_reactions],
        publish=[jar_opened, jar_filled],
        activities=[Borrow],
        indexes=[FreeMarbles],
    )
