"""What an operator asks of a stand-by is passed on to the writer: behind one address nobody knows which process answers.

The same request goes to the writer's own address, with the operator's authorization, and the writer judges it. It says that it was passed
on, so two processes that each take the other for the writer do not play ball with it.
"""

from __future__ import annotations

import asyncio

import httpx2
from starlette.requests import Request
from starlette.responses import Response

from chassis.runtime.desk import WriterAway
from chassis.runtime.node import Node

PASSED_ON = "x-redress-passed-on"
PASS_SECONDS = 30.0


async def answer_of_writer(node: Node, request: Request) -> Response | None:
    """The writer's answer to a request that reached a stand-by; None where this process is the writer. Raises WriterAway."""
    if node.writer.is_writing:
        return None
    address = None if PASSED_ON in request.headers else await asyncio.to_thread(node.store.writer_address)
    if address is None:
        raise WriterAway()
    headers = {PASSED_ON: "yes", "authorization": request.headers.get("authorization", ""), "content-type": "application/json"}
    content = await request.body()
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    try:
        reply = await node.client.request(request.method, address + path, content=content, headers=headers, timeout=PASS_SECONDS)
    except httpx2.HTTPError as error:
        raise WriterAway() from error
    return Response(reply.content, reply.status_code, media_type=reply.headers.get("content-type"))
