"""Figures for Prometheus: how far behind, how old, how many, how long.

Each service has a registry of its own; `GET /metrics` of a process merges those of all services it runs, told apart
by the label `service`. Label values come from closed sets (enums, or names given at start), so that nothing a buyer
sends can become a label; a value outside its set is a bug.

    redress_lag_records{source}             records of a source's topic not yet read
    redress_heads_behind_slots{source}      slots whose position is below the source's head
    redress_relay_lag_records               committed public records not yet in the topic
    redress_oldest_timer_seconds            how long the oldest due timer has waited
    redress_oldest_intent_seconds           how long the oldest open intent has waited
    redress_parked_records                  records set aside for a person
    redress_group_units                     units in a group (histogram)
    redress_decide_seconds, redress_commit_seconds        time a group took (histograms)
    redress_units_total{kind,result}        units by what they were and what became of them
    redress_breaker_state{target}           0 closed, 1 open
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, IntEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_GROUP_UNITS = (1, 2, 5, 10, 25, 50, 100, 250, 500)
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class UnitKind(Enum):
    """What asked for a decision."""

    MESSAGE = "message"
    COMMAND = "command"
    TIMER = "timer"
    OUTCOME = "outcome"


class UnitResult(Enum):
    """What became of a unit: `failed` is a bug or a fault, `dropped` a timer that is no more."""

    COMMITTED = "committed"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    PARKED = "parked"
    DROPPED = "dropped"
    FAILED = "failed"


class BreakerState(IntEnum):
    """Whether calls to a target are let through."""

    CLOSED = 0
    OPEN = 1


class Metrics:
    """The figures of one service. `sources` and `targets` are all that it will ever name."""

    def __init__(self, service: str, *, sources: Iterable[str] = (), targets: Iterable[str] = ()) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self.targets = frozenset(targets)
        self._units = {
            (kind, result): child
            for kind, result, child in self._children_of_units(
                Counter("redress_units", "Units by kind and result", ["service", "kind", "result"], registry=self.registry)
            )
        }
        self._lag = self._gauges("redress_lag_records", "Records not yet read", "source", sources)
        self._heads_behind = self._gauges("redress_heads_behind_slots", "Slots below the head", "source", sources)
        self._breakers = self._gauges("redress_breaker_state", "0 closed, 1 open", "target", targets)
        self._relay_lag = self._gauge("redress_relay_lag_records", "Records not yet published")
        self._oldest_timer = self._gauge("redress_oldest_timer_seconds", "Age of the oldest due timer")
        self._oldest_intent = self._gauge("redress_oldest_intent_seconds", "Age of the oldest open intent")
        self._parked = self._gauge("redress_parked_records", "Records set aside for a person")
        self._stopped = self._gauges("redress_stopped_slots", "Slots that wait for an operator", "source", sources)
        self._unreleased = self._gauge("redress_unreleased_restore", "1 while a restore waits for an operator, else 0")
        self._group_units = self._histogram("redress_group_units", "Units in a group", _GROUP_UNITS)
        self._decide = self._histogram("redress_decide_seconds", "Time to decide a group", _SECONDS)
        self._commit = self._histogram("redress_commit_seconds", "Time to commit a group", _SECONDS)

    def count_units(self, kind: UnitKind, result: UnitResult, count: int = 1) -> None:
        """Count units by what became of them."""
        self._units[kind, result].inc(count)

    def observe_group(self, *, unit_count: int, decide_seconds: float, commit_seconds: float) -> None:
        """Take note of one committed group."""
        self._group_units.observe(unit_count)
        self._decide.observe(decide_seconds)
        self._commit.observe(commit_seconds)

    def set_lag(self, source: str, record_count: int) -> None:
        """How many records of a source are not yet read."""
        self._of(self._lag, source).set(record_count)

    def set_heads_behind(self, source: str, slot_count: int) -> None:
        """How many of a source's slots are below their head."""
        self._of(self._heads_behind, source).set(slot_count)

    def set_relay_lag(self, record_count: int) -> None:
        """How many public records are committed but not yet published."""
        self._relay_lag.set(record_count)

    def set_oldest_timer(self, age_seconds: float) -> None:
        """How long the oldest due timer has waited; 0 if none is due."""
        self._oldest_timer.set(age_seconds)

    def set_oldest_intent(self, age_seconds: float) -> None:
        """How long the oldest open intent has waited; 0 if none is open."""
        self._oldest_intent.set(age_seconds)

    def set_parked(self, record_count: int) -> None:
        """How many records are parked."""
        self._parked.set(record_count)

    def set_stopped(self, source: str, slot_count: int) -> None:
        """How many slots of a source take nothing until an operator decides."""
        self._of(self._stopped, source).set(slot_count)

    def set_unreleased_restore(self, is_unreleased: bool) -> None:
        """Whether a restore of this store waits for an operator."""
        self._unreleased.set(int(is_unreleased))

    def set_breaker(self, target: str, state: BreakerState) -> None:
        """Whether calls to a target are let through."""
        self._of(self._breakers, target).set(int(state))

    def _children_of_units(self, counter: Counter) -> Iterator[tuple[UnitKind, UnitResult, Counter]]:
        for kind in UnitKind:
            for result in UnitResult:
                yield kind, result, counter.labels(self._service, kind.value, result.value)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, ["service"], registry=self.registry).labels(self._service)

    def _gauges(self, name: str, about: str, label: str, values: Iterable[str]) -> dict[str, Gauge]:
        gauge = Gauge(name, about, ["service", label], registry=self.registry)
        return {value: gauge.labels(self._service, value) for value in values}

    def _histogram(self, name: str, about: str, buckets: Sequence[float]) -> Histogram:
        histogram = Histogram(name, about, ["service"], registry=self.registry, buckets=buckets)
        return histogram.labels(self._service)

    @staticmethod
    def _of(gauges: dict[str, Gauge], value: str) -> Gauge:
        assert value in gauges, "a label value must be one of those named at start"
        return gauges[value]


def metrics_text(services: Iterable[Metrics]) -> bytes:
    """The figures of several services as one valid page: each family stands once, with the samples of all."""
    return generate_latest(_Merged([metrics.registry for metrics in services]))


def metrics_route(services: Sequence[Metrics], path: str = "/metrics") -> Route:
    """The page as a route of Starlette or FastAPI; the sequence may grow until it is asked for."""

    async def page(_: Request) -> Response:
        return Response(metrics_text(services), media_type=MEDIA_TYPE)

    return Route(path, page)


class _Merged(CollectorRegistry):
    """Several registries read as one."""

    def __init__(self, parts: Sequence[Collector]) -> None:
        super().__init__()
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for part in self._parts:
            for family in part.collect():
                families.setdefault(family.name, Metric(family.name, family.documentation, family.type)).samples.extend(family.samples)
        yield from families.values()
