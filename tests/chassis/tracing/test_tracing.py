"""One trace joins what an outside cause set off, holds no secret, and costs next to nothing when it is off."""

import asyncio

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.errors import Fault
from chassis.tracing import Tracing, continued, current_traceparent

CANARY = "CANARY5d1e9"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OFF = Tracing("order")


def live() -> tuple[Tracing, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    return Tracing("order", exporter, is_immediate=True), exporter


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def test_switched_off_the_parent_is_carried_through() -> None:
    assert not OFF.is_on
    with OFF.span("unit", PARENT, slot=3) as span:
        assert span.traceparent == PARENT
        assert current_traceparent() == PARENT
        with OFF.span("activity") as inner:
            assert inner.traceparent is None
        assert current_traceparent() == PARENT
    assert current_traceparent() is None
    OFF.close()


def test_switched_on_a_span_continues_its_parents_trace() -> None:
    tracing, exporter = live()
    with tracing.span("unit", PARENT, slot=3, kind="message") as span:
        inside = span.traceparent
        assert current_traceparent() == inside
    assert inside is not None
    assert inside.split("-")[1] == PARENT.split("-")[1]
    assert inside != PARENT
    recorded = only(exporter)
    assert recorded.parent is not None
    assert f"{recorded.parent.span_id:016x}" == PARENT.split("-")[2]
    assert recorded.attributes == {"redress.slot": 3, "redress.kind": "message"}
    tracing.close()


def test_a_trace_goes_on_through_a_message_to_another_service() -> None:
    tracing, exporter = live()
    with tracing.span("unit") as first:
        header = first.traceparent
    with tracing.span("unit", header):
        pass
    one, two = exporter.get_finished_spans()
    assert two.parent is not None
    assert one.context is not None
    assert (two.parent.trace_id, two.parent.span_id) == (one.context.trace_id, one.context.span_id)


def test_an_exception_is_recorded_by_its_type_or_code_only() -> None:
    tracing, exporter = live()
    with pytest.raises(KeyError), tracing.span("unit"):
        raise KeyError(CANARY)
    with pytest.raises(Fault), tracing.span("unit"):
        raise Fault(reason=CANARY)
    assert CANARY not in "".join(span.to_json() for span in exporter.get_finished_spans())
    types = [(span.attributes or {})["error.type"] for span in exporter.get_finished_spans()]
    assert types == ["KeyError", "temporarily-unavailable"]


@pytest.mark.parametrize("tracing", [OFF, live()[0]], ids=["off", "on"])
def test_an_attribute_that_is_not_listed_is_a_bug(tracing: Tracing) -> None:
    with pytest.raises(AssertionError, match="contact"):
        tracing.span("unit", contact=CANARY)


def test_an_address_in_a_listed_attribute_is_masked() -> None:
    tracing, exporter = live()
    with tracing.span("activity", target=f"{CANARY}@example.org"):
        pass
    assert CANARY not in only(exporter).to_json()


def test_tasks_do_not_see_each_others_spans() -> None:
    async def task(parent: str) -> str | None:
        with OFF.span("request", parent):
            await asyncio.sleep(0)
            return current_traceparent()

    async def both() -> list[str | None]:
        return list(await asyncio.gather(task("a"), task("b")))

    assert asyncio.run(both()) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        CANARY,
        PARENT.upper(),
        PARENT + "-00",
        PARENT + "\n",
        "ff" + PARENT[2:],
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
    ],
)
def test_a_malformed_traceparent_counts_as_none(text: str | None) -> None:
    tracing, exporter = live()
    with tracing.span("unit", text):
        pass
    assert only(exporter).parent is None


def test_what_a_request_causes_hangs_below_its_callers_span() -> None:
    with continued(PARENT.encode()):
        assert current_traceparent() == PARENT
    assert current_traceparent() is None


@pytest.mark.parametrize("text", [None, b"", b"nonsense", PARENT.upper().encode(), b"\xff"])
def test_a_caller_that_names_no_span_is_not_passed_on(text: bytes | None) -> None:
    with continued(text):
        assert current_traceparent() is None
