"""The simulated shop beside us is read by the real dialect, and keeps true books."""

from __future__ import annotations

from protocols.shops.port import CardState, ShopCard, ShopGood, ShopOrder, ShopOrderState
from redress.simulation.beside_shop import DELIVERED, PAID, BesideShop, Books
from redress.simulation.clock import START, Clock


def a_shop() -> BesideShop:
    shop = BesideShop(Clock(), Books("shop-3"))
    shop.stock({"A": "fingerprint-a", "B": "fingerprint-b"})
    return shop


def orders_of(shop: BesideShop) -> dict[str, tuple[ShopOrderState, tuple[str, ...]]]:
    read = [each for each in shop.looked_at("look").orders(0) if isinstance(each, ShopOrder)]
    return {each.order_number: (each.state, each.cards) for each in read}


def test_its_tables_tell_what_its_books_tell() -> None:
    shop = a_shop()
    for number in ("sold", "stuck", "unpaid"):
        shop.place(number, 1, is_craft=False)
    shop.place("made", 1, is_craft=True)
    shop.take_money("sold", is_stuck=False)
    shop.deliver("sold")
    shop.take_money("stuck", is_stuck=True)
    shop.take_money("made", is_stuck=True)
    assert orders_of(shop) == {
        "sold": (ShopOrderState.DELIVERED, ("A",)),
        "stuck": (ShopOrderState.PAID, ()),
        "unpaid": (ShopOrderState.UNPAID, ()),
        "made": (ShopOrderState.BY_HAND, ()),
    }
    assert shop.books.sold == ["fingerprint-a"]
    assert [order.state for order in shop.books.orders.values()] == [DELIVERED, PAID, "unpaid", PAID]
    assert shop.books.orders["sold"].state_at(START) == DELIVERED
    assert shop.books.looks == [(START, "look")]
    goods = [each for each in shop.reading().goods() if isinstance(each, ShopGood)]
    assert [(each.product_code, each.is_automatic) for each in goods] == [("1", True), ("2", False)]


def test_while_its_delivery_is_off_it_delivers_nothing() -> None:
    shop = a_shop()
    shop.place("before", 1, is_craft=False)
    shop.turn_off()
    shop.place("meanwhile", 1, is_craft=False)
    for number in ("before", "meanwhile"):
        shop.take_money(number, is_stuck=False)
        shop.deliver(number)
    assert orders_of(shop) == {"before": (ShopOrderState.PAID, ()), "meanwhile": (ShopOrderState.BY_HAND, ())}
    shop.turn_on()
    for number in ("before", "meanwhile"):
        shop.deliver(number)
    assert orders_of(shop) == {"before": (ShopOrderState.DELIVERED, ("A",)), "meanwhile": (ShopOrderState.DELIVERED, ())}


def test_an_opened_shop_stays_as_it_was() -> None:
    shop = a_shop()
    with shop.opened() as reading:
        shop.place("late", 2, is_craft=False)
        shop.take_money("late", is_stuck=False)
        shop.deliver("late")
        assert {each.state for each in reading.cards() if isinstance(each, ShopCard)} == {CardState.UNSOLD}
        assert list(reading.orders(0)) == []
    shop.remove([1])
    assert [each.state for each in shop.reading().cards() if isinstance(each, ShopCard)] == [CardState.SOLD]
