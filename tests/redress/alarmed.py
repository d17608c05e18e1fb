"""The views of an installation in which things went wrong: single events, as the golden samples hold them, folded into the stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from chassis.store.memory import MemoryStore
from chassis.store.rows import EventRow
from chassis.view import Row, View
from redress.composition import SERVICES
from services.inventory.quality.views import StockAlerts
from services.inventory.sourcing.alerts import Alerts
from services.notify.webhooks.views import GivenUp, Webhooks
from services.order.callbacks.views import GivenUpNotices
from services.order.connecting.views import ShopContradictions
from services.order.watching.views import Channels
from tests.harness import START

TESTS = Path(__file__).parents[1]
VIEWS: Mapping[str, tuple[type[View], ...]] = {
    "inventory": (Alerts, StockAlerts),
    "order": (Channels, GivenUpNotices, ShopContradictions),
    "notify": (Webhooks, GivenUp),
}
"""By service, those that alerts are read from."""
SHOP, STREAM = "shop", UUID(int=5)


class Alarmed:
    """`happened` says what went wrong; `stores` are what people are shown."""

    def __init__(self) -> None:
        self.stores: Mapping[str, MemoryStore] = {name: MemoryStore() for name in SERVICES}
        self.now = START

    def happened(self, sample: str, *, stream: UUID = STREAM, **changes: Any) -> None:
        """A minute later, the event of a golden sample (`inventory.Need.Exhausted@2`) in the views that follow it."""
        self.now += timedelta(minutes=1)
        name = sample.partition(".")[0]
        (file,) = (TESTS / name / "samples").glob(f"{sample}*.json")
        state = {**msgspec.json.decode(file.read_bytes()), **changes}
        nothing = (None, None, None, None, None, None, None)
        row = EventRow(1, stream, 1, "", sample, SHOP, self.now, msgspec.json.encode(state), None, "", "", *nothing)
        self._show(name, SERVICES[name].codec.decode(row))

    def _show(self, service: str, event: Any) -> None:
        store = self.stores[service]
        for view in VIEWS[service]:
            row_id = view.row_id(event) if type(event) in view.events else None
            if row_id is None:
                continue
            known = store.view_row(view.NAME, row_id)
            before = None if known is None else Row(known[0], msgspec.json.decode(known[1]))
            after = view.fold(event, before)
            put = None if after is None else (after.sort_key, msgspec.json.encode(after.document))
            seen = store.view_position(view.NAME)
            assert store.fold_view(view.NAME, seen, seen + 1, {row_id: put})
