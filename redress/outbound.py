"""The way out: what activities call payment providers and suppliers with.

Whether a request may have arrived is the one thing that must not be guessed. So no connection is ever used twice: a kept-alive one
that the other side has just closed fails in a way that looks like a lost answer. Everything up to the open connection is *not sent*;
everything after it, whatever it is, is *answer lost*. All of it ends within `ANSWER_SECONDS`, well inside the shortest attempt of any
activity (8 s).

`call_public` is for addresses that a shop has named: it looks the name up itself, refuses every address that is not of the public
internet, and connects to the very address that it looked at, so that no name can lead into our own network between the two. TLS still
proves the name. Redirects are never followed.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx2

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from services.notify.webhooks.targets import UnfitTarget, check_addresses

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 7.0
LARGEST_REPLY_BYTES = 2 * 1024 * 1024
CALLS_AT_ONCE = 100

_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL)


class PrivateTarget(NotSent):
    """A name led to an address that is not of the public internet."""

    code = "private_target"


class Outbound:
    """Calls other people's HTTP services; `call` is `chassis.activity.Tools.http`. Make it inside a running event loop."""

    def __init__(self, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._client = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=CALLS_AT_ONCE, max_keepalive_connections=0),
            timeout=httpx2.Timeout(answer_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    async def call(self, base_url: str, request: HttpRequest) -> HttpReply:
        """The answer, whatever its status; raises NotSent or AnswerLost."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._exchange(base_url, request)
        except _NOT_SENT as error:
            raise NotSent from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise AnswerLost from error

    async def call_public(self, base_url: str, request: HttpRequest) -> HttpReply:
        """The same, to the public internet only; raises NotSent or AnswerLost."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                split = urlsplit(base_url)
                host = split.hostname or ""
                address = await _public_address(host, split.port or (443 if split.scheme == "https" else 80))
                place = f"[{address}]" if ":" in address else address
                pinned = f"{split.scheme}://{place}" + (f":{split.port}" if split.port else "")
                named = replace(request, headers=(("host", split.netloc), *request.headers))
                return await self._exchange(pinned, named, {"sni_hostname": host})
        except _NOT_SENT as error:
            raise NotSent from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise AnswerLost from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, base_url: str, request: HttpRequest, extensions: dict[str, Any] | None = None) -> HttpReply:
        url, headers = base_url.rstrip("/") + request.target, list(request.headers)
        async with self._client.stream(request.method, url, headers=headers, content=request.body, extensions=extensions) as reply:
            body = bytearray()
            async for chunk in reply.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_REPLY_BYTES:
                    raise AnswerLost("the answer is longer than any we know of")
        return HttpReply(reply.status_code, tuple(reply.headers.multi_items()), bytes(body))


async def _public_address(host: str, port: int) -> str:
    """The address that a name leads to, all of its addresses being public; raises NotSent."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent from error
    addresses = [str(each[4][0]) for each in found]
    try:
        check_addresses(addresses)
    except UnfitTarget as error:
        raise PrivateTarget from error
    return addresses[0]
