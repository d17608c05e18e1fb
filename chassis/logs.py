"""Logs: one JSON object a line, on standard error, that cannot hold a secret.

Our code writes through `get_log`::

    log = get_log("relay")
    log.info("records published", topic=topic, record_count=count)

The event is a literal sentence and the facts are fields; an event that was put together at run time is not
printed, only its place is. What other libraries log through `logging` takes the same way: the template is
printed if it is a literal of the function that logs, its arguments never are (numbers below 1,000 excepted:
they are statuses and counts). What may be printed at all is decided in `chassis.scrub`.

Fields bound with `log_context` (service, correlation id) appear on every line written inside it, in the
same task.
"""

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, TextIO, cast

import msgspec
import structlog
from structlog.contextvars import bind_contextvars, merge_contextvars, reset_contextvars
from structlog.processors import TimeStamper

from chassis.scrub import described, is_literal_in, place, scrubbed, scrubbed_text

NOT_A_LITERAL: Final = "[a message put together at run time]"

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_LARGEST_PRINTED_NUMBER = 999
_SPECIFIER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d*(?:\.\d+)?[hlL]?[diouxXeEfFgGcrsa%]")
# Chatty below warning, about nothing that a reader could act on.
_QUIET_LOGGERS = (
    "aiokafka",
    "asyncio",
    "faststream",
    "httpcore2",
    "httpx2",
    "psycopg.pool",
    "uvicorn.access",
)


class _Output:
    """Where lines go and from which level on; standard error is looked up at each line, since tests replace it."""

    level = _LEVELS["info"]
    stream: TextIO | None = None

    def msg(self, line: str) -> None:
        stream = self.stream or sys.stderr
        stream.write(line + "\n")
        stream.flush()

    debug = info = warning = error = critical = msg


_output = _Output()


class Log(structlog.BoundLoggerBase):
    """Writes log lines; each method takes a literal sentence and its facts as fields."""

    def debug(self, event: str, **fields: object) -> None:
        """For the one who looks into a part at work."""
        self._write("debug", event, fields)

    def info(self, event: str, **fields: object) -> None:
        """For what is expected and worth knowing afterwards."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """For what went wrong and is being mended without anybody's help."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """For what somebody has to look at; `exc_info=error` describes an exception without its message."""
        self._write("error", event, fields)

    def critical(self, event: str, **fields: object) -> None:
        """For what stops the process or a slot."""
        self._write("critical", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        if _LEVELS[level] < _output.level:
            return
        caller = sys._getframe(2)  # the line that called info(), error(), …
        if not is_literal_in(event, caller.f_code):
            event, fields["at"] = NOT_A_LITERAL, place(caller.f_code.co_filename, caller.f_lineno)
        self._proxy_to_logger(level, event, level=level, **fields)


def get_log(name: str) -> Log:
    """The log of one part of the program, such as `relay`."""
    return cast(Log, structlog.get_logger().bind(logger=name))


class log_context:  # noqa: N801 - reads as what it is, a block: `with log_context(...):`
    """While it is entered, every line of this task also carries these fields."""

    __slots__ = ("_fields", "_tokens")

    def __init__(self, **fields: str | int) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        # The library's own block first looks through all the context there is, which costs more than the binding.
        self._tokens = bind_contextvars(**self._fields)

    def __exit__(self, *_: object) -> None:
        reset_contextvars(**self._tokens)


def configure_logs(level: str = "info", stream: TextIO | None = None) -> None:
    """Send our log, the standard library's, warnings and uncaught exceptions to one stream as scrubbed JSON.

    Called once at start; `adopt_loggers` again after a library has set up loggers of its own. Raises
    KeyError for a level that does not exist.
    """
    _output.level, _output.stream = _LEVELS[level], stream
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(_output.level)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(_output.level, logging.WARNING))
    logging.captureWarnings(True)
    adopt_loggers()
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def silence_logs() -> int:
    """Write nothing from here on, for worlds that are not real; the level that was, for `restore_logs`."""
    before, _output.level = _output.level, logging.CRITICAL + 1
    return before


def restore_logs(level: int) -> None:
    """Write again what is at least as grave as this."""
    _output.level = level


def adopt_loggers() -> None:
    """Take away the handlers that libraries gave their own loggers, so that their lines come to ours."""
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True


class _Handler(logging.Handler):
    """Takes what libraries log through `logging` to our line format."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, "level": record.levelname.lower()}
        code = _code_that_logs(record)
        if isinstance(record.msg, str) and code is not None and is_literal_in(record.msg, code):
            fields["event"] = _without_arguments(record.msg, record.args)
        else:
            fields["event"], fields["at"] = NOT_A_LITERAL, place(record.pathname, record.lineno)
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        _write_line(fields)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        """The standard one prints the record with its arguments."""
        _output.msg('{"level":"error","event":"a log line could not be written"}')


def _code_that_logs(record: logging.LogRecord) -> CodeType | None:
    """The function that made a record: the frame on the way up that stands where the record says."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_lineno == record.lineno and frame.f_code.co_filename == record.pathname:
            return frame.f_code
        frame = frame.f_back
    return None


def _without_arguments(template: str, arguments: object) -> str:
    """A template of %-formatting, with small numbers filled in and everything else masked."""
    if not arguments:
        return template
    positional = iter(arguments) if isinstance(arguments, tuple) else iter(())
    named: Mapping[str, object] = arguments if isinstance(arguments, Mapping) else {}

    def masked(specifier: re.Match[str]) -> str:
        if specifier[0].endswith("%"):
            return "%"
        value = named.get(specifier[1]) if specifier[1] else next(positional, None)
        return str(value) if isinstance(value, int) and abs(value) <= _LARGEST_PRINTED_NUMBER else "[…]"

    return _SPECIFIER.sub(masked, template)


def _scrub(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The processor that takes out of a line all that may not be printed."""
    event = str(fields.pop("event", ""))
    exception = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    line: dict[str, Any] = {"timestamp": fields.pop("timestamp", None), "level": fields.pop("level", "info")}
    line |= {"event": scrubbed_text(event), **scrubbed(fields)}
    if isinstance(exception, tuple):
        exception = exception[1]
    if exception and not isinstance(exception, BaseException):
        exception = sys.exception()
    if exception:
        line["exception"] = described(exception)
    return line


def _render(_logger: object, _method: str, line: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode(line).decode()


_PROCESSORS: list[Any] = [merge_contextvars, TimeStamper(fmt="iso", utc=True), _scrub, _render]


def _write_line(fields: MutableMapping[str, Any]) -> None:
    line: Any = fields
    for processor in _PROCESSORS:
        line = processor(None, "", line)
    _output.msg(line)


def _uncaught(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    _write_line({"level": "critical", "logger": "process", "event": "uncaught exception", "exc_info": error})


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
        _uncaught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _unraisable(unraisable: Any) -> None:
    event = "exception that nobody could catch"
    _write_line({"level": "error", "logger": "process", "event": event, "exc_info": unraisable.exc_value})


# At import, so that a line written before configure_logs is scrubbed as well.
structlog.configure(
    processors=_PROCESSORS,
    wrapper_class=Log,
    logger_factory=lambda *_: _output,
    cache_logger_on_first_use=False,
)
