"""Aggregates and their events, on the `eventsourcing` library without its clock, its random ids and its slow paths.

The library gives the `@event` decorator, the redefinition of event classes and the topic registry. This base replaces three things:

- *Time* comes from the unit at work (`at_work`), stamped once per unit by the runner. No event reads a clock.
- *Ids* are `stream_id(shop_id, kind, *natural key)`, a UUID version 5, so the same fact always lands in the same stream.
- *Building and folding* an event is one dictionary update and one call of the decorated method, and calling an `@event` method is
  one plain function (the library's general path coerces and filters arguments at each call and costs several times as much;
  `bench/README.md` has the figures).

An event method only assigns. While it runs, `self.modified_on` is the time of the event. Each aggregate class names a `TOPIC` (the
kind of its streams), and each event class a `TOPIC` of its own, so classes stay free to move.
"""

from __future__ import annotations

import inspect
import uuid
from contextvars import ContextVar, Token
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache, lru_cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self
from uuid import UUID

from eventsourcing.domain import (
    AggregateEvent,
    BaseAggregate,
    CanInitAggregate,
    CanMutateAggregate,
    CommandMethodDecorator,
    MetaAggregate,
    decorated_func_callers,
    decorated_funcs,
    event,
)

__all__ = [
    "Aggregate",
    "AtWork",
    "Created",
    "Event",
    "Part",
    "at_work",
    "event",
    "field_names",
    "fold",
    "new_event",
    "stream_id",
]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:redress:stream")
_BASE_FIELDS = frozenset({"originator_id", "originator_version", "timestamp", "originator_topic"})


def stream_id(shop_id: str, kind: str, *natural_key: object) -> UUID:
    """The id of the stream for a natural key of a shop: equal inputs, equal id, on every machine."""
    return _named("\x1f".join((shop_id, kind, *map(str, natural_key))))


@lru_cache(maxsize=4_096)  # a unit names its streams more than once: to have them loaded, to get them, to open them
def _named(name: str) -> UUID:
    return uuid.uuid5(_NAMESPACE, name)


class AtWork(Protocol):
    """What an aggregate needs of the unit at work: the time, and someone who notes each new event."""

    @property
    def now(self) -> datetime: ...

    def recorded(self, new: Event, aggregate: Aggregate) -> None:
        """Called right after `new` was applied, with the aggregate in exactly that state."""


_at_work: ContextVar[AtWork] = ContextVar("unit_at_work")


class at_work:  # noqa: N801 - reads as what it is, a block: `with at_work(unit):`
    """Make `unit` the one whose time and record new events take."""

    __slots__ = ("_token", "_unit")

    def __init__(self, unit: AtWork) -> None:
        self._unit = unit

    def __enter__(self) -> None:
        self._token: Token[AtWork] = _at_work.set(self._unit)

    def __exit__(self, *_: object) -> None:
        _at_work.reset(self._token)


class Event(AggregateEvent):
    """Base of private events: a frozen record of what was decided, in fields of plain values, enums and structs."""

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    def mutate(self, aggregate: Any) -> Any:
        """Apply to an aggregate that is exactly one version behind; anything else is a bug."""
        assert aggregate is not None, f"{self.TOPIC} is not an opening event"
        assert self.originator_version == aggregate._version + 1, (
            f"{self.TOPIC}: version {self.originator_version} after {aggregate._version}"
        )
        _apply(self, aggregate)
        return aggregate


class Created(CanInitAggregate[UUID], AggregateEvent):
    """Base of opening events: the first of a stream.

    One that opens the aggregate otherwise than its constructor does overrides `apply`, which assigns what differs.
    """

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    def mutate(self, aggregate: Any) -> Any:
        """Build the aggregate whose first event this is."""
        assert aggregate is None, f"{self.TOPIC} opens a stream that is already there"
        cls = _aggregate_of(type(self))
        built: Any = object.__new__(cls)
        built.__base_init__(self.originator_id, 0, self.timestamp)
        _apply(self, built)
        self.apply(built)
        return built


def _apply(new: AggregateEvent, aggregate: Aggregate) -> None:
    values = new.__dict__
    function, names = _applier(type(new))
    aggregate._modified_on = new.timestamp
    if function is not None:
        function(aggregate, **{name: values[name] for name in names})
    aggregate._version = new.originator_version


@cache
def _applier(event_class: Any) -> tuple[Any, tuple[str, ...]]:
    names = field_names(event_class)
    if issubclass(event_class, CanInitAggregate):
        function = _aggregate_of(event_class).__init__
    else:
        function = decorated_funcs.get(event_class)
    if function is None:
        return None, names
    accepted = inspect.signature(function).parameters
    return function, tuple(name for name in names if name in accepted)


@cache
def _aggregate_of(event_class: Any) -> type[Any]:
    for cls in _kinds.values():
        if any(value is event_class for value in vars(cls).values()):
            return cls
    raise LookupError(f"no aggregate declares the event {event_class.__qualname__}")


@cache
def field_names(event_class: Any) -> tuple[str, ...]:
    """The event's own fields, in order, without those that every event has."""
    return tuple(field.name for field in fields(event_class) if field.name not in _BASE_FIELDS)


def new_event(event_class: Any, originator_id: UUID, version: int, timestamp: datetime, values: dict[str, Any]) -> Any:
    """An event without running its dataclass constructor; `values` must hold exactly its own fields, else TypeError."""
    names = _field_set(event_class)
    if values.keys() != names:
        values = {field.name: field.default for field in fields(event_class) if field.name in names} | values
        wrong = [name for name, value in values.items() if name not in names or value is MISSING]
        if wrong:
            raise TypeError(f"{event_class.__qualname__}: missing or unknown fields {wrong}")
    built = object.__new__(event_class)
    state = built.__dict__
    state.update(values)
    state["originator_id"] = originator_id
    state["originator_version"] = version
    state["timestamp"] = timestamp
    return built


