"""The delivery log: what was passed on to shops, each try of it, and what is still to be."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.order.domain.forwarding import Forwarding, Verdict

LAST_TRIES = 20
"""Tries that the log shows of one notice: the newest."""


class Forwardings(View):
    """One document for each notice passed on; sorted by shop, by whether it waits for something, and by when it came."""

    NAME = "forwardings"
    events = (Forwarding.Begun, Forwarding.Renewed, Forwarding.Tried, Forwarding.Ended, Forwarding.GivenUp, Forwarding.Replayed)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        at = event.timestamp.isoformat()
        if isinstance(event, Forwarding.Begun):
            document: dict[str, Any] = {
                "forwarding_id": str(event.originator_id),
                "shop_id": event.shop_id,
                "channel": event.provider,
                "order_number": event.order_number,
                "state": "under_way",
                "received_at": at,
                "try_count": 0,
                "tries": [],
            }
        else:
            assert row is not None, "a forwarding begins with its notice"
            document = {**row.document, **_changed(event, row.document)}
        document["updated_at"] = at
        open_mark = "done" if document["state"] == "accepted" else "open"
        return Row(f"{document['shop_id']}/{open_mark}/{document['received_at']}/{document['order_number']}", document)


def _changed(event: Any, document: dict[str, Any]) -> dict[str, Any]:
    match event:
        case Forwarding.Tried():
            tried = {"at": event.timestamp.isoformat(), "verdict": event.verdict, "status": event.status}
            tried["milliseconds"] = event.milliseconds
            return {
                "state": "accepted" if event.verdict == Verdict.ACCEPTED else document["state"],
                "try_count": document["try_count"] + 1,
                "tries": [*document["tries"], tried][-LAST_TRIES:],
            }
        case Forwarding.Ended():
            return {"state": event.result}
        case Forwarding.GivenUp():
            return {"state": "given_up"}
        case _:
            return {"state": "under_way"}


class GivenUpNotices(View):
    """One document for each notice that was given up, until it is passed on again or left at that; sorted by shop and time."""

    NAME = "given_up_notices"
    events = (Forwarding.GivenUp, Forwarding.Acknowledged, Forwarding.Renewed, Forwarding.Replayed)

    @staticmethod
    def row_id(event: Any) -> str | None:
        return str(event.originator_id)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row | None:
        if not isinstance(event, Forwarding.GivenUp):
            return None
        at = event.timestamp.isoformat(timespec="microseconds")
        document = {
            "forwarding_id": str(event.originator_id),
            "shop_id": event.shop_id,
            "channel": event.provider,
            "order_number": event.order_number,
            "try_count": event.try_count,
            "verdict": event.verdict,
            "given_up_at": at,
        }
        return Row(f"{given_up_prefix(event.shop_id)}{at}|{event.order_number}", document)


def given_up_prefix(shop_id: str) -> str:
    """What the sort keys of a shop's notices that were given up begin with."""
    return f"{shop_id}|"
