"""The calls that a supplier's server answers, as requests ready to send.

PUT  /supplier/v1/orders/{number}               order under our number; the same again answers with the same order
GET  /supplier/v1/orders/{number}               where it stands, by our number
POST /supplier/v1/orders/{number}/cancellation  cancel what is not delivered
GET  /supplier/v1/balance                       what is left of our money
GET  /supplier/v1/goods?after=&limit=           what is sold, at what price, how many are left
GET  /supplier/v1/goods/{sku_id}                the same of one
POST /supplier/v1/card-status                   whether a card still works
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from protocols.http import JSON_CONTENT_TYPE, HttpRequest, Pairs
from protocols.supplier_api.messages import CardQuestion, OrderRequest
from protocols.supplier_api.signing import signed_headers

API_ROOT = "/supplier/v1"


@dataclass(frozen=True)
class Access:
    """The account at one supplier: its name, and the secret that signs."""

    key: str
    secret: str = field(repr=False)


def build_create(
    access: Access,
    number: str,
    *,
    sku_id: int,
    now: datetime,
    quantity: int = 1,
    callback_url: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> HttpRequest:
    """Order; paid from our balance there. `fields`: whom a top-up is for."""
    body = msgspec.json.encode(OrderRequest(sku_id=sku_id, quantity=quantity, callback_url=callback_url, fields=dict(fields or {})))
    return _signed(access, "PUT", f"/orders/{number}", now=now, body=body)


def build_get(access: Access, number: str, *, now: datetime) -> HttpRequest:
    """One order, with its cards once delivered."""
    return _signed(access, "GET", f"/orders/{number}", now=now)


def build_cancel(access: Access, number: str, *, now: datetime) -> HttpRequest:
    """Cancel an order that is not delivered; the money comes back."""
    return _signed(access, "POST", f"/orders/{number}/cancellation", now=now)


def build_balance(access: Access, *, now: datetime) -> HttpRequest:
    """What is left of our money."""
    return _signed(access, "GET", "/balance", now=now)


def build_page(access: Access, *, now: datetime, after: int | None = None, limit: int = 100) -> HttpRequest:
    """One page of the goods, behind `after`."""
    query = (("limit", str(limit)), *((("after", str(after)),) if after is not None else ()))
    return _signed(access, "GET", "/goods", now=now, query=query)


def build_goods(access: Access, sku_id: int, *, now: datetime) -> HttpRequest:
    """One of the goods."""
    return _signed(access, "GET", f"/goods/{sku_id}", now=now)


def build_card_question(access: Access, number: str | None, card: str, *, now: datetime) -> HttpRequest:
    """Whether a card still works; `number` None: it was sold in a file. The card stands in the body, never in a path."""
    body = msgspec.json.encode(CardQuestion(number=number, card=card))
    return _signed(access, "POST", "/card-status", now=now, body=body)


def _signed(access: Access, method: str, path: str, *, now: datetime, query: Pairs = (), body: bytes = b"") -> HttpRequest:
    request = HttpRequest(method, API_ROOT + path, query, body=body)
    headers = signed_headers(access.key, access.secret, method, request.target, body, now=now)
    content_type = (("Content-Type", JSON_CONTENT_TYPE),) if body else ()
    return HttpRequest(method, request.url_path, query, (*headers, *content_type), body)
