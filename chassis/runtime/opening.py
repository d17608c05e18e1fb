"""Opening what a service keeps in its vault, for its activities: a question to the store outside the event loop, then the vault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from chassis.attempts import sealed_of
from chassis.errors import Fault
from chassis.store.port import ReaderStore, StoreAway
from chassis.vault import Vault


def opener_of(store: ReaderStore, vault: Vault) -> Callable[[str], Awaitable[bytes | None]]:
    """`chassis.activity.Tools.open_kept` over a store."""

    async def open_kept(reference: str) -> bytes | None:
        return await asyncio.to_thread(opened, store, vault, reference)

    return open_kept


def opened(store: ReaderStore, vault: Vault, reference: str) -> bytes | None:
    """The value, or None where there is none any more; raises Fault while the store is away, and VaultTampered."""
    try:
        rows = store.vault([reference])
    except StoreAway as away:
        raise Fault(reason="store-away") from away
    return vault.open(sealed_of(rows[0])) if rows else None
