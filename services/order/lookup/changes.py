"""`GET /orders/changes`: the orders of a shop that changed since a cursor, so that a shop without webhooks misses nothing.

Behind a cursor are the epoch of the service's log and a place in it. It is sealed for its shop, and all cursors are of one length: the
log is that of the whole installation, and how long it is tells how well the other shops sell. Changes are read from the log itself, as
far as the view of the orders has followed it, so an order is shown as it is at that place or later, and no change is left out, whatever
clocks do. One that changed twice is shown once. A page reads a bounded piece of the log: it may be empty and still not be the last.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response

from chassis.desk import Desk
from chassis.errors import Refusal
from chassis.vault import Sealed, Vault, VaultTampered
from services.order.access import SHOP_ID_PATTERN, shop_seen_by
from services.order.domain.order import Order
from services.order.views import Orders

SCOPE = "orders:read"
PAGE_EVENTS, MOST_PAGES = 2_000, 10
_KIND, _EVERY_SHOP = "cursor", "*"


class CursorOutdated(Refusal):
    code = "cursor-outdated"
    title = "This service was restored since, or the cursor is not one that you were given: begin anew without one"
    is_kept = False


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """`cursor`: for the next question. `is_last`: nothing more has happened so far."""

    orders: list[msgspec.Raw]
    cursor: str
    is_last: bool


def routes(desk: Desk) -> APIRouter:
    """The route of changes; before that of a single order, whose path it would be as well."""
    router = APIRouter()

    @router.get("/orders/changes")
    async def changes(
        request: Request,
        after: Annotated[str | None, Query(max_length=200)] = None,
        shop_id: Annotated[str | None, Query(pattern=SHOP_ID_PATTERN)] = None,
    ) -> Response:
        """Orders that changed after a cursor; without one just the cursor to begin with."""
        seen = shop_seen_by(desk.authenticate(request.headers.get("authorization")), SCOPE, shop_id)
        body = await desk.ask(_read, desk.store, desk.vault, seen, after)
        return Response(msgspec.json.encode(body), 200, {"cache-control": "no-store"}, "application/json")

    return router


def _read(store: Any, vault: Vault, shop_id: str | None, after: str | None) -> Changes:
    """One page; blocks."""
    epoch, _ = store.slot_heads()
    followed = store.view_position(Orders.NAME)
    if after is None:
        return Changes(orders=[], cursor=_sealed(vault, shop_id, epoch, followed), is_last=True)
    given_epoch, end = _opened(vault, shop_id, after)
    if given_epoch != epoch:
        raise CursorOutdated()
    changed: dict[str, None] = {}
    for _ in range(MOST_PAGES):
        rows = [row for row in store.events_after(end, PAGE_EVENTS) if row.log_id <= followed]
        if not rows:
            break
        end = rows[-1].log_id
        changed |= dict.fromkeys(str(row.stream_id) for row in rows if row.kind == Order.TOPIC and shop_id in (None, row.shop_id))
        if changed:
            break
    documents = store.view_rows_of(Orders.NAME, list(changed))
    shown = [msgspec.Raw(documents[order_id][1]) for order_id in changed if order_id in documents]
    return Changes(orders=shown, cursor=_sealed(vault, shop_id, epoch, end), is_last=end >= followed)


def _sealed(vault: Vault, shop_id: str | None, epoch: int, log_id: int) -> str:
    sealed = vault.seal(_KIND, shop_id or _EVERY_SHOP, _KIND, f"{epoch:06d}.{log_id:018d}")
    return base64.urlsafe_b64encode(UUID(sealed.reference).bytes + sealed.key_version.to_bytes(2, "big") + sealed.ciphertext).decode()


def _opened(vault: Vault, shop_id: str | None, cursor: str) -> tuple[int, int]:
    """Epoch and place; raises CursorOutdated for anything that this shop was not given."""
    try:
        raw = base64.urlsafe_b64decode(cursor)
        reference, version = str(UUID(bytes=raw[:16])), int.from_bytes(raw[16:18], "big")
        text = vault.open(Sealed(reference, _KIND, shop_id or _EVERY_SHOP, _KIND, version, raw[18:])).decode()
    except (binascii.Error, ValueError, VaultTampered):
        raise CursorOutdated() from None
    epoch, _, log_id = text.partition(".")
    return int(epoch), int(log_id)
