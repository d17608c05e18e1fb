"""The view of what each supplier did, and the advice read from it.

A call that can still bring a card (unknown) says nothing yet, and one for which our money at the supplier did not suffice says nothing
of the supplier. That it is out of stock is a failed call, but no fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chassis.store.port import ViewStore
from chassis.view import Row, View
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.ordering import NO_FAULT
from services.inventory.sourcing.domain.score import NO_TALLY, Sample, Tally
from services.inventory.sourcing.domain.supplier import Supplier

_UNTOLD = frozenset({"unknown", "no_balance"})


class SupplierTallies(View):
    """One document a supplier: its tally. Sorted by shop and supplier. What it did counts anew once it is taken back, or on probation."""

    NAME = "supplier_tallies"
    events = (Need.CallFailed, Need.Delivered, Supplier.Suspended, Supplier.ProbationBegan, Supplier.Resumed)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return score_key(event.shop_id, event.supplier_code) if event.shop_id else None

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        known = tally_in(row.document) if row is not None else NO_TALLY
        match event:
            case Supplier.Suspended():
                tally = known.in_standing(event.standing)
            case Supplier.ProbationBegan() | Supplier.Resumed():
                tally = NO_TALLY.in_standing(event.standing)
            case _:
                sample = _sample(event)
                if sample is None:
                    return row
                tally = known.and_one(sample, event.timestamp)
        key = score_key(event.shop_id, event.supplier_code)
        told = {"key": key, "shop_id": event.shop_id, "supplier_code": event.supplier_code}
        return Row(key, {**told, "tally": msgspec.to_builtins(tally)})


def _sample(event: Need.CallFailed | Need.Delivered) -> Sample | None:
    match event:
        case Need.Delivered():
            return Sample(True, True, event.latency_milliseconds)
        case _ if event.error_class in _UNTOLD:
            return None
        case _ if event.error_class == "invalid_card":
            return Sample(True, False, None, is_fault=True)
        case _:
            return Sample(False, None, None, is_fault=event.error_class not in NO_FAULT)


def supplier_tallies(store: ViewStore) -> Mapping[str, Tally]:
    """The advice: the tally of each supplier by `score_key`."""
    documents = (msgspec.json.decode(data) for _, data in store.view_rows(SupplierTallies.NAME, limit=10_000))
    return {each["key"]: tally_in(each) for each in documents}


def tally_in(document: Mapping[str, Any]) -> Tally:
    """The tally of a supplier's document."""
    return msgspec.convert(document["tally"], Tally)
