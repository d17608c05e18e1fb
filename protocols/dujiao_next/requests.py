"""The calls to an upstream dujiao-next site, as requests ready to send (its integration guide, sections 3 and
4).

The documented interface finds an order only by the supplier's own `order_id`, which is unknown exactly when
an answer was lost. What it offers instead is idempotency: the same API key and `downstream_order_no` never
make a second order, and a repeated `POST /orders` answers with the first one. So there are two ways to find
out what became of a lost create:

- `build_find_order` asks without ordering: `GET /orders?downstream_order_no=…`. **Unproven**: our sandbox
  answers it and some sites may; a site without it answers 404 without the error envelope, which
  `parse_find_reply` does not take for "no such order".
- repeating `build_create_order` with the same number, on a site whose idempotency is trusted: if the first
  call did not arrive, this one orders, so it is *performing*, not asking.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from protocols.dujiao_next.signing import signed_headers
from protocols.http import JSON_CONTENT_TYPE, HttpRequest, Pairs

API_ROOT = "/api/v1/upstream"


@dataclass(frozen=True)
class SupplierAccess:
    """Our account at one supplier."""

    api_key: str
    api_secret: str = field(repr=False)


def build_ping(access: SupplierAccess, *, now: datetime) -> HttpRequest:
    """Connectivity, balance and currency."""
    return _signed(access, "POST", "/ping", now=now)


def build_products(access: SupplierAccess, *, now: datetime, page: int = 1, page_size: int = 100) -> HttpRequest:
    """One page of what the supplier sells now; `page_size` 1 to 100."""
    return _signed(access, "GET", "/products", now=now, query=(("page", str(page)), ("page_size", str(page_size))))


def build_create_order(
    access: SupplierAccess,
    *,
    sku_id: int,
    quantity: int,
    downstream_order_no: str,
    now: datetime,
    callback_url: str | None = None,
    trace_id: str | None = None,
    manual_form_data: Mapping[str, str] | None = None,
) -> HttpRequest:
    """Order `quantity` of one SKU, paid from our balance there. `downstream_order_no` is our number: unchanged over retries.

    `manual_form_data`: what the buyer filled in, of goods with a form, such as the account of a top-up.
    """
    content: dict[str, object] = {
        "sku_id": sku_id,
        "quantity": quantity,
        "downstream_order_no": downstream_order_no,
    }
    if callback_url is not None:
        content["callback_url"] = callback_url
    if trace_id is not None:
        content["trace_id"] = trace_id
    if manual_form_data:
        content["manual_form_data"] = dict(manual_form_data)
    body = json.dumps(content, separators=(",", ":")).encode()
    return _signed(access, "POST", "/orders", now=now, body=body)


def build_get_order(access: SupplierAccess, order_id: int, *, now: datetime) -> HttpRequest:
    """One order by the supplier's id, with its cards once delivered."""
    return _signed(access, "GET", f"/orders/{order_id}", now=now)


def build_find_order(access: SupplierAccess, downstream_order_no: str, *, now: datetime) -> HttpRequest:
    """One order by our own number. Unproven outside our sandbox: see the module's text."""
    return _signed(access, "GET", "/orders", now=now, query=(("downstream_order_no", downstream_order_no),))


def build_cancel_order(access: SupplierAccess, order_id: int, *, now: datetime) -> HttpRequest:
    """Cancel an order that is not delivered yet; the balance comes back."""
    return _signed(access, "POST", f"/orders/{order_id}/cancel", now=now)


def _signed(access: SupplierAccess, method: str, path: str, *, now: datetime, query: Pairs = (), body: bytes = b"") -> HttpRequest:
    url_path = API_ROOT + path
    headers = signed_headers(access.api_key, access.api_secret, method, url_path, body, now=now)
    if body:
        headers = (*headers, ("Content-Type", JSON_CONTENT_TYPE))
    return HttpRequest(method, url_path, query, headers, body)