@cache
def _field_set(event_class: Any) -> frozenset[str]:
    return frozenset(field_names(event_class))


_kinds: dict[str, type[Aggregate]] = {}
_openings: dict[type[Any], Any] = {}
"""Aggregate class → the opening event of its constructor, whose parameters are the event's fields (and those of other openings)."""


class _LeanCall(MetaAggregate[Any]):
    """Opens an aggregate without a look at each argument where all are named; any other call is the library's."""

    def __call__(cls, *given: Any, **values: Any) -> Any:  # noqa: N805 - of a metaclass
        opening = _openings.get(cls)
        if opening is not None and not given and values.keys() <= _field_set(opening):
            return cls._create(opening, **values)
        return super().__call__(*given, **values)


class Part:
    """Base of a part of an aggregate: events and methods that change for one reason, in a file of their own.

    An aggregate names its parts before `Aggregate` among its bases and takes their events over as its own. A part declares by
    annotations what it needs of the whole, whose opening event assigns it.
    """

    shop_id: str

    if TYPE_CHECKING:
        modified_on: datetime

        @property
        def id(self) -> UUID: ...

        @classmethod
        def _create(cls, event_class: type[Any], *, id: UUID | None = None, **values: Any) -> Self: ...


def _take_over(cls: type[Any], part: type[Part]) -> None:
    """Make the events of a part, and the methods that record them, the aggregate's own: the library looks no further."""
    for name, member in vars(part).items():
        is_event = isinstance(member, type) and issubclass(member, AggregateEvent)
        if (is_event or isinstance(member, CommandMethodDecorator)) and name not in vars(cls):
            setattr(cls, name, member)


class Aggregate(BaseAggregate[UUID], metaclass=_LeanCall):
    """Base of all aggregates: state that follows from its events alone.

    A subclass names `TOPIC`, opens with an `@event(...)` on `__init__`, gives `create_id` from its natural key, and answers
    `slot_key` (which of the 256 slots its public events take) and `subject` (the order number where there is one). It assigns
    `shop_id` in its opening event.
    """

    TOPIC: ClassVar[str]
    Event = Event
    shop_id: str

    @property
    def slot_key(self) -> str:
        """The natural key whose hash decides the slot: events of one key stay in order for every reader."""
        raise NotImplementedError

    @property
    def subject(self) -> str | None:
        """What a reader of the topic would look for: the order number, where there is one."""
        return None

    def __init_subclass__(cls, **options: Any) -> None:
        for part in cls.__mro__[1:]:
            if issubclass(part, Part):
                _take_over(cls, part)
        opener = cls.__dict__.get("__init__")
        # The library would turn the annotation into a dataclass field and a second constructor.
        super().__init_subclass__(**options)
        kind = cls.__dict__.get("TOPIC")
        assert kind, f"{cls.__name__} names no TOPIC"
        _kinds[kind] = cls
        if isinstance(opener, CommandMethodDecorator) and opener.given_event_cls is not None:
            opening = vars(cls)[opener.given_event_cls.__name__]
            if _field_set(opening) <= set(list(inspect.signature(cls.__init__).parameters)[1:]):
                _openings[cls] = opening
        for name, member in list(vars(cls).items()):
            if (
                isinstance(member, CommandMethodDecorator)
                and inspect.isfunction(member.decorated_func)
                and member in decorated_func_callers
            ):
                _make_lean(cls, name, member.decorated_func, decorated_func_callers[member])

    @classmethod
    def _create(cls, event_class: type[Any], *, id: UUID | None = None, **values: Any) -> Self:
        unit = _at_work.get()
        if id is None:
            id = cls.create_id(**{name: values[name] for name in _id_parameters(cls)})
        opening = new_event(event_class, id, 1, unit.now, values)
        built: Self = opening.mutate(None)
        unit.recorded(opening, built)
        return built

    def trigger_event(self, event_class: type[CanMutateAggregate[UUID]], **values: Any) -> None:
        """Record one more event: built at the unit's time, applied, and noted by the unit at work."""
        unit = _at_work.get()
        happened = new_event(event_class, self._id, self._version + 1, unit.now, values)
        happened.mutate(self)
        unit.recorded(happened, self)

    def __hash__(self) -> int:
        return hash(self._id)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and _state(self) == _state(other))


def _state(aggregate: object) -> dict[str, Any]:
    return {name: value for name, value in vars(aggregate).items() if name != "_pending_events"}


def _make_lean(cls: type[Aggregate], name: str, applied: Any, event_class: Any) -> None:
    """Replace an `@event` method by one that records at once, where its parameters are just the event's fields."""
    signature = inspect.signature(applied)
    parameters = list(signature.parameters.values())[1:]
    if name == "__init__" or {each.name for each in parameters} != _field_set(event_class):
        return
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}

    @wraps(applied)
    def record(self: Aggregate, *given: Any, **values: Any) -> None:
        if given:
            values = dict(list(signature.bind(self, *given, **values).arguments.items())[1:])
        self.trigger_event(event_class, **(defaults | values if defaults else values))

    setattr(cls, name, record)


@cache
def _id_parameters(cls: type[Aggregate]) -> tuple[str, ...]:
    return tuple(inspect.signature(cls.create_id).parameters)


def fold(events: Any, onto: Aggregate | None = None) -> Any:
    """Fold stored events, in order, onto an aggregate (or onto nothing, when the first one opens the stream)."""
    for happened in events:
        onto = happened.mutate(onto)
    return onto
