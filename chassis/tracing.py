"""Traces across services: W3C Trace Context in record headers, spans by OpenTelemetry where switched on.

A `traceparent` is `00-<trace id, 32 hex>-<parent id, 16 hex>-<flags, 2 hex>` (W3C Trace Context, level 1). It is a
column of the event's row and a header of its record, so one trace joins everything an outside cause set off.

Switched off (no exporter), a span is an object that carries its parent's text through and nothing more: about a
microsecond a message. Switched on, each record, activity and request becomes a span.

Attributes are named in one list here, and exceptions are recorded by their type alone: a trace leaves the house.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, TraceFlags, Tracer

from chassis.errors import RedressError
from chassis.scrub import scrubbed_text

ATTRIBUTES: Final = frozenset(
    {
        "aggregate",
        "attempt",
        "code",
        "correlation_id",
        "epoch",
        "group_size",
        "intent",
        "kind",
        "lane",
        "message_type",
        "method",
        "partition",
        "result",
        "route",
        "sequence",
        "service",
        "shop_id",
        "slot",
        "source",
        "status",
        "target",
        "topic",
    }
)
"""All attributes a span may have; a route is its pattern, never the path that was asked for."""

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


class Spanned(Protocol):
    """What a span gives to the code inside it: the text to hand on with whatever it causes."""

    @property
    def traceparent(self) -> str | None: ...


class Tracing:
    """Opens spans; without an exporter it only carries `traceparent` through.

    `is_immediate` exports each span as it ends (for tests) instead of in batches from a thread.
    """

    def __init__(self, service: str, exporter: SpanExporter | None = None, *, is_immediate: bool = False) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None
        if exporter is not None:
            processor = SimpleSpanProcessor(exporter) if is_immediate else BatchSpanProcessor(exporter)
            self._provider = TracerProvider(resource=Resource({"service.name": f"redress-{service}"}), shutdown_on_exit=False)
            self._provider.add_span_processor(processor)
            self._tracer = self._provider.get_tracer("redress")

    @property
    def is_on(self) -> bool:
        return self._tracer is not None

    def span(self, name: str, parent: str | None = None, **attributes: str | int) -> AbstractContextManager[Spanned]:
        """A span under the parent (a `traceparent`), entered with `with`; a malformed parent counts as none.

        `name` is one of a few fixed ones (unit, activity, request). An attribute that is not in
        ATTRIBUTES is a bug.
        """
        assert attributes.keys() <= ATTRIBUTES, f"not a span attribute: {sorted(attributes.keys() - ATTRIBUTES)}"
        if self._tracer is None:
            return _Carried(parent)
        return _recorded(self._tracer, name, parent, attributes)

    def close(self) -> None:
        """Export what is left; spans ended after this are lost."""
        if self._provider is not None:
            self._provider.shutdown()


def current_traceparent() -> str | None:
    """The `traceparent` of the innermost span of this task."""
    return _current.get()


class continued:  # noqa: N801 - reads as what it is, a block: `with continued(traceparent):`
    """Let what a request causes hang below its caller's span; what is not a `traceparent` of version 00 is not passed on."""

    __slots__ = ("_text", "_token")

    def __init__(self, traceparent: bytes | None) -> None:
        text = traceparent.decode("ascii", "replace") if traceparent else ""
        self._text = text if text and _TRACEPARENT.fullmatch(text) else None

    def __enter__(self) -> None:
        self._token = _current.set(self._text)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


class _Carried:
    """The span of a process that does not trace."""

    __slots__ = ("_token", "traceparent")

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent

    def __enter__(self) -> "_Carried":
        self._token = _current.set(self.traceparent)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


class _Live:
    __slots__ = ("traceparent",)

    def __init__(self, context: SpanContext) -> None:
        flags = int(context.trace_flags)
        self.traceparent: str | None = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"


@contextmanager
def _recorded(tracer: Tracer, name: str, parent: str | None, attributes: dict[str, str | int]) -> Iterator[Spanned]:
    shown = {f"redress.{key}": scrubbed_text(value) if isinstance(value, str) else value for key, value in attributes.items()}
    span = tracer.start_span(name, trace.set_span_in_context(NonRecordingSpan(_context_of(parent))), attributes=shown)
    live = _Live(span.get_span_context())
    token = _current.set(live.traceparent)
    try:
        yield live
    except BaseException as error:
        code = error.code if isinstance(error, RedressError) else type(error).__qualname__
        span.set_attribute("error.type", code)
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        _current.reset(token)
        span.end()


def _context_of(traceparent: str | None) -> SpanContext:
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return trace.INVALID_SPAN_CONTEXT
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
