"""Reading another service's feed and heads over HTTP.

`GET /feed?epoch=1&wants=17:204,18:0` answers the records of each slot after a sequence, oldest first, at most about `max_bytes`:

    {"epoch": 1, "is_cut": false, "rows": [{"slot": 17, "sequence": 205, "epoch": 1, "key": "…", "headers": {…}, "value": "<base64>"}]}

`is_cut` says that the page ended before the records did. A request in another epoch than the store's is answered 409 with its epoch
and all forks. `GET /feed/heads` answers `{"epoch": 1, "sequences": [256 numbers]}`. The bytes are the ones that went to Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx2
import msgspec

from chassis.errors import Fault
from chassis.store.rows import Fork, PublicRow

PAGE_BYTES = 1_000_000

T = TypeVar("T")


class FeedRow(msgspec.Struct, frozen=True):
    slot: int
    sequence: int
    epoch: int
    key: str
    headers: msgspec.Raw
    value: bytes


class FeedPage(msgspec.Struct, frozen=True):
    epoch: int
    is_cut: bool
    rows: list[FeedRow]


class FeedHeads(msgspec.Struct, frozen=True):
    epoch: int
    sequences: list[int]


class FeedFork(msgspec.Struct, frozen=True):
    epoch: int
    slot: int
    sequence: int


class FeedForks(msgspec.Struct, frozen=True):
    """The body of a 409."""

    epoch: int
    forks: list[FeedFork]


class PageOfRows(msgspec.Struct, frozen=True):
    """A page as the consumer uses it."""

    rows: list[PublicRow]
    is_cut: bool


class OtherEpoch(Exception):
    """The source is in another epoch; here are all its forks."""

    def __init__(self, epoch: int, forks: list[Fork]) -> None:
        super().__init__(f"epoch {epoch}")
        self.epoch = epoch
        self.forks = forks


class FeedAway(Fault):
    code = "feed-away"
    title = "The feed of another service cannot be read"


class FeedClient:
    """One source's feed, read with this service's token."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str, authorization: Callable[[], str], source: str) -> None:
        self._client = client
        self._base_url = base_url
        self._authorization = authorization
        self._source = source

    async def heads(self) -> tuple[int, list[int]]:
        """Epoch and the 256 head sequences; raises FeedAway."""
        heads = self._decoded(await self._get("/feed/heads"), FeedHeads)
        return heads.epoch, heads.sequences

    async def read(self, epoch: int, wants: Mapping[int, int]) -> PageOfRows:
        """Records after a sequence, per slot; raises OtherEpoch or FeedAway."""
        asked = ",".join(f"{slot}:{sequence}" for slot, sequence in wants.items())
        page = self._decoded(await self._get(f"/feed?epoch={epoch}&wants={asked}&max_bytes={PAGE_BYTES}"), FeedPage)
        return PageOfRows([PublicRow(0, r.slot, r.sequence, r.epoch, r.key, bytes(r.headers), r.value) for r in page.rows], page.is_cut)

    async def forks(self, epoch: int) -> list[Fork]:
        """All forks of a source that is in a newer epoch than this one; raises FeedAway. Empty where it is not."""
        try:
            await self._get(f"/feed?epoch={epoch}&wants=0:0&max_bytes=0")
        except OtherEpoch as other:
            return other.forks
        return []

    async def _get(self, path: str) -> bytes:
        try:
            reply = await self._client.get(self._base_url + path, headers={"authorization": self._authorization()}, timeout=10.0)
        except httpx2.HTTPError as error:
            raise FeedAway(source=self._source) from error
        if reply.status_code == 409:
            forks = self._decoded(reply.content, FeedForks)
            raise OtherEpoch(forks.epoch, [Fork(f.epoch, f.slot, f.sequence) for f in forks.forks])
        if reply.status_code != 200:
            raise FeedAway(source=self._source, http_status=reply.status_code)
        return reply.content

    def _decoded(self, body: bytes, kind: type[T]) -> T:
        """What stands at the address may be something else, a proxy's error page for one."""
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise FeedAway(source=self._source, reason="unreadable-answer") from None
