"""Errors over HTTP: problem details as RFC 9457 defines them, `application/problem+json`.

    type        urn:redress:problem:<code>, for programs        title   one sentence, the same for every occurrence
    code        the stable code alone                           status  the HTTP status again
    instance    the path asked for                              …       the error's facts, each a member of its own
    errors      of an invalid request: where and what, one by one

A bug answers 500 with a correlation id and nothing else: the log has the rest under that id. No answer
repeats what was sent, except the names of fields.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import uuid4

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import ContractError, Fact, RedressError, Unauthorised
from chassis.logs import get_log, log_context
from chassis.tracing import continued

MEDIA_TYPE: Final = "application/problem+json"
MAX_BODY_BYTES: Final = 1_048_576

_CORRELATION_HEADER = b"x-correlation-id"
_CORRELATION_ID = re.compile(rb"[0-9A-Za-z][0-9A-Za-z\-_.:/@]{7,127}")
_MSGSPEC_PLACE = re.compile(r" - at `\$?\.?(.*)`$")
_QUOTED = re.compile(r" '.*'")
# Pydantic's own kinds of error whose message is put together by code of ours, so it may quote the value.
_UNSAFE_KINDS = ("value_error", "assertion_error")

T = TypeVar("T")
Body = dict[str, Any]
Problem = tuple[int, dict[str, str], Body]

log = get_log("http")


class InvalidRequest(ContractError):
    """A request that does not fit its struct; `errors` pairs each place with what is wrong there, without
    the value.
    """

    code = "invalid-request"
    title = "The request does not fit its contract"

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(error_count=len(errors))
        self.errors = errors


def problem_of(error: RedressError, instance: str | None) -> Problem:
    """Status, headers and body of the answer to an error; pure, so that it can be stored and given again."""
    body = _body(error.code, error.title, error.status, instance, error.facts)
    if isinstance(error, InvalidRequest):
        body["errors"] = [{"at": at, "problem": problem} for at, problem in error.errors]
    headers = {"cache-control": "no-store"}
    if "retry_after_seconds" in error.facts:
        headers["retry-after"] = str(error.facts["retry_after_seconds"])
    if isinstance(error, Unauthorised):
        headers["www-authenticate"] = "Bearer"
    return error.status, headers, body


def http_problem_of(status: int, instance: str | None) -> Problem:
    """The answer to what the web framework itself refuses: an unknown route, a wrong method, too large a
    body.
    """
    phrase = HTTPStatus(status).phrase
    code = "unknown-route" if status == HTTPStatus.NOT_FOUND else re.sub(r"[^a-z]+", "-", phrase.lower()).strip("-")
    return status, {"cache-control": "no-store"}, _body(code, phrase, status, instance, {})


def bug_problem_of(correlation_id: str, instance: str | None) -> Problem:
    """The answer to a bug: only the id under which the log tells more."""
    facts: dict[str, Fact] = {"correlation_id": correlation_id}
    title = "Something went wrong on our side"
    return 500, {"cache-control": "no-store"}, _body("internal-error", title, 500, instance, facts)


def problem_response(problem: Problem) -> Response:
    """A problem as a response of Starlette."""
    status, headers, body = problem
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)


def decoded(body: bytes, kind: type[T]) -> T:
    """A JSON body as a struct, for plain Starlette routes; raises InvalidRequest that names the field at
    fault.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidRequest([("", "is not JSON")]) from None
    except RecursionError:
        raise InvalidRequest([("", "is nested too deeply")]) from None
    place = _MSGSPEC_PLACE.search(message)
    text = _QUOTED.sub("", _MSGSPEC_PLACE.sub("", message)).replace("`", "")
    raise InvalidRequest([(place[1] if place else "", text)])


