"""The declaration of a service, and the checks at start.

A service lists its aggregates, what it does on commands, messages, timers and outcomes, what it publishes, its indexes and views.
Everything mechanical follows from the list. The decorators only attach what the function is for; nothing happens at import.

`Service(...)` refuses, with one clear error that lists everything: an event without publisher and without `PRIVATE = True`, two
publishers of one event, a reaction to something undeclared, an activity without intent, doubled names or topics, a message whose
type is not the service's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar, get_type_hints

import msgspec

from chassis.activity import Activity, Intent
from chassis.aggregate import Aggregate, Created, Event
from chassis.codec import EventCodec
from chassis.decoding import decoder_of
from chassis.index import Index
from chassis.timer import Timer
from chassis.view import View

F = TypeVar("F", bound=Callable[..., Any])


class Start(Enum):
    """Where a service begins to read a source that it has never read."""

    ORIGIN = "origin"
    NOW = "now"


class DeclarationError(Exception):
    """A service that cannot start as declared; the message lists every reason."""


def reacts_to(
    message_class: type[Any],
    *,
    greatest_age: timedelta | None = None,
    loads: Callable[[Any], Iterable[Any]] | None = None,
) -> Callable[[F], F]:
    """React to a public message. Older ones than `greatest_age` are passed over (for effects on people).

    `loads` may name the streams that will surely be needed, so that a whole group's are fetched at once, together with its marks.
    """
    return _mark("message", message_class, greatest_age=greatest_age, loads=loads)


def recovers(message_class: type[Any]) -> Callable[[F], F]:
    """Take back a public message of this very service that a restore of its store has lost: `(message, work)`.

    Or what another service said because of one: an echo, for lost records that can be read back nowhere.

    Run for each lost record that was read back, in the order of its slot, before anything else is decided. It makes our word true
    again, or keeps what the word names from being given to somebody else; it must be total, since what it names may be lost as well.
    """
    return _mark("lost", message_class)


def on_timer(timer_class: type[Timer]) -> Callable[[F], F]:
    """React to a timer that is due."""
    return _mark("timer", timer_class)


def on_outcome(intent_class: type[Intent]) -> Callable[[F], F]:
    """React to the outcome of an intent: `(outcome, intent, work)`."""
    return _mark("outcome", intent_class)


def handles(command_class: type[Any], *, loads: Callable[[Any], Iterable[Any]] | None = None) -> Callable[[F], F]:
    """Handle a command: `(command, work) -> Answer`; a refusal is raised. `loads` as for `reacts_to`."""
    return _mark("command", command_class, loads=loads)


def publishes(event_class: type[Any]) -> Callable[[F], F]:
    """Turn a private event into its public message: `(event, aggregate) -> message`, or None to say nothing this time."""
    return _mark("publish", event_class)


def _mark(what: str, about: type[Any], **options: Any) -> Callable[[F], F]:
    def mark(function: F) -> F:
        function.__dict__["redress"] = Mark(what, about, options)
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Mark:
    what: str
    about: type[Any]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What is done with one type of message."""

    type: str
    decode: Callable[[bytes], Any]
    """The message in a record's value; raises `chassis.decoding.Undecodable`."""
    reactions: tuple[Callable[..., None], ...]
    greatest_age: timedelta | None
    loads: Callable[[Any], Iterable[Any]] | None


