"""Spans leave in OTLP's JSON form."""

from __future__ import annotations

import json
from pathlib import Path

from redress.settings import RedressSettings
from redress.spans import tracing_of


def test_spans_are_written_as_otlp_with_their_parent(tmp_path: Path) -> None:
    tracing = tracing_of("order", RedressSettings(data_folder=tmp_path, is_tracing=True))
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    with tracing.span("unit", parent, slot=7, kind="PlaceOrder"):
        pass
    tracing.close()
    path = tmp_path / "log" / "spans.jsonl"
    assert path.stat().st_mode & 0o077 == 0
    request = json.loads(path.read_text())["resourceSpans"][0]
    assert {"key": "service.name", "value": {"stringValue": "redress-order"}} in request["resource"]["attributes"]
    span = request["scopeSpans"][0]["spans"][0]
    assert (span["traceId"], span["parentSpanId"], span["name"]) == ("a" * 32, "b" * 16, "unit")
    assert {"key": "redress.slot", "value": {"intValue": "7"}} in span["attributes"]
    assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"])


def test_switched_off_nothing_is_written(tmp_path: Path) -> None:
    tracing = tracing_of("order", RedressSettings(data_folder=tmp_path))
    assert not tracing.is_on
    with tracing.span("unit"):
        pass
    tracing.close()
    assert list(tmp_path.iterdir()) == []