def install(app: Starlette, *, max_body_bytes: int = MAX_BODY_BYTES, larger_bodies: Mapping[str, int] | None = None) -> None:
    """Make an application (FastAPI or Starlette) answer every error as a problem.

    Bodies over `max_body_bytes` are refused with 413 before they are read; `larger_bodies` gives other
    limits by the beginning of a path. Each response carries `x-correlation-id`: the caller's, if it is
    well-formed, or a new one.
    """
    app.add_exception_handler(RedressError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_middleware(_Middleware, edge=Edge(max_body_bytes, larger_bodies))


class Edge:
    """What stands around a request: correlation id, size of the body, and what nobody foresaw."""

    def __init__(self, max_body_bytes: int = MAX_BODY_BYTES, larger_bodies: Mapping[str, int] | None = None) -> None:
        self._max_body_bytes = max_body_bytes
        self._larger_bodies = larger_bodies or {}

    async def answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        endpoint: Callable[[Request], Awaitable[Response]],
        of_error: Callable[[Request, Exception], Awaitable[Response | None]],
    ) -> None:
        """Answer by an endpoint that gives a whole response; `of_error` gives that to an error, None for a bug."""
        headers, correlation_id, limit = self._entered(scope)
        with log_context(correlation_id=correlation_id), continued(headers.get(b"traceparent")):
            length = headers.get(b"content-length")
            request = Request(scope, receive if length is not None else _limited(receive, limit))
            try:
                if _is_over(length, limit):
                    raise HTTPException(413)
                response = await endpoint(request)
            except ClientDisconnect:
                log.debug("the caller hung up")
                return
            except Exception as error:  # noqa: BLE001 - the top loop of a request
                response = await of_error(request, error) or _answer_bug(error, scope, correlation_id)
            response.raw_headers.append((_CORRELATION_HEADER, correlation_id.encode()))
            await response(scope, receive, send)

    async def pass_through(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an application answer, with its own layers and at its own pace."""
        headers, correlation_id, limit = self._entered(scope)
        has_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                message["headers"] = [*message.get("headers", ()), (_CORRELATION_HEADER, correlation_id.encode())]
            await send(message)

        with log_context(correlation_id=correlation_id), continued(headers.get(b"traceparent")):
            if _is_over(headers.get(b"content-length"), limit):
                response = problem_response(http_problem_of(413, scope["path"]))
                await response(scope, receive, send_with_id)
                return
            try:
                await app(scope, _limited(receive, limit), send_with_id)
            except ClientDisconnect:
                log.debug("the caller hung up")
            except Exception as error:  # the top loop of a request
                response = _answer_bug(error, scope, correlation_id)
                if has_started:
                    raise  # so that the server breaks the connection off
                await response(scope, receive, send_with_id)

    def _entered(self, scope: Scope) -> tuple[dict[bytes, bytes], str, int]:
        """The headers, the correlation id, which is in the request's state from here on, and how long a body may be."""
        headers = dict(scope["headers"])
        given = headers.get(_CORRELATION_HEADER)
        correlation_id = given.decode() if given is not None and _CORRELATION_ID.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        path = scope["path"]
        limit = next((limit for start, limit in self._larger_bodies.items() if path.startswith(start)), self._max_body_bytes)
        return headers, correlation_id, limit


class _Middleware:
    """The outermost of our code in front of an application's own routes."""

    def __init__(self, app: ASGIApp, *, edge: Edge) -> None:
        self._app = app
        self._edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._edge.pass_through(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_over(length: bytes | None, limit: int) -> bool:
    return length is not None and length.isdigit() and int(length) > limit


def _answer_bug(error: Exception, scope: Scope, correlation_id: str) -> Response:
    """The answer to what nobody foresaw, which the log tells more about."""
    log.error("a request ran into a bug", exc_info=error, method=scope["method"])
    return problem_response(bug_problem_of(correlation_id, scope["path"]))


def _limited(receive: Receive, limit: int) -> Receive:
    """A body sent in chunks has no length in its header, so it is counted as it comes."""
    count = 0

    async def counted() -> Message:
        nonlocal count
        message = await receive()
        count += len(message.get("body", b""))
        if count > limit:
            raise HTTPException(413)
        return message

    return counted


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RedressError)
    return problem_response(problem_of(error, request.url.path))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers, body = http_problem_of(error.status_code, request.url.path)
    return problem_response((status, {**headers, **(error.headers or {})}, body))


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        (
            ".".join(str(part) for part in one["loc"]),
            "is not acceptable" if one["type"] in _UNSAFE_KINDS else str(one["msg"]),
        )
        for one in error.errors()
    ]
    return problem_response(problem_of(InvalidRequest(errors), request.url.path))


def _body(code: str, title: str, status: int, instance: str | None, facts: Mapping[str, Fact]) -> Body:
    body: Body = {"type": f"urn:redress:problem:{code}", "title": title, "status": status, "code": code}
    if instance is not None:
        body["instance"] = instance
    body.update(facts)
    return body
