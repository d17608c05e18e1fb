"""Our money at a supplier: polled, low, run out, there again.

A balance becomes an event only when it came to mean something else (low, run out, enough) or has moved by a tenth, so the stream stays
short. A supplier that refused an order for want of money gets no orders until a poll shows that what was refused can be paid, or a
person says that money was sent.
"""

from __future__ import annotations

from chassis.aggregate import Event, Part, event
from contracts.values import Money

POLLED, BY_HAND = "polled", "by_hand"


class Funds(Part):
    """What is known of our money at a supplier."""

    supplier_code: str
    balance: Money | None
    """As last noted."""
    balance_floor: Money | None
    """Below it the operator is told."""
    is_low: bool
    is_out_of_money: bool
    needed: Money | None
    """The price of what was refused; None: not known."""
    is_polled: bool

    class PollingBegan(Event):
        TOPIC = "inventory.Supplier.PollingBegan"
        PRIVATE = True

    class BalanceFloorSet(Event):
        TOPIC = "inventory.Supplier.BalanceFloorSet"
        PRIVATE = True
        floor: Money | None

    class BalanceNoted(Event):
        TOPIC = "inventory.Supplier.BalanceNoted"
        PRIVATE = True
        balance: Money

    class RanLow(Event):
        TOPIC = "inventory.Supplier.RanLow"
        shop_id: str
        supplier_code: str
        balance: Money
        floor: Money

    class RanOut(Event):
        """An order was refused for want of money. `needed`: what the card costs by the offer."""

        TOPIC = "inventory.Supplier.RanOut"
        shop_id: str
        supplier_code: str
        product_code: str
        needed: Money | None

    class Funded(Event):
        """Orders are given again: a poll shows money enough, or a person says so (`staff`)."""

        TOPIC = "inventory.Supplier.Funded"
        PRIVATE = True
        reason: str
        staff: str

    def begin_polling(self) -> None:
        """Its balance is asked about from now on."""
        self._polling_began()

    @event(PollingBegan)
    def _polling_began(self) -> None:
        self.is_polled = True

    def set_balance_floor(self, floor: Money | None) -> None:
        """Be told when less is left; the same again changes nothing."""
        if floor != self.balance_floor:
            self._balance_floor_set(floor=floor)

    @event(BalanceFloorSet)
    def _balance_floor_set(self, floor: Money | None) -> None:
        self.balance_floor = floor
        self.is_low = False

    def note_balance(self, balance: Money) -> None:
        """Take a balance that was told."""
        known = self.balance
        if known is None or known.currency != balance.currency or abs(balance.amount_minor - known.amount_minor) * 10 > known.amount_minor:
            self._balance_noted(balance=balance)
        if self.balance_floor is not None and self._is_below(balance) and not self.is_low:
            self._ran_low(shop_id=self.shop_id, supplier_code=self.supplier_code, balance=balance, floor=self.balance_floor)
        elif self.is_low and not self._is_below(balance):
            self._balance_noted(balance=balance)
        if self.is_out_of_money and self._suffices(balance):
            self._funded(reason=POLLED, staff="")

    def _is_below(self, balance: Money) -> bool:
        """Amounts of two currencies are not compared."""
        floor = self.balance_floor
        return floor is not None and floor.currency == balance.currency and balance < floor

    def _suffices(self, balance: Money) -> bool:
        if self.needed is None or self.needed.currency != balance.currency:
            return balance.amount_minor > 0
        return self.needed <= balance

    @event(BalanceNoted)
    def _balance_noted(self, balance: Money) -> None:
        self.balance = balance
        self.is_low = (
            self.is_low
            and self.balance_floor is not None
            and self.balance_floor.currency == balance.currency
            and balance < self.balance_floor
        )

    @event(RanLow)
    def _ran_low(self, shop_id: str, supplier_code: str, balance: Money, floor: Money) -> None:
        self.balance = balance
        self.is_low = True

    def run_out(self, *, product_code: str, needed: Money | None) -> None:
        """It refused an order for want of money; a second time changes nothing."""
        if not self.is_out_of_money:
            self._ran_out(shop_id=self.shop_id, supplier_code=self.supplier_code, product_code=product_code, needed=needed)

    @event(RanOut)
    def _ran_out(self, shop_id: str, supplier_code: str, product_code: str, needed: Money | None) -> None:
        self.is_out_of_money = True
        self.needed = needed

    def say_funded(self, staff: str) -> None:
        """A person says that there is money again, or has orders tried anyway."""
        if self.is_out_of_money:
            self._funded(reason=BY_HAND, staff=staff)

    @event(Funded)
    def _funded(self, reason: str, staff: str) -> None:
        self.is_out_of_money = False
        self.needed = None
