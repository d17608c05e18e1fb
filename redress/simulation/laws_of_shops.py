"""What must hold between shops of one installation: nothing of one is ever in the hands of another."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec

from redress.simulation.evidence import Evidence


def nothing_crosses(evidence: Evidence) -> Iterator[str]:
    """A stream and what it says are of one shop, and every card and need that it names is of the same."""
    shop_of: dict[UUID, str] = {}
    for service in evidence.stores:
        for row in evidence.every_row(service):
            if shop_of.setdefault(row.stream_id, row.shop_id) != row.shop_id:
                yield f"{service}: {row.kind} {row.stream_id} is of {shop_of[row.stream_id]}, its {row.topic} of {row.shop_id}"
    for service in evidence.stores:
        for row in evidence.every_row(service):
            facts = msgspec.json.decode(row.state)
            said = msgspec.json.decode(row.value) if row.value is not None else {}
            if said.get("shop_id", row.shop_id) != row.shop_id:
                yield f"{service}: {row.topic} of {row.shop_id} speaks of {said['shop_id']}"
            for name in ("card_id", "need_id"):
                for named in {facts.get(name), said.get(name)} - {None}:
                    owner = shop_of.get(UUID(str(named)))
                    if owner not in (None, row.shop_id):
                        yield f"{service}: {row.topic} of {row.shop_id} names the {name} {named}, which is of {owner}"
