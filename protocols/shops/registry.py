"""The kinds of shop that can stand beside us."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.shops.acg_faka import AcgFaka
from protocols.shops.dujiao_next import DujiaoNext
from protocols.shops.dujiaoka import Dujiaoka
from protocols.shops.port import Dialect

DIALECTS: Mapping[str, Dialect] = {dialect.code: dialect for dialect in (Dujiaoka(), AcgFaka(), DujiaoNext())}
"""By their codes, as `redress connect` takes them."""
