"""Lists in pages: the newest first, and a cursor that says where the next page begins.

A cursor is the sort key of the last row that was shown, in URL base64 without padding. Rows may come and go between two pages: what is
newer than the cursor is not shown again, and nothing that stood behind it is left out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import Query

from chassis.desk import Desk
from chassis.problem import InvalidRequest
from chassis.view import View

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=2_000)]


async def page(
    desk: Desk, view: type[View], prefix: str, limit: int, cursor: str | None, sort_key: Callable[[dict[str, Any]], str]
) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `limit` documents whose sort keys begin with `prefix`, and the cursor behind them (None: these were the last)."""
    below = None if cursor is None else _sort_key_of(cursor, prefix)
    rows = await desk.ask(desk.store.view_rows, view.NAME, prefix, limit + 1, below)
    documents = [msgspec.json.decode(data) for _, data in rows]
    following = _cursor_of(sort_key(documents[limit - 1])) if len(documents) > limit else None
    return documents[:limit], following


def _cursor_of(sort_key: str) -> str:
    return base64.urlsafe_b64encode(sort_key.encode()).decode().rstrip("=")


def _sort_key_of(cursor: str, prefix: str) -> str:
    try:
        sort_key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidRequest([("query.cursor", "is not one that was given")]) from None
    if not sort_key.startswith(prefix) or "\x00" in sort_key:
        raise InvalidRequest([("query.cursor", "belongs to another list")])
    return sort_key
