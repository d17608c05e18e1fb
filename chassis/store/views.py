"""Tables of views on PostgreSQL: one table for all, keyed by the view's name; each view follows the log by its position."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chassis.store.pool import Pool

FOLD_ROWS = """
    INSERT INTO view_row (view, row_id, sort_key, data)
    SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::bytea[])
    ON CONFLICT (view, row_id) DO UPDATE SET sort_key = excluded.sort_key, data = excluded.data
"""
GONE_ROWS = "DELETE FROM view_row WHERE view = %s AND row_id = ANY(%b::text[])"
ROWS_OF = "SELECT row_id, sort_key, data FROM view_row WHERE view = %s AND row_id = ANY(%b::text[])"
UNFLUSHED = "SET LOCAL synchronous_commit = off"
"""Rows and position are lost together where the server dies, and folded again: no commit of the writer waits behind this one's flush."""
MOVED = "UPDATE view_position SET position = %s WHERE view = %s AND position = %s RETURNING position"
VIEW_ROWS = """
    SELECT row_id, data FROM view_row
    WHERE view = %s AND sort_key >= %s AND sort_key < %s AND starts_with(sort_key, %s)
    ORDER BY sort_key DESC, row_id DESC LIMIT %s
"""
HIGHEST = chr(0x10FFFF)
"""Sorts after every character, so prefix + HIGHEST bounds the keys that start with the prefix."""
END_OF_KEYS = HIGHEST * 64


class PostgresViews:
    """The view port over a pool that the caller owns."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def view_position(self, view: str) -> int:
        row = self._pool.row("SELECT position FROM view_position WHERE view = %s", view)
        return int(row[0]) if row else 0

    def fold_view(self, view: str, seen: int, position: int, puts: Mapping[str, tuple[str, bytes] | None]) -> bool:
        kept = [(row_id, *put) for row_id, put in puts.items() if put is not None]
        gone = [row_id for row_id, put in puts.items() if put is None]
        with self._pool.connection() as connection, connection.pipeline(), connection.transaction():
            connection.execute(UNFLUSHED)
            connection.execute("INSERT INTO view_position VALUES (%s, 0) ON CONFLICT DO NOTHING", [view])
            moved = connection.execute(MOVED, [position, view, seen])
            if moved.fetchone() is None:
                return False
            if gone:
                connection.execute(GONE_ROWS, [view, gone])
            if kept:
                connection.execute(FOLD_ROWS, [view, *(list(column) for column in zip(*kept, strict=True))])
            return True

    def view_row(self, view: str, row_id: str) -> tuple[str, bytes] | None:
        row = self._pool.row("SELECT sort_key, data FROM view_row WHERE view = %s AND row_id = %s", view, row_id)
        return None if row is None else (str(row[0]), bytes(row[1]))

    def view_rows_of(self, view: str, row_ids: Collection[str]) -> dict[str, tuple[str, bytes]]:
        return {row_id: (sort_key, data) for row_id, sort_key, data in self._pool.rows(ROWS_OF, view, list(row_ids))}

    def view_rows(self, view: str, prefix: str = "", limit: int = 100, below: str | None = None) -> list[tuple[str, bytes]]:
        highest = prefix + END_OF_KEYS if below is None else min(below, prefix + END_OF_KEYS)
        rows = self._pool.rows(VIEW_ROWS, view, prefix, highest, prefix, limit)
        return [(row_id, data) for row_id, data in rows]

    def drop_view(self, view: str) -> None:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("DELETE FROM view_position WHERE view = %s", [view])
            connection.execute("DELETE FROM view_row WHERE view = %s", [view])
