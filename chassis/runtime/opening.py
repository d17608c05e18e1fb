"""Opening what a service keeps in its vault, for its activities: a question to the store outside the event loop, then the vault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from chassis.attempts import sealed_of
from chassis.store.port import ReaderStore
from chassis.vault import Vault


def opener_of(store: ReaderStore, vault: Vault) -> Callable[[str], Awaitable[bytes | None]]:
    """`chassis.activity.Tools.open_kept` over a store."""

    async def open_kept(reference: str) -> bytes | None:
        rows = await asyncio.to_thread(store.vault, [reference])
        return vault.open(sealed_of(rows[0])) if rows else None

    return open_kept
