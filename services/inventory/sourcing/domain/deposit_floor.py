"""Whether a supplier's deposit lets it have orders: it does not while one lies below its floor (`deposits/`).

This stands beside a suspension, which is about how the supplier works: neither lifts the other.
"""

from __future__ import annotations

from chassis.aggregate import Event, Part, event


class DepositFloor(Part):
    """`stopped_currencies`: of the deposits that lie below their floors."""

    stopped_currencies: tuple[str, ...]

    class StoppedForDeposit(Event):
        TOPIC = "inventory.Supplier.StoppedForDeposit"
        PRIVATE = True
        currency: str

    class WentOnWithDeposit(Event):
        TOPIC = "inventory.Supplier.WentOnWithDeposit"
        PRIVATE = True
        currency: str

    @property
    def is_stopped_for_deposit(self) -> bool:
        return bool(self.stopped_currencies)

    def stop_for_deposit(self, currency: str) -> None:
        """Its deposit lies below the floor: no new orders; a second time changes nothing."""
        if currency not in self.stopped_currencies:
            self._stopped_for_deposit(currency=currency)

    @event(StoppedForDeposit)
    def _stopped_for_deposit(self, currency: str) -> None:
        self.stopped_currencies += (currency,)

    def go_on_with_deposit(self, currency: str) -> None:
        """Its deposit suffices again; a second time changes nothing."""
        if currency in self.stopped_currencies:
            self._went_on_with_deposit(currency=currency)

    @event(WentOnWithDeposit)
    def _went_on_with_deposit(self, currency: str) -> None:
        self.stopped_currencies = tuple(each for each in self.stopped_currencies if each != currency)
