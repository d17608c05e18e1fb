"""A small shop to test in: one product, suppliers, orders that come and go, on the memory store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from chassis.activity import Confirmed, Outcome, confirmed
from chassis.fingerprint import Fingerprints
from chassis.secret import mask_card
from chassis.store.rows import IntentStatus, VaultRow
from chassis.unit import OutcomeUnit, RecordUnit, Result
from chassis.vault import DataKeysInMemory, Sealed, Vault
from contracts.order import (
    DeliveryFailed,
    DeliveryTimedOut,
    OrderExpired,
    OrderLine,
    OrderPlaced,
    PaymentConfirmed,
    RedeliveryRequested,
)
from contracts.values import Money
from services.inventory.service import inventory
from services.inventory.sourcing.balances import AskBalance
from services.inventory.sourcing.choice import score_key
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.score import SupplierScore, Tally
from services.inventory.sourcing.intents import SourcedCard, SupplierDelivery
from services.inventory.stock.commands import ImportCards, ListProduct, OfferProduct, SealedCard
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_rules import card_fault
from services.inventory.stock.sealing import seal_card
from tests.harness import START, Bench

PRICE = Money(100, "CNY")
SHOP, PRODUCT, OWN = "shop", "GAME", "own"
PATTERN = r"[A-Z]+(-[0-9A-Z]{4}){3}"


def vault_rows(sealed: tuple[Sealed, ...], world: World) -> tuple[VaultRow, ...]:
    return tuple(VaultRow(s.reference, s.kind, s.shop_id, s.owner_id, s.key_version, s.ciphertext, world.bench.now) for s in sealed)


@dataclass(frozen=True)
class Known(Tally):
    """A tally that comes to a given score."""

    points: int = 0
    count: int = 20

    def score(self, now: datetime) -> SupplierScore:
        return SupplierScore(self.points, self.count)


def scores(**known: int) -> dict[str, Tally]:
    """The advice that these suppliers have these scores."""
    return {score_key(SHOP, code): Known(points=points, at=START) for code, points in known.items()}


class World:
    """`suppliers`: API suppliers that offer the product, in the order of preference."""

    def __init__(self, *suppliers: str, cards: int = 0, has_product: bool = True) -> None:
        self.bench = Bench(inventory)
        self.vault = Vault("inventory", b"m" * 32, DataKeysInMemory())
        self.fingerprints = Fingerprints({1: b"f" * 32})
        self.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=OWN, kind="own_stock"))
        if has_product:
            self.bench.do(ListProduct(shop_id=SHOP, product_code=PRODUCT, name="A game", card_pattern=PATTERN))
        for code in suppliers:
            self.bench.do(RegisterSupplier(shop_id=SHOP, supplier_code=code, kind="dujiao_next"))
            self.offer(code)
        self._batches = 0
        self._cards = 0
        if cards:
            self.stock(*(self.new_secret() for _ in range(cards)))

    def offer(self, supplier: str, product_code: str = PRODUCT, price: Money = PRICE) -> None:
        command = OfferProduct(shop_id=SHOP, product_code=product_code, supplier_code=supplier, sku_id=7, price=price)
        self.bench.do(command)

    # cards

    def new_secret(self) -> str:
        self._cards += 1
        return f"GAME-{self._cards:04d}-AAAA-BBBB"

    def stock(
        self, *secrets: str, expires_at: datetime | None = None, product_code: str = PRODUCT, supplier_code: str = OWN
    ) -> dict[str, Any]:
        """Import cards as one chunk of a batch of its own; the answer."""
        self._batches += 1
        cards, kept = [], []
        for line, secret in enumerate(secrets, start=1):
            fingerprint, sealed = seal_card(secret, SHOP, self.vault, self.fingerprints)
            cards.append(SealedCard(line, sealed.reference, fingerprint, mask_card(secret), expires_at=expires_at))
            kept.append(sealed)
        command = ImportCards(
            shop_id=SHOP,
            batch_id=f"batch-{self._batches}",
            product_code=product_code,
            supplier_code=supplier_code,
            chunk_number=1,
            cards=tuple(cards),
        )
        answer = self.bench.do(command, sealed=vault_rows(tuple(kept), self))
        assert answer.status == 200, answer
        return msgspec.json.decode(answer.body)  # type: ignore[no-any-return]

    def card_of(self, secret: str) -> Card | None:
        fingerprint, _ = seal_card(secret, SHOP, self.vault, self.fingerprints)
        return self.bench.aggregate(Card.create_id(SHOP, fingerprint))  # type: ignore[no-any-return]

    def delivery(
        self, *secrets: str, is_ordered_item: bool = True, pattern: str = PATTERN
    ) -> tuple[SupplierDelivery, tuple[VaultRow, ...]]:
        cards, kept = [], []
        for secret in secrets:
            fingerprint, sealed = seal_card(secret, SHOP, self.vault, self.fingerprints)
            cards.append(SourcedCard(sealed.reference, fingerprint, mask_card(secret), card_fault(secret, pattern) is None))
            kept.append(sealed)
        return SupplierDelivery(tuple(cards), is_ordered_item), vault_rows(tuple(kept), self)

    # orders

    def placed(self, order: str, quantity: int = 1, product: str = PRODUCT) -> OrderPlaced:
        return OrderPlaced(
            order_number=order,
            shop_id=SHOP,
            order_id=f"id-{order}",
            lines=_lines(quantity, product),
            amount=Money(100, "CNY"),
            contact_fingerprint="v1:00",
            expires_at=self.bench.now + timedelta(minutes=15),
            is_taken_over=False,
        )

    def paid(self, order: str, quantity: int = 1, product: str = PRODUCT, *, is_late: bool = False) -> PaymentConfirmed:
        return PaymentConfirmed(
            order_number=order,
            shop_id=SHOP,
            order_id=f"id-{order}",
            provider="alipay",
            provider_trade_number=f"trade-{order}",
            amount=Money(100, "CNY"),
            paid_at=self.bench.now,
            is_late=is_late,
            lines=_lines(quantity, product),
        )

    def expired(self, order: str, quantity: int = 1, product: str = PRODUCT) -> OrderExpired:
        return OrderExpired(order_number=order, shop_id=SHOP, order_id=f"id-{order}", lines=_lines(quantity, product))

    def failed(self, order: str, unit: int = 1) -> DeliveryFailed:
        return DeliveryFailed(
            order_number=order,
            shop_id=SHOP,
            order_id=f"id-{order}",
            line=1,
            unit=unit,
            need_id=str(need_id(order, unit)),
            product_code=PRODUCT,
            reason="timeout",
        )

    def timed_out(self, order: str, unit: int = 1, product: str = PRODUCT) -> DeliveryTimedOut:
        return DeliveryTimedOut(
            order_number=order,
            shop_id=SHOP,
            order_id=f"id-{order}",
            line=1,
            unit=unit,
            need_id=str(need_id(order, unit)),
            product_code=product,
        )

    def redelivery(self, order: str, unit: int = 1) -> RedeliveryRequested:
        return RedeliveryRequested(
            order_number=order,
            shop_id=SHOP,
            order_id=f"id-{order}",
            line=1,
            unit=unit,
            need_id=str(need_id(order, unit)),
            asked_count=1,
        )

    def tell(self, *messages: Any) -> list[Result]:
        return self.bench.tell(*messages)

    def record(self, message: Any) -> RecordUnit:
        return self.bench.record(message)

    def buy(self, *orders: str) -> None:
        """Orders are placed and paid."""
        for order in orders:
            self.tell(self.placed(order), self.paid(order))

    # suppliers

    def need(self, order: str, unit: int = 1) -> Need:
        return self.bench.aggregate(need_id(order, unit))  # type: ignore[no-any-return]

    def open_intents(self) -> list[tuple[str, str]]:
        """(supplier, number) of what is to be ordered or asked about."""
        statuses = (IntentStatus.PENDING, IntentStatus.STARTED, IntentStatus.UNKNOWN)
        return [(row.target, row.key) for row in self.bench.intents(*statuses) if row.kind != AskBalance.KIND]

    def number_of(self, order: str, unit: int = 1) -> str:
        number = self.need(order, unit).awaited
        assert number is not None
        return number

    def answer(self, number: str, outcome: Outcome) -> Result:
        """The supplier is called, and this came of it."""
        return self.bench.outcome(number, outcome)

    def told(self, number: str, outcome: Outcome) -> Result:
        """The supplier is asked about an unknown order, long after its deadline."""
        return self.bench.answer(number, outcome)

    def deliver(self, number: str, *secrets: str, is_asked: bool = False, **options: Any) -> Result:
        """The supplier order brings these cards."""
        delivery, rows = self.delivery(*secrets, **options)
        outcome: Confirmed = confirmed(delivery)
        if not is_asked:
            return self.bench.outcome(number, outcome, sealed=rows)
        row = next(row for row in self.bench.intents() if row.key == number)
        result = self.bench.commit(OutcomeUnit(number, row.attempt, outcome, asked_at=self.bench.now, sealed=rows))[0]
        if self.bench.bugs:
            raise self.bench.bugs.pop()
        return result

    def said(self, name: str) -> list[dict[str, Any]]:
        return [value for said, value in self.bench.said if said == name]

    def names(self) -> list[str]:
        """What was said since the stage was set."""
        scenery = {"ProductListed", "SupplierRegistered", "CardsImported"}
        return [name for name in self.bench.said_names() if name not in scenery]


def need_id(order: str, unit: int = 1) -> UUID:
    return Need.create_id(SHOP, order, 1, unit)


def _lines(quantity: int, product: str) -> tuple[OrderLine, ...]:
    return (OrderLine(line=1, product_code=product, quantity=quantity, unit_price=Money(100, "CNY")),)
