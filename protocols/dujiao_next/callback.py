"""The callback of a dujiao-next site: `POST /api/v1/upstream/callback`, when an order changes or is delivered
(guide, section 5).

Signed like any call, with the API key and secret of our account there. The body names our number
(`downstream_order_no`), theirs, the status and, once delivered, the cards. Callbacks repeat, can come late
and can be lost: asking stays the way to be sure. The answer is `{"ok": true, "message": "received"}`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from protocols.dujiao_next.orders import SupplierOrder, read_order
from protocols.dujiao_next.requests import API_ROOT, SupplierAccess
from protocols.dujiao_next.signing import signed_headers, verify
from protocols.errors import MalformedNotice, MalformedReply
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest

CALLBACK_PATH = f"{API_ROOT}/callback"


def parse_callback(request: HttpRequest, access: SupplierAccess, *, now: datetime) -> SupplierOrder:
    """The order it tells about, with our number; raises SignatureRefused, MalformedNotice."""
    verify(request, access.api_key, access.api_secret, now=now)
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise MalformedNotice("body") from error
    if not isinstance(content, dict):
        raise MalformedNotice("body")
    try:
        order = read_order(content)
    except MalformedReply as error:
        raise MalformedNotice(error.field) from error
    if order.downstream_order_no is None:
        raise MalformedNotice("downstream_order_no")
    return order


def callback_reply() -> HttpReply:
    """The answer that ends the supplier's retries."""
    return HttpReply(200, (("Content-Type", JSON_CONTENT_TYPE),), b'{"ok":true,"message":"received"}')


def build_callback(access: SupplierAccess, content: Mapping[str, Any], *, now: datetime, url_path: str = CALLBACK_PATH) -> HttpRequest:
    """A signed callback, as the supplier sends it. For the sandbox."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed_headers(access.api_key, access.api_secret, "POST", url_path, body, now=now)
    return HttpRequest("POST", url_path, headers=(*headers, ("Content-Type", JSON_CONTENT_TYPE)), body=body)