@dataclass(slots=True)
class Service:
    """A declared service; see the module. Reactions, commands and publishers may be functions or modules that hold them."""

    name: str
    aggregates: list[type[Aggregate]]
    reactions: list[Any] = field(default_factory=list)
    commands: list[Any] = field(default_factory=list)
    publish: list[Any] = field(default_factory=list)
    activities: list[type[Activity[Any]]] = field(default_factory=list)
    indexes: list[type[Index]] = field(default_factory=list)
    views: list[type[View]] = field(default_factory=list)
    routes: Callable[..., Any] | None = None
    """`(desk: Desk) -> APIRouter`: the service's own HTTP routes."""
    settings: type[msgspec.Struct] | None = None
    advice: dict[str, Callable[..., Any]] = field(default_factory=dict)
    """Name → pure reading of a view: `(ViewStore) -> mapping`; refreshed at the edge, read by `work.advice`."""

    starts: dict[str, Start] = field(default_factory=dict)
    """Source → where to begin; origin where none is named. A reaction added later begins where the service stands."""

    gather_seconds: float = 0.0
    """How long a message waits for others before they are decided together: for a service that no buyer waits for."""

    codec: EventCodec = field(init=False)
    subscriptions: dict[str, Subscription] = field(init=False)
    recoveries: dict[str, Subscription] = field(init=False)
    """What is done with each type of our own lost messages; the others are derived again from what others say."""
    sources: list[str] = field(init=False)
    timers: dict[str, tuple[type[Timer], Callable[..., None]]] = field(init=False)
    outcomes: dict[str, tuple[type[Intent], Callable[..., None]]] = field(init=False)
    activity_of: dict[str, type[Activity[Any]]] = field(init=False)
    handlers: dict[type[Any], Callable[..., Any]] = field(init=False)
    loads_of: dict[type[Any], Callable[[Any], Iterable[Any]]] = field(init=False)
    """Commands whose handlers name the streams they will surely need."""
    publishers: dict[type[Any], Callable[..., Any]] = field(init=False)
    indexes_of: dict[type[Any], tuple[type[Index], ...]] = field(init=False)

    def __post_init__(self) -> None:
        errors: list[str] = []
        events = {event: aggregate for aggregate in self.aggregates for event in events_of(aggregate)}
        self.codec = EventCodec(events)
        self.publishers = _by_subject(errors, "publish", _marked(self.publish))
        self.handlers = _by_subject(errors, "command", _marked(self.commands))
        marks: dict[type[Any], Mark] = {command: handler.__dict__["redress"] for command, handler in self.handlers.items()}
        self.loads_of = {command: mark.options["loads"] for command, mark in marks.items() if mark.options["loads"] is not None}
        reactions = _marked(self.reactions)
        self.timers = {t.NAME: (t, f) for t, f in _by_subject(errors, "timer", reactions).items()}
        self.outcomes = {i.KIND: (i, f) for i, f in _by_subject(errors, "outcome", reactions).items()}
        self.activity_of = {activity.intent_class.KIND: activity for activity in self.activities}
        self.subscriptions = _subscriptions(reactions, "message")
        self.recoveries = _subscriptions(reactions, "lost")
        self.sources = sorted({type_name.split(".")[1] for type_name in self.subscriptions})
        self.indexes_of = {event: tuple(i for i in self.indexes if event in i.events) for event in events}
        self._check(errors, events)
        if errors:
            raise DeclarationError(f"service {self.name} cannot start:\n  " + "\n  ".join(errors))

    def _check(self, errors: list[str], events: dict[type[Any], type[Aggregate]]) -> None:
        for event in events:
            is_private, has_publisher = getattr(event, "PRIVATE", False), event in self.publishers
            if is_private == has_publisher:
                errors.append(
                    f"{event.__qualname__} " + ("is private and published" if is_private else "has no publisher and is not PRIVATE")
                )
        errors += [f"{event.__qualname__} is published but belongs to no aggregate" for event in self.publishers if event not in events]
        errors += [f"it starts at a place of {source}, which it does not hear" for source in self.starts if source not in self.sources]
        for index in self.indexes:
            errors += [f"index {index.NAME} follows {e.__qualname__}, which is not declared" for e in index.events if e not in events]
        for view in self.views:
            errors += [f"view {view.NAME} follows {e.__qualname__}, which is not declared" for e in view.events if e not in events]
        errors += [f"activity of {kind} has no reaction to its outcome" for kind in self.activity_of if kind not in self.outcomes]
        errors += [
            f"the outcome of {kind} is awaited but no activity performs it" for kind in self.outcomes if kind not in self.activity_of
        ]
        for what, names in (
            ("aggregate topic", [a.TOPIC for a in self.aggregates]),
            ("event topic", [e.TOPIC for e in events]),
            ("index", [i.NAME for i in self.indexes]),
            ("view", [v.NAME for v in self.views]),
        ):
            errors += [f"{what} {name!r} is declared twice" for name in {n for n in names if names.count(n) > 1}]
        for event, publisher in self.publishers.items():
            for message in _returned_messages(publisher):
                if not message.TYPE.startswith(f"redress.{self.name}."):
                    errors.append(f"{event.__qualname__} publishes {message.TYPE}, which is not a message of {self.name}")


def events_of(aggregate: type[Aggregate]) -> list[type[Any]]:
    """The event classes an aggregate declares."""
    return [v for n, v in vars(aggregate).items() if n != "Event" and isinstance(v, type) and issubclass(v, Event | Created)]


def _marked(items: list[Any]) -> list[Callable[..., Any]]:
    functions: list[Callable[..., Any]] = []
    for item in items:
        members = vars(item).values() if inspect.ismodule(item) else (item,)
        functions += [m for m in members if inspect.isfunction(m) and "redress" in m.__dict__ and m not in functions]
    return functions


def _by_subject(errors: list[str], what: str, functions: list[Callable[..., Any]]) -> dict[type[Any], Callable[..., Any]]:
    found: dict[type[Any], Callable[..., Any]] = {}
    for function in functions:
        mark: Mark = function.__dict__["redress"]
        if mark.what != what:
            continue
        if mark.about in found:
            errors.append(f"two functions for the {what} {mark.about.__qualname__}: {found[mark.about].__name__}, {function.__name__}")
        found[mark.about] = function
    return found


def _subscriptions(functions: list[Callable[..., Any]], what: str) -> dict[str, Subscription]:
    found: dict[str, Subscription] = {}
    for function in functions:
        mark: Mark = function.__dict__["redress"]
        if mark.what != what:
            continue
        name = mark.about.TYPE
        before = found.get(name)
        found[name] = Subscription(
            type=name,
            decode=decoder_of(mark.about),
            reactions=(*(before.reactions if before else ()), function),
            greatest_age=mark.options.get("greatest_age"),
            loads=mark.options.get("loads") or (before.loads if before else None),
        )
    return found


def _returned_messages(publisher: Callable[..., Any]) -> list[type[Any]]:
    returned = get_type_hints(publisher).get("return")
    options: tuple[Any, ...] = getattr(returned, "__args__", (returned,))
    return [option for option in options if hasattr(option, "TYPE")]
