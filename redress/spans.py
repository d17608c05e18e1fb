"""Where spans go: to an OpenTelemetry collector, or into a file.

`otlp_endpoint` is a collector's base address; spans are sent to `<endpoint>/v1/traces` as OTLP's JSON form (OpenTelemetry Protocol 1.x,
"OTLP/HTTP", JSON encoding: ids in hexadecimal, times in nanoseconds as text). With `is_tracing` alone they are appended to
`<data folder>/log/spans.jsonl` in the same form, a request a line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from chassis.tracing import Tracing
from redress.settings import RedressSettings

SEND_SECONDS = 5.0


def tracing_of(service: str, settings: RedressSettings) -> Tracing:
    """The tracing of one service as the settings want it; switched off, it only carries `traceparent` through."""
    if settings.otlp_endpoint is not None:
        return Tracing(service, CollectorExporter(settings.otlp_endpoint))
    if settings.is_tracing:
        return Tracing(service, FileExporter(settings.data_folder / "log" / "spans.jsonl"))
    return Tracing(service)


class CollectorExporter(SpanExporter):
    """Sends spans to a collector; what it does not take is dropped."""

    def __init__(self, endpoint: str) -> None:
        self._url = f"{endpoint.rstrip('/')}/v1/traces"
        self._client = httpx2.Client(timeout=SEND_SECONDS, trust_env=False)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            reply = self._client.post(self._url, json=otlp_of(spans))
        except httpx2.HTTPError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if reply.status_code < 300 else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._client.close()


class FileExporter(SpanExporter):
    """Appends spans to a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._file = path.open("a", encoding="utf-8")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._file.write(json.dumps(otlp_of(spans)) + "\n")
        self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._file.close()


def otlp_of(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """Spans of one service as an OTLP request."""
    resource = [_attribute(name, value) for name, value in spans[0].resource.attributes.items()] if spans else []
    return {
        "resourceSpans": [
            {"resource": {"attributes": resource}, "scopeSpans": [{"scope": {"name": "redress"}, "spans": [_span(span) for span in spans]}]}
        ]
    }


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None
    shown: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "name": span.name,
        "kind": 1,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": [_attribute(name, value) for name, value in (span.attributes or {}).items()],
        "status": {"code": span.status.status_code.value},
    }
    if span.parent is not None:
        shown["parentSpanId"] = f"{span.parent.span_id:016x}"
    return shown


def _attribute(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"key": name, "value": {"boolValue": value}}
    return {"key": name, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}}
