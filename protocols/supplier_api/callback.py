"""The callback of the supplier API: `POST` to the order's `callback_url` when the order has changed.

Signed like any call, with the key and secret of the account the order was made with; TARGET is the path of the URL as it was given.
Callbacks repeat, can come late and can be lost: asking stays the way to be sure. Any 2xx ends the supplier's retries.
"""

from datetime import datetime

import msgspec

from protocols.errors import MalformedNotice
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest
from protocols.supplier_api.messages import Order, OrderChanged
from protocols.supplier_api.requests import Access
from protocols.supplier_api.signing import signed_headers, verify


def parse_callback(request: HttpRequest, access: Access, *, now: datetime) -> Order:
    """The order it tells about; raises SignatureRefused, MalformedNotice."""
    verify(request, access.key, access.secret, now=now)
    try:
        return msgspec.json.decode(request.body, type=OrderChanged).order
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedNotice("body") from error


def callback_reply() -> HttpReply:
    """The answer that ends the supplier's retries."""
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), b'{"received":true}')


def build_callback(access: Access, order: Order, *, target: str, now: datetime) -> HttpRequest:
    """A signed callback, as the supplier sends it to that path. For the sandbox."""
    body = msgspec.json.encode(OrderChanged(event="order.changed", order=order))
    headers = signed_headers(access.key, access.secret, "POST", target, body, now=now)
    return HttpRequest("POST", target, headers=(*headers, ("Content-Type", JSON_CONTENT_TYPE)), body=body)
