"""Orders, notices and inventory's messages for tests: each fills in what a test is not about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.attempts import vault_row
from chassis.vault import DataKeysInMemory, Vault
from contracts.inventory import AllocationFailed, CardAllocated, CardOpened, NeedClosed, ProductListed, SourcingExhausted
from contracts.values import Money
from services.order.domain.lines import Line, UnitKey, need_id
from services.order.domain.order import Order
from services.order.notices.commands import TakeNotice
from services.order.placing.commands import PlaceOrder
from services.order.service import order as order_service
from tests.harness import Bench

SHOP = "shop"
NUMBER = "K1"
PRODUCT = "steam-50"
PRICE = Money(2_500, "CNY")
ONLY_UNIT = UnitKey(1, 1)
PAID_AT = datetime(2026, 1, 1, tzinfo=UTC)
VAULT = Vault("order", b"m" * 32, DataKeysInMemory())
_CARDS = UUID("6f7f9b1e-0000-5000-8000-000000000000")


def card_id(name: object) -> str:
    return str(uuid5(_CARDS, str(name)))


def a_bench() -> Bench:
    """A bench whose shop has one product listed."""
    bench = Bench(order_service)
    bench.tell(product_listed())
    return bench


def product_listed(product_code: str = PRODUCT) -> ProductListed:
    return ProductListed(shop_id=SHOP, product_id=card_id(product_code), product_code=product_code, name="Steam 50", kind="card")


def a_line(line: int = 1, product_code: str = PRODUCT, quantity: int = 1) -> Line:
    return Line(line, product_code, quantity, PRICE)


def place(bench: Bench, number: str = NUMBER, *, lines: tuple[Line, ...] = (a_line(),), **changed: Any) -> Any:
    """A `PlaceOrder` arrives with its sealed contact; the answer."""
    contact = VAULT.seal("contact", SHOP, number, "buyer@example.org")
    command = PlaceOrder(
        **{
            "shop_id": SHOP,
            "order_number": number,
            "lines": lines,
            "amount": amount_of(lines),
            "contact_fingerprint": "v1:contact",
            "contact_reference": contact.reference,
            "origin_reference": None,
            "is_taken_over": False,
            **changed,
        }
    )
    return bench.do(command, sealed=(vault_row(contact, bench.now),))


def amount_of(lines: tuple[Line, ...]) -> Money:
    return Money(sum(each.unit_price.amount_minor * each.quantity for each in lines), "CNY")


def notice(number: str = NUMBER, *, trade_number: str = "T1", amount: Money = PRICE, **changed: Any) -> TakeNotice:
    provider = changed.get("provider", "alipay")
    return TakeNotice(
        **{
            "shop_id": SHOP,
            "provider": provider,
            "identity": f"{provider}/{number}/{trade_number}/{amount.amount_minor}",
            "order_number": number,
            "trade_number": trade_number,
            "amount": amount,
            "paid_at": PAID_AT,
            "is_payment": True,
            "needs_confirmation": provider == "epay",
            **changed,
        }
    )


def pay(bench: Bench, number: str = NUMBER, **changed: Any) -> Any:
    """A proven notice arrives; the answer."""
    return bench.do(notice(number, **changed))


def a_paid_order(*, lines: tuple[Line, ...] = (a_line(),), bench: Bench | None = None) -> Bench:
    """A bench with order `NUMBER`, just paid."""
    bench = bench or a_bench()
    place(bench, lines=lines)
    pay(bench, amount=amount_of(lines))
    return bench


def allocated(unit: UnitKey = ONLY_UNIT, card: object = "card-1", number: str = NUMBER) -> CardAllocated:
    return CardAllocated(
        **_need(unit, number), attempt=1, product_code=PRODUCT, card_id=card_id(card), card_preview="AB••••9K", supplier_code="own-stock"
    )


def exhausted(
    unit: UnitKey = ONLY_UNIT, number: str = NUMBER, tried: tuple[str, ...] = (), passed_over: tuple[str, ...] = ()
) -> SourcingExhausted:
    return SourcingExhausted(**_need(unit, number), product_code=PRODUCT, tried_suppliers=tried, passed_over_suppliers=passed_over)


def closed(unit: UnitKey = ONLY_UNIT, number: str = NUMBER) -> NeedClosed:
    order_id = str(Order.create_id(SHOP, number))
    return NeedClosed(**_need(unit, number), holder_id=order_id, card_id=None, was_opened=False)


def allocation_failed(unit: UnitKey = ONLY_UNIT, number: str = NUMBER, reason: str = "late_no_stock") -> AllocationFailed:
    return AllocationFailed(**_need(unit, number), product_code=PRODUCT, reason=reason)


def opened(unit: UnitKey = ONLY_UNIT, card: object = "card-1", number: str = NUMBER, opened_count: int = 1) -> CardOpened:
    return CardOpened(**_need(unit, number), card_id=card_id(card), opened_count=opened_count)


def _need(unit: UnitKey, number: str) -> dict[str, Any]:
    need = str(need_id(SHOP, number, unit))
    return {"shop_id": SHOP, "order_number": number, "line": unit.line, "unit": unit.unit, "need_id": need}


def the_order(bench: Bench, number: str = NUMBER) -> Order:
    found: Order = bench.aggregate(Order.create_id(SHOP, number))
    return found
