"""Planted defects in the accounts with suppliers: claims, deposits and settlements."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import PropertyMock, patch

from services.inventory.claims.domain.claim import Claim
from services.inventory.deposits import entering
from services.inventory.settlement.domain.settlement import Settlement
from services.inventory.sourcing import saga
from services.inventory.sourcing.domain.supplier import Supplier


def silence_accepts_nothing() -> AbstractContextManager[Any]:
    """The limit of a claim passes, and nothing comes of it."""
    return patch.object(Claim, "accept_silence", lambda _claim: None)


def floor_stops_nobody() -> AbstractContextManager[Any]:
    """A supplier whose deposit lies below its floor gets orders as ever."""
    return patch.object(Supplier, "is_stopped_for_deposit", PropertyMock(return_value=False))


def claims_deducted_too_high() -> AbstractContextManager[Any]:
    """What is deducted for a claim is what the card cost and a fen."""
    enter = entering.enter

    def enter_more(account: Any, work: Any, *, amount_minor: int, **named: Any) -> Any:
        return enter(account, work, amount_minor=amount_minor - (amount_minor < 0), **named)

    return patch.object(entering, "enter", enter_more)


def frozen_lines_stay_in_their_settlement() -> AbstractContextManager[Any]:
    """A line that is frozen is not taken out of the settlement it was in."""
    return patch.object(Settlement, "give_back", lambda _settlement, _card_id: None)


def sales_of_consignors_forgotten() -> AbstractContextManager[Any]:
    """Nobody notes that a consignor's card was sold."""
    return patch.object(saga, "note_sale", lambda *_: None)
