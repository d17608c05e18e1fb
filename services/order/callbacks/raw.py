"""A notice as it arrived, kept and made into a request to the shop: method, query, body and what the signature rests on stay as they are.

Only headers that the provider signs, or that say how the body reads, are kept: the others are of the connection, not of the notice.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from protocols.http import HttpRequest
from services.order.channels.port import RawNotice

NOTICE_ID_HEADER = "Redress-Notice-Id"
"""The same over all tries of a notice, for shops that want to tell repeats by it."""
_SIGNED_PREFIXES = ("wechatpay-",)


class KeptNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed. `query`: as it stood on the request line, still encoded."""

    method: str
    query: str
    headers: dict[str, str]
    body: bytes


def kept_bytes(raw: RawNotice) -> bytes:
    """A notice for the vault."""
    headers = {name.lower(): value for name, value in raw.headers.items() if _matters(name.lower())}
    kept = KeptNotice(method=raw.method, query=raw.query.decode("latin-1"), headers=headers, body=raw.body)
    return msgspec.msgpack.encode(kept)


def request_of(kept: bytes, shop_url: str, notice_id: str) -> tuple[str, HttpRequest]:
    """The base URL and the request that brings a kept notice to the shop's own address."""
    notice = msgspec.msgpack.decode(kept, type=KeptNotice)
    target = urlsplit(shop_url)
    query = "&".join(part for part in (target.query, notice.query) if part)
    path = (target.path or "/") + (f"?{query}" if query else "")
    headers = (*notice.headers.items(), (NOTICE_ID_HEADER, notice_id))
    return f"{target.scheme}://{target.netloc}", HttpRequest(notice.method, path, headers=headers, body=notice.body)


def _matters(name: str) -> bool:
    return name == "content-type" or name.startswith(_SIGNED_PREFIXES)
