"""Plain HTTP values over a real connection, outwards with httpx2 and inwards with Starlette."""

import ssl
from functools import cache

import httpx2
from starlette.requests import Request
from starlette.responses import Response

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault

# Only these are certain to come before a byte of the request went out.
_BEFORE_SENDING = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL)


@cache
def _trusted() -> ssl.SSLContext:
    """Loading the certificates takes a tenth of a second: once is enough."""
    return ssl.create_default_context()


def open_client() -> httpx2.AsyncClient:
    """A client that takes no proxy or other setting from the environment; close it."""
    return httpx2.AsyncClient(verify=_trusted(), trust_env=False)


async def send(client: httpx2.AsyncClient, base_url: str, request: HttpRequest, *, timeout_seconds: float) -> HttpReply | TransportFault:
    """What came back for the request, or the fault that says whether it may have arrived."""
    try:
        response = await client.request(
            request.method,
            base_url.rstrip("/") + request.target,
            headers=list(request.headers),
            content=request.body,
            timeout=timeout_seconds,
        )
    except _BEFORE_SENDING as error:
        return NotSent(type(error).__name__)
    except httpx2.HTTPError as error:
        return AnswerLost(type(error).__name__)
    return HttpReply(response.status_code, tuple(response.headers.multi_items()), response.content)


async def received(request: Request, url_path: str) -> HttpRequest:
    """The request that arrived, with the path that its sender signed."""
    return HttpRequest(
        request.method,
        url_path,
        tuple(request.query_params.multi_items()),
        tuple(request.headers.items()),
        await request.body(),
    )


def response(reply: HttpReply) -> Response:
    """The answer to be sent."""
    return Response(reply.body, reply.status, dict(reply.headers))
