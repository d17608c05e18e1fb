"""Log lines are JSON that operators can use and in which no planted value is ever found."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chassis.errors import Refusal
from chassis.logs import NOT_A_LITERAL, adopt_loggers, configure_logs, get_log, log_context
from chassis.secret import Secret
from tests.chassis.scrub.test_scrub import DENIED

CANARY = "CANARY5d1e9"

log = get_log("test")


class RefundTooLate(Refusal):
    code = "refund-too-late"
    title = "Too late"


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    """What the logs wrote; everything that configure_logs replaced is put back."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    stream = io.StringIO()
    configure_logs("info", stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook = before
    assert CANARY not in stream.getvalue()


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def only(output: io.StringIO) -> dict[str, Any]:
    (line,) = lines(output)
    return line


def foreign(name: str = "aiokafka.consumer") -> logging.Logger:
    return logging.getLogger(name)


def fail() -> None:
    raise ValueError(f"could not parse {CANARY}")


def test_a_line_carries_time_level_part_event_and_fields(output: io.StringIO) -> None:
    log.info("records published", topic="order.events.v1", record_count=3)
    line = only(output)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "test",
        "event": "records published",
        "topic": "order.events.v1",
        "record_count": 3,
    }


def test_lines_below_the_level_are_not_written(output: io.StringIO) -> None:
    log.debug("too chatty")
    log.warning("retrying")
    log.critical("slot stopped")
    assert [line["level"] for line in lines(output)] == ["warning", "critical"]


def test_every_denied_field_is_removed(output: io.StringIO) -> None:
    for name in DENIED:
        log.info("one field", **{name: CANARY})
        log.info("nested", things=[{name: {"id": CANARY}}], secret_holder=Secret(CANARY))
    assert len(lines(output)) == 2 * len(DENIED)


def test_a_message_put_together_at_run_time_is_replaced_by_its_place(output: io.StringIO) -> None:
    log.info(f"card {CANARY} delivered")
    line = only(output)
    assert line["event"] == NOT_A_LITERAL
    assert line["at"].startswith("chassis/logs/test_logs.py:")


def test_a_log_of_structlog_itself_takes_the_same_way(output: io.StringIO) -> None:
    structlog.get_logger().info("bound", card=CANARY)
    assert only(output)["card"] == "[removed]"


def test_a_bound_value_is_scrubbed_too(output: io.StringIO) -> None:
    log.bind(contact=CANARY, order_number="NO1").info("bound")
    assert only(output)["order_number"] == "NO1"


def test_what_is_bound_to_the_task_is_on_each_of_its_lines_and_no_other(output: io.StringIO) -> None:
    async def task(service: str) -> None:
        with log_context(service=service, correlation_id=f"{service}-1", contact=CANARY):
            await asyncio.sleep(0)
            log.info("inside")

    async def both() -> None:
        await asyncio.gather(task("order"), task("refund"))

    asyncio.run(both())
    log.info("outside")
    found = [(line.get("service"), line.get("correlation_id")) for line in lines(output)]
    assert found == [("order", "order-1"), ("refund", "refund-1"), (None, None)]


@pytest.mark.parametrize("how", ["error", "true", "tuple"])
def test_an_exception_and_its_causes_are_described_without_messages(output: io.StringIO, how: str) -> None:
    try:
        try:
            fail()
        except ValueError as cause:
            raise RefundTooLate(refund_id="r-1", contact=CANARY) from cause
    except RefundTooLate as error:
        given: Any = {"error": error, "true": True, "tuple": sys.exc_info()}[how]
        log.error("unit failed", exc_info=given)
    one, two = only(output)["exception"]
    assert (one["code"], one["facts"]) == ("refund-too-late", {"refund_id": "r-1", "contact": "[removed]"})
    assert two["type"] == "builtins.ValueError"
    assert two["at"][-1].endswith(" fail")


def test_a_foreign_template_is_kept_and_its_arguments_are_not(output: io.StringIO) -> None:
    foreign("lib").warning('%s - "%s %s" %d of %d (%s) 100%%', CANARY, "GET", CANARY, 503, 13812345678, [CANARY])
    assert only(output)["event"] == '[…] - "[…] […]" 503 of […] ([…]) 100%'


def test_named_and_aligned_arguments_are_masked_as_well(output: io.StringIO) -> None:
    foreign("lib").error("%(who)-10s did %(what)r %(count)d times", {"who": CANARY, "what": CANARY, "count": 2})
    assert only(output)["event"] == "[…] did […] 2 times"


def test_a_foreign_message_put_together_at_run_time_is_replaced_by_its_place(output: io.StringIO) -> None:
    foreign("lib").error(f"bad record {CANARY}")
    foreign("lib").error("bad record " + CANARY + " of %s", CANARY)
    foreign("lib").error(ValueError(CANARY))
    for line in lines(output):
        assert line["event"] == NOT_A_LITERAL
        assert line["at"].startswith("chassis/logs/test_logs.py:")
        assert line["logger"] == "lib"


def test_the_exception_of_a_foreign_record_is_described(output: io.StringIO) -> None:
    try:
        fail()
    except ValueError:
        foreign("lib").exception("task failed", extra={"card": CANARY}, stack_info=True)
    assert only(output)["exception"][0]["type"] == "builtins.ValueError"


def test_a_library_that_set_up_its_own_handlers_is_adopted(output: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    logger = foreign("stubborn")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.propagate = False
    adopt_loggers()
    logger.error("from the library %s", CANARY)
    assert only(output)["logger"] == "stubborn"
    assert capsys.readouterr().err == ""


def test_a_record_that_cannot_be_written_shows_nothing_of_itself(output: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("lib", logging.ERROR, __file__, 1, CANARY, (CANARY,), None)
    logging.getLogger().handlers[0].handleError(record)
    assert "could not be written" in only(output)["event"]
    assert CANARY not in capsys.readouterr().err


def test_warnings_become_lines_without_their_text(output: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(f"deprecated {CANARY}", stacklevel=1)
    assert only(output)["logger"] == "py.warnings"


def test_an_exception_nobody_caught_is_described(output: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [line["event"] for line in lines(output)] == ["uncaught exception"] * 2
    assert CANARY not in capsys.readouterr().err


def test_a_task_whose_exception_nobody_took_is_described(output: io.StringIO) -> None:
    async def forgets() -> None:
        loop = asyncio.get_running_loop()
        try:
            fail()
        except ValueError as error:
            loop.call_exception_handler({"message": f"never retrieved {CANARY}", "exception": error, "card": CANARY})

    asyncio.run(forgets())
    assert only(output)["exception"][0]["type"] == "builtins.ValueError"


def test_an_unknown_level_is_named(output: io.StringIO) -> None:
    with pytest.raises(KeyError):
        configure_logs("loud")
