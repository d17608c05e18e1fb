"""Opening a shop that stands beside us: its live database, or a dump of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.foreign_tables import foreign_tables
from protocols.shops.port import Dialect, Site
from protocols.shops.reading import ShopReading
from redress.connecting.dump import tables_of


@contextmanager
def opened_shop(dialect: Dialect, site: Site, *, url: str | None, dump: Path | None) -> Iterator[ShopReading]:
    """The shop for the block, as of one moment; raises UserError, UnfitAddress, ForeignDatabaseAway."""
    if url is not None:
        with foreign_tables(url) as tables:
            yield ShopReading(dialect, site, tables.rows)
    else:
        assert dump is not None
        with tables_of(dump, [f"{site.prefix}{name}" for name in dialect.tables]) as copy, foreign_tables(copy) as tables:
            yield ShopReading(dialect, site, tables.rows)
