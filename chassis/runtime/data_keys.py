"""Wrapped data keys of the vault, kept in the service's own store."""

from __future__ import annotations

from chassis.store.port import ReaderStore


class StoredDataKeys:
    """Implements the vault's `DataKeys`. The first key kept for a version stays."""

    def __init__(self, store: ReaderStore) -> None:
        self._store = store

    def get(self, service: str, shop_id: str, version: int) -> bytes | None:
        found = self._store.data_key(shop_id, version)
        return None if found is None else found[1]

    def put(self, service: str, shop_id: str, version: int, wrapped: bytes) -> bytes:
        self._store.put_data_key(shop_id, version, wrapped)
        kept = self._store.data_key(shop_id, version)
        assert kept is not None
        return kept[1]
