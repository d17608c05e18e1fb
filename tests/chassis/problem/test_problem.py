"""Every error becomes a problem that programs can read and that tells nothing it should not."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import msgspec
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, field_validator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from chassis.errors import Fault, NotFound, Refusal, Throttled, Unauthorised
from chassis.logs import configure_logs
from chassis.problem import MEDIA_TYPE, InvalidRequest, decoded, install, problem_of

CANARY = "CANARY5d1e9"


class RefundAlreadyDecided(Refusal):
    code = "refund-already-decided"
    title = "The refund was already decided"


class Order(msgspec.Struct):
    amount_minor: int


class OrderModel(BaseModel):
    amount_minor: int
    contact: str = ""

    @field_validator("contact")
    @classmethod
    def is_short(cls, contact: str) -> str:
        if contact:
            raise ValueError(f"too long: {contact}")
        return contact


async def raise_named(request: Request) -> Response:
    errors: dict[str, Exception] = {
        "refusal": RefundAlreadyDecided(refund_id="r-1"),
        "unauthorised": Unauthorised(),
        "fault": Fault(retry_after_seconds=7),
        "bug": AssertionError(CANARY),
        "key": KeyError(CANARY),
    }
    raise errors[request.path_params["name"]]


async def take(request: Request) -> Response:
    return PlainTextResponse(str(decoded(await request.body(), Order).amount_minor))


async def breaks_late(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        raise AssertionError(CANARY)

    return StreamingResponse(pieces())


def starlette_app() -> Starlette:
    routes = [
        Route("/raise/{name}", raise_named),
        Route("/orders", take, methods=["POST"]),
        Route("/late", breaks_late),
    ]
    return Starlette(routes=routes)


def fastapi_app() -> FastAPI:
    app = FastAPI()
    app.add_route("/raise/{name}", raise_named)
    app.add_route("/late", breaks_late)

    @app.post("/orders")
    async def place(order: OrderModel) -> int:
        return order.amount_minor

    return app


@pytest.fixture(autouse=True)
def output() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("info", stream)
    yield stream
    configure_logs()
    root.handlers[:], root.level = handlers, level
    assert CANARY not in stream.getvalue()


@pytest.fixture(params=[starlette_app, fastapi_app], ids=["starlette", "fastapi"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx2.AsyncClient]:
    app = request.param()
    install(app, max_body_bytes=100, larger_bodies={"/large": 10_000})
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://redress") as opened:
        yield opened


def problem_in(response: httpx2.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.headers["cache-control"] == "no-store"
    assert CANARY not in response.text
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:redress:problem:{body['code']}"
    assert body["title"]
    return body


def test_a_problem_carries_code_title_status_instance_and_facts() -> None:
    status, headers, body = problem_of(RefundAlreadyDecided(refund_id="r-1", amount_minor=5), "/refunds/r-1")
    assert (status, headers) == (409, {"cache-control": "no-store"})
    assert body == {
        "type": "urn:redress:problem:refund-already-decided",
        "title": "The refund was already decided",
        "status": 409,
        "code": "refund-already-decided",
        "instance": "/refunds/r-1",
        "refund_id": "r-1",
        "amount_minor": 5,
    }


def test_a_problem_without_an_instance_is_the_same_for_every_request() -> None:
    assert "instance" not in problem_of(NotFound(), None)[2]
    assert problem_of(Throttled(retry_after_seconds=9), None)[1]["retry-after"] == "9"


async def test_a_refusal_is_answered_with_its_facts(client: httpx2.AsyncClient) -> None:
    response = await client.get("/raise/refusal")
    problem = problem_in(response)
    assert (response.status_code, problem["code"]) == (409, "refund-already-decided")
    assert (problem["refund_id"], problem["instance"]) == ("r-1", "/raise/refusal")


async def test_a_fault_says_when_to_come_back(client: httpx2.AsyncClient) -> None:
    response = await client.get("/raise/fault")
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    assert problem_in(response)["retry_after_seconds"] == 7


async def test_a_caller_without_credentials_is_told_what_kind_is_needed(client: httpx2.AsyncClient) -> None:
    response = await client.get("/raise/unauthorised")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("name", ["bug", "key"])
async def test_a_bug_tells_only_an_id_that_the_log_knows(client: httpx2.AsyncClient, output: io.StringIO, name: str) -> None:
    response = await client.get(f"/raise/{name}")
    problem = problem_in(response)
    assert (response.status_code, problem["code"]) == (500, "internal-error")
    (line,) = [json.loads(line) for line in output.getvalue().splitlines()]
    assert line["correlation_id"] == problem["correlation_id"] == response.headers["x-correlation-id"]
    assert line["exception"][0]["at"][-1].endswith(" raise_named")


async def test_a_bug_after_the_answer_began_breaks_it_off(client: httpx2.AsyncClient, output: io.StringIO) -> None:
    with pytest.raises(AssertionError, match=CANARY):
        await client.get("/late")
    assert len(output.getvalue().splitlines()) == 1


async def test_a_well_formed_correlation_id_is_kept_and_any_other_replaced(client: httpx2.AsyncClient) -> None:
    kept = await client.get("/nowhere", headers={"x-correlation-id": "order-4411-aa"})
    assert kept.headers["x-correlation-id"] == "order-4411-aa"
    replaced = await client.get("/nowhere", headers={"x-correlation-id": f"<{CANARY}>"})
    assert CANARY not in replaced.headers["x-correlation-id"]


async def test_an_unknown_route_and_a_wrong_method_are_problems(client: httpx2.AsyncClient) -> None:
    assert problem_in(await client.get("/nowhere"))["code"] == "unknown-route"
    wrong = await client.get("/orders")
    assert problem_in(wrong)["code"] == "method-not-allowed"
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize("body", [b'{"amount_minor":"' + CANARY.encode() + b'"}', b"{}", b"not json " + CANARY.encode(), b"\xff", b"[]"])
async def test_an_invalid_body_names_the_field_and_never_the_value(client: httpx2.AsyncClient, body: bytes) -> None:
    response = await client.post("/orders", content=body, headers={"content-type": "application/json"})
    problem = problem_in(response)
    assert (response.status_code, problem["code"]) in [(422, "invalid-request"), (400, "bad-request")]


async def test_a_validator_that_quotes_the_value_is_not_repeated() -> None:
    app = fastapi_app()
    install(app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://redress") as client:
        response = await client.post("/orders", json={"amount_minor": 1, "contact": CANARY})
    assert problem_in(response)["errors"] == [{"at": "body.contact", "problem": "is not acceptable"}]


async def test_too_large_a_body_is_refused_with_and_without_a_length(client: httpx2.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield CANARY.encode()

    headers = {"content-type": "application/json"}
    told = await client.post("/orders", content=b" " * 101, headers=headers)
    found = await client.post("/orders", content=pieces(), headers=headers)
    assert [problem_in(response)["status"] for response in (told, found)] == [413, 413]
    assert (await client.post("/large/cards", content=b" " * 101)).status_code == 404


def test_a_decoded_body_names_the_place_at_fault() -> None:
    assert decoded(b'{"amount_minor":3}', Order) == Order(3)
    with pytest.raises(InvalidRequest) as caught:
        decoded(b'{"amount_minor":"x"}', Order)
    assert caught.value.errors == [("amount_minor", "Expected int, got str")]
