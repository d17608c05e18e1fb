"""The switches that make a party misbehave, for one order or for all, for a span of time or until switched off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec


class PaymentFaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a payment provider misbehaves; the default behaves well."""

    is_down: bool = False
    """Queries find nobody listening; notices keep coming, as they do when only one side is cut off."""
    is_failing: bool = False
    """Queries are answered with an HTTP 502 page."""
    is_failing_to_create: bool = False
    """A failing channel: calls that create a payment are answered with an HTTP 502 page; all else goes on."""
    is_refusing_to_create: bool = False
    """A failing channel: calls that create a payment are refused, as by a provider that has closed the account."""
    is_answer_lost: bool = False
    """Calls arrive, their answers do not."""
    is_query_unpaid: bool = False
    """Queries say "not paid" about a paid order."""
    slow_seconds: float = 0.0
    lost_notice_count: int = 0
    """So many notices vanish on their way; the provider sees no success word and goes on with its schedule.
    """
    duplicate_notice_count: int = 0
    """So many further copies of each notice that is sent."""
    notice_delay_seconds: float = 0.0
    """The first notice is late by this."""
    notice_total: str | None = None
    """Notices name this amount, rightly signed, instead of the one paid."""
    is_notice_forged: bool = False
    """Notices carry a signature that belongs to another content."""


class SupplierFaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a card supplier misbehaves; the default behaves well."""

    is_down: bool = False
    """Nobody is listening: certainly nothing happens."""
    is_failing: bool = False
    """Every call is answered with `internal_error` (500) and has no effect."""
    is_failing_after_success: bool = False
    """A create makes the order and is answered with a 502 page."""
    is_answer_lost: bool = False
    """A create makes the order, its answer is lost (time-out after success)."""
    slow_seconds: float = 0.0
    is_ordering_twice: bool = False
    """Lying about idempotency: a repeated create makes, charges and delivers a further order."""
    is_wrong_product: bool = False
    """A card of another product is delivered."""
    is_out_of_stock: bool = False
    is_without_balance: bool = False
    is_delisted: bool = False
    is_card_invalid: bool = False
    """The delivered card violates the product's pattern."""
    is_card_duplicate: bool = False
    """A card that was delivered before is delivered again (where there is one)."""
    is_denying_orders: bool = False
    """Lying: "not found" is the answer to every question about an order that exists."""
    late_seconds: float = 0.0
    """The card comes so much later; until then the order is only paid."""


F = TypeVar("F")


@dataclass(frozen=True)
class _Setting(Generic[F]):
    faults: F
    until: datetime | None


class FaultBook(Generic[F]):
    """Which faults hold: those of the order where it has some, else those set for all, else none.

    A shop derives a supplier's order numbers from its own (`RD1-1-2` from `RD1`): faults set for a number also hold for the
    numbers that continue it after a mark; the longest one set decides.
    """

    def __init__(self, none: F) -> None:
        self._none = none
        self._for_all: _Setting[F] | None = None
        self._by_order: dict[str, _Setting[F]] = {}

    def set(self, faults: F, *, order_number: str | None = None, until: datetime | None = None) -> None:
        """Let the faults hold for one order or, without a number, for all; until a moment or until cleared."""
        if order_number is None:
            self._for_all = _Setting(faults, until)
        else:
            self._by_order[order_number] = _Setting(faults, until)

    def clear(self, order_number: str | None = None) -> None:
        """Take back what was set for the order, or, without a number, everything."""
        if order_number is not None:
            self._by_order.pop(order_number, None)
            return
        self._for_all = None
        self._by_order.clear()

    def holding(self, now: datetime, order_number: str | None = None) -> F:
        """The faults that hold now for the order (or for a call that names none)."""
        for setting in (*self._of_order(order_number or ""), self._for_all):
            if setting is not None and (setting.until is None or now < setting.until):
                return setting.faults
        return self._none

    def _of_order(self, number: str) -> list[_Setting[F]]:
        matching = [key for key in self._by_order if number == key or (number.startswith(key) and not number[len(key)].isalnum())]
        return [self._by_order[key] for key in sorted(matching, key=len, reverse=True)]
