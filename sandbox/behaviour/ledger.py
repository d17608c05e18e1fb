"""A card supplier's books: stock, balance, orders, and which card went to whom. No wire format here.

Cards are chosen when the order is made and handed over when it is ready; an order cancelled before that gives
stock and money back.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.behaviour.catalogue import SupplierProduct, card_secret, invalid_card_secret
from sandbox.behaviour.faults import SupplierFaults

Choose = Callable[[Sequence[str]], str]


def newest(cards: Sequence[str]) -> str:
    """The last of the cards: the choice where nobody injects another."""
    return cards[-1]


class OrderRefused(Exception):
    """The supplier does not take or cancel the order; `code` is the wire protocol's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class SupplierOrderEntry:
    """One order in the supplier's books."""

    order_id: int
    downstream_order_no: str
    ordered: SupplierProduct
    delivered: SupplierProduct
    """Differs from `ordered` when the supplier errs."""
    quantity: int
    amount: Decimal
    made_at: datetime
    ready_at: datetime
    cards: tuple[str, ...] = field(repr=False)
    callback_url: str | None = None
    is_cancelled: bool = False

    @property
    def order_number(self) -> str:
        return f"DJ{self.order_id:08d}"

    def is_delivered(self, now: datetime) -> bool:
        return not self.is_cancelled and now >= self.ready_at


@dataclass(frozen=True)
class Delivery:
    """A card that a supplier handed over, and for which order of ours."""

    supplier_code: str
    downstream_order_no: str
    order_id: int
    product_code: str
    ordered_product_code: str
    card: str = field(repr=False)
    delivered_at: datetime


class Ledger:
    """The books of one supplier."""

    def __init__(self, supplier_code: str, products: Iterable[SupplierProduct], *, balance: str, choose: Choose = newest) -> None:
        self.supplier_code = supplier_code
        self.products = {product.sku_id: product for product in products}
        self.stock_counts = {product.sku_id: product.stock_count for product in self.products.values()}
        self.balance = Decimal(balance)
        self.orders: dict[int, SupplierOrderEntry] = {}
        self._choose = choose
        self._card_counts: dict[int, int] = {}

    def order(
        self,
        sku_id: int,
        quantity: int,
        downstream_order_no: str,
        faults: SupplierFaults,
        now: datetime,
        *,
        callback_url: str | None = None,
    ) -> SupplierOrderEntry:
        """Make the order, or find the one made before under this number; raises OrderRefused."""
        if not faults.is_ordering_twice and (known := self.find(downstream_order_no)) is not None:
            return known
        product = self.products.get(sku_id)
        if product is None or faults.is_delisted:
            raise OrderRefused("sku_unavailable")
        if faults.is_out_of_stock or self.stock_counts[sku_id] < quantity:
            raise OrderRefused("insufficient_stock")
        amount = Decimal(product.price) * quantity
        if faults.is_without_balance or self.balance < amount:
            raise OrderRefused("insufficient_balance")
        self.balance -= amount
        self.stock_counts[sku_id] -= quantity
        delivered = self._other(product) if faults.is_wrong_product else product
        entry = SupplierOrderEntry(
            order_id=len(self.orders) + 1,
            downstream_order_no=downstream_order_no,
            ordered=product,
            delivered=delivered,
            quantity=quantity,
            amount=amount,
            made_at=now,
            ready_at=now + timedelta(seconds=faults.late_seconds),
            cards=self._cards(delivered, quantity, faults),
            callback_url=callback_url,
        )
        self.orders[entry.order_id] = entry
        return entry

    def find(self, downstream_order_no: str) -> SupplierOrderEntry | None:
        """The first order made under that number of ours."""
        if not downstream_order_no:
            return None
        entries = self.orders.values()
        return next((entry for entry in entries if entry.downstream_order_no == downstream_order_no), None)

    def cancel(self, entry: SupplierOrderEntry, now: datetime) -> None:
        """Give stock and money back, once; raises OrderRefused for an order that was delivered."""
        if entry.is_delivered(now):
            raise OrderRefused("cancel_not_allowed")
        if not entry.is_cancelled:
            entry.is_cancelled = True
            self.balance += entry.amount
            self.stock_counts[entry.ordered.sku_id] += entry.quantity

    def deliveries(self, now: datetime) -> list[Delivery]:
        """Every card handed over up to now, in order of making."""
        return [
            Delivery(
                supplier_code=self.supplier_code,
                downstream_order_no=entry.downstream_order_no,
                order_id=entry.order_id,
                product_code=entry.delivered.product_code,
                ordered_product_code=entry.ordered.product_code,
                card=card,
                delivered_at=entry.ready_at,
            )
            for entry in self.orders.values()
            if entry.is_delivered(now)
            for card in entry.cards
        ]

    def _cards(self, product: SupplierProduct, quantity: int, faults: SupplierFaults) -> tuple[str, ...]:
        cards = [self._card(product, is_invalid=faults.is_card_invalid) for _ in range(quantity)]
        earlier = [card for entry in self.orders.values() if entry.delivered.sku_id == product.sku_id for card in entry.cards]
        if faults.is_card_duplicate and earlier:
            cards[0] = self._choose(earlier)
        return tuple(cards)

    def _card(self, product: SupplierProduct, *, is_invalid: bool) -> str:
        number = self._card_counts.get(product.sku_id, 0) + 1
        self._card_counts[product.sku_id] = number
        if is_invalid:
            return invalid_card_secret(self.supplier_code, product.product_code, number)
        return card_secret(self.supplier_code, product.product_code, number, prefix=product.card_prefix)

    def _other(self, product: SupplierProduct) -> SupplierProduct:
        """Another product of this supplier; one that is not even on sale where it has no other."""
        others = [other for other in self.products.values() if other.sku_id != product.sku_id]
        if others:
            return others[0]
        return SupplierProduct(product.sku_id + 1_000, "other", product.price, 0, card_prefix="OTHER")
