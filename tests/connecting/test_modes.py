"""The proof: a real shop's orders flow while it is watched, filled in, taken over and given back, and no card is issued twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from redress.asking import Refused
from services.inventory.stock.domain.card_status import CardStatus
from tests.connecting.beside import Beside, assert_no_card_is_issued_twice
from tests.connecting.rebuilt import RebuiltAcgFaka, RebuiltDujiaoka, Shop
from tests.servers.databases import MariadbDatabase

KINDS = pytest.mark.parametrize("kind", [RebuiltDujiaoka, RebuiltAcgFaka])
Kind = type[RebuiltDujiaoka] | type[RebuiltAcgFaka]
MakeBeside = Callable[[Kind], Beside]


@pytest.fixture
def beside_of(fresh_mariadb: Callable[[], MariadbDatabase]) -> Iterator[MakeBeside]:
    made: list[Beside] = []

    def make(kind: Kind) -> Beside:
        made.append(Beside(kind(fresh_mariadb())))
        return made[-1]

    yield make
    for each in made:
        each.shop.close()


@KINDS
def test_connecting_twice_adds_nothing(beside_of: MakeBeside, kind: Kind) -> None:
    beside = beside_of(kind)
    shop = beside.shop
    good = shop.good("vip")
    shop.cards(good, [f"S-{number:03}" for number in range(60)])
    shop.pay(shop.order("H1", good, quantity=2, days_ago=20))
    shop.order("H2", good)
    shop.pay(shop.order("H3", good), is_delivering=False)
    first = beside.connect()
    assert first.orders == {"new": 3}
    assert first.cards["at_shop"] == 58
    assert first.cards["sold_there"] == 2
    before = beside.event_counts()
    again = beside.connect()
    assert again.orders == {"known": 3}
    assert beside.event_counts() == before
    delivered = beside.order_of("H1")
    assert (beside.state_of("H1"), delivered.outcome) == ("outside", "delivered")
    assert {unit.state for unit in delivered.units.values()} == {"revealed"}
    found = beside.order.send("POST", "/orders/lookup", {"order_number": "H1", "contact": "buyer@shop.example", "shop_id": "alpha"})
    assert [(unit["state"], unit["card_preview"]) for unit in found["order"]["units"]] == [("revealed", None)] * 2


@KINDS
def test_no_card_is_issued_twice_from_watching_to_taking_over_and_back(beside_of: MakeBeside, kind: Kind) -> None:
    beside = beside_of(kind)
    shop = beside.shop
    good = shop.good("vip")
    product = "1" if isinstance(shop, RebuiltDujiaoka) else "CODEVIP"
    shop.cards(good, [f"S-{number:02}" for number in range(12)])
    sold = [shop.pay(shop.order("H1", good))]
    beside.connect()
    taken = beside.reserve(product, ["R-1", "R-2", "R-3", "S-05", "S-00"])
    assert (taken["imported"], len(taken["duplicates"])) == (3, 2)

    # watch: the shop delivers, and what it does not deliver stays with it
    sold.append(shop.pay(shop.order("W1", good)))
    stuck = shop.order("W2", good)
    shop.pay(stuck, is_delivering=False)
    beside.pass_time(120)
    assert [beside.state_of(number) for number in ("W1", "W2")] == ["outside", "nobody"]

    # fill in: after a minute, and only what the shop still has not delivered
    beside.switch.change("fill_in", fill_in_after_seconds=60)
    late = shop.order("F1", good)
    shop.pay(late, is_delivering=False)
    beside.pass_time(30)
    sold.append(_deliver_late(beside, late))
    sold.append(shop.pay(shop.order("F2", good)))
    beside.pass_time(120)
    assert [beside.state_of(number) for number in ("W2", "F1", "F2")] == ["ours", "outside", "outside"]
    assert [unit.card_preview for unit in beside.order_of("W2").units.values()] != [None]

    # take over: refused without the operator's word; a sale in the last moment is marked
    with pytest.raises(Refused, match="must say first"):
        beside.switch.change("taking_over")
    sold.append(shop.pay(shop.order("L1", good)))
    beside.switch.take_over(beside.reading, lambda count: None)
    for number in ("T1", "T2"):
        shop.pay(shop.order(number, good), is_delivering=False)
    turn_to_manual(shop, good)
    craft = shop.good("craft", kind=2)
    for number, bought in (("T3", good), ("T4", craft)):
        shop.pay(shop.order(number, bought), is_delivering=False)
    beside.pass_time(30)
    numbers = ("L1", "T1", "T2", "T3", "T4")
    assert [beside.state_of(number) for number in numbers] == ["outside", "ours", "ours", "ours", "nobody"]
    turn_to_manual(shop, good, is_back=True)
    assert beside.inventory.get("/shop-cards", shop_id="alpha")["taken_over_count"] > 0

    # and back: the shop may not deliver before our cards are gone from its table
    rows = beside.switch.give_back(beside.reading, "watch", lambda count: None)
    assert rows
    assert beside.switch.mode() == "giving_back"
    for row in rows:
        shop.run(f"DELETE FROM {CARD_TABLES[kind]} WHERE id = %s", row["shop_row"])
    assert beside.switch.give_back(beside.reading, "watch", lambda count: None) == []
    assert beside.switch.mode() == "watch"
    while cards := shop.pay(shop.order(f"B{len(sold)}", good)):
        sold.append(cards)
    beside.pass_time(30)
    assert beside.state_of(f"B{len(sold) - 1}") == "outside"
    assert not [card for card in beside.cards() if card.status is CardStatus.AT_SHOP], "the shop has sold all it had"
    assert beside.inventory.get("/shop-cards", shop_id="alpha")["sold_twice"] == []
    assert_no_card_is_issued_twice(beside, sold)


def test_what_was_stuck_long_before_is_left_to_people(beside_of: MakeBeside) -> None:
    beside = beside_of(RebuiltDujiaoka)
    shop = beside.shop
    good = shop.good("vip")
    for number, days in (("O1", 400), ("O2", 0)):  # the house lives in January
        shop.pay(shop.order(number, good, days_ago=days), is_delivering=False)
    beside.connect()
    beside.reserve("1", ["R-1", "R-2"])
    beside.switch.change("fill_in", fill_in_after_seconds=10)
    beside.pass_time(30)
    assert [beside.state_of(number) for number in ("O1", "O2")] == ["nobody", "ours"]


def test_a_row_that_becomes_visible_behind_later_ones_is_not_missed(beside_of: MakeBeside) -> None:
    beside = beside_of(RebuiltDujiaoka)
    shop = beside.shop
    good = shop.good("vip")
    shop.order("A1", good)
    beside.connect()
    late = shop.order("A2", good)
    shop.order("A3", good)
    shop.run("UPDATE orders SET id = id + 100 WHERE id = %s", late)  # its transaction has not ended yet
    shop.run("UPDATE orders SET id = 3 WHERE order_sn = 'A3'")
    shop.run("DELETE FROM orders WHERE order_sn = 'A2'")
    beside.pass_time(10)
    assert beside.order_of("A3").shop_state == "unpaid"
    columns = "id, order_sn, goods_id, buy_amount, actual_price, email, created_at"
    shop.run(f"INSERT INTO orders ({columns}) VALUES (2, 'A2', %s, 1, 10, 'b@c.example', NOW())", good)
    beside.pass_time(10)
    assert beside.order_of("A2").shop_state == "unpaid"


@KINDS
def test_a_shop_that_delivers_after_all_is_told_as_a_double(beside_of: MakeBeside, kind: Kind) -> None:
    beside = beside_of(kind)
    shop = beside.shop
    good = shop.good("vip")
    product = "1" if isinstance(shop, RebuiltDujiaoka) else "CODEVIP"
    shop.cards(good, ["S-1", "S-2"])
    beside.connect()
    beside.reserve(product, ["R-1"])
    beside.switch.change("fill_in", fill_in_after_seconds=10)
    stuck = shop.order("D1", good)
    shop.pay(stuck, is_delivering=False)
    beside.pass_time(30)
    assert beside.state_of("D1") == "ours"
    _deliver_late(beside, stuck)
    beside.pass_time(30)
    (double,) = [value for name, value in beside.house.desks["order"].bench.said if name == "OrderDeliveredOutside"]
    assert double["is_double"]
    assert beside.card("S-1") is not None
    assert beside.card("S-1").status is CardStatus.SOLD_THERE  # type: ignore[union-attr]


@KINDS
def test_a_card_of_the_reserve_that_the_shop_has_too_is_left_to_the_shop(beside_of: MakeBeside, kind: Kind) -> None:
    beside = beside_of(kind)
    shop = beside.shop
    good = shop.good("vip")
    product = "1" if isinstance(shop, RebuiltDujiaoka) else "CODEVIP"
    beside.connect()
    beside.reserve(product, ["X-1", "X-2"])
    shop.cards(good, ["X-1"])
    beside.connect()
    card = beside.card("X-1")
    assert card is not None
    assert card.status is CardStatus.AT_SHOP
    shop.cards(good, ["X-2"])  # and nobody reads it before it is sold
    sold = [shop.pay(shop.order("N1", good)), shop.pay(shop.order("N2", good))]
    beside.pass_time(10)
    assert sold == [["X-1"], ["X-2"]]
    assert {card.status for card in beside.cards()} == {CardStatus.SOLD_THERE}


@pytest.mark.parametrize("seed", range(2))
@KINDS
def test_whatever_happens_no_card_is_issued_twice(beside_of: MakeBeside, kind: Kind, seed: int) -> None:
    beside = beside_of(kind)
    shop, chance = beside.shop, random.Random(seed)
    good = shop.good("vip")
    product = "1" if isinstance(shop, RebuiltDujiaoka) else "CODEVIP"
    shop.cards(good, [f"S-{number}" for number in range(15)])
    beside.connect()
    sold: list[list[str]] = []
    stuck: list[int] = []
    seen = set()
    for step in range(42):
        mode = beside.switch.mode()
        seen.add(mode)
        is_delivering = mode in ("watch", "fill_in")
        happening = chance.choice(["sell", "sell", "fail", "fail", "late", "wait", "wait", "wait", "cards", "reserve"])
        match "switch" if step % 5 == 4 else happening:
            case "sell" if is_delivering:
                sold.append(shop.pay(shop.order(f"N{step}", good, quantity=chance.randint(1, 2))))
            case "sell" | "fail":
                stuck.append(shop.order(f"N{step}", good))
                shop.pay(stuck[-1], is_delivering=False)
            case "late" if stuck and is_delivering:
                sold.append(_deliver_late(beside, stuck.pop(chance.randrange(len(stuck)))))
            case "wait":
                beside.pass_time(chance.choice([5, 15, 40]))
            case "cards":
                shop.cards(good, [f"S-{step}-{number}" for number in range(4)])
            case "reserve":
                beside.reserve(product, [f"R-{step}", f"S-{chance.randrange(15)}"], batch_id=f"reserve-{step}")
            case "switch" if mode == "watch":
                beside.switch.change("fill_in", fill_in_after_seconds=10)
            case "switch" if is_delivering:
                beside.switch.take_over(beside.reading, lambda count: None)
            case "switch":
                for row in beside.switch.give_back(beside.reading, chance.choice(["watch", "fill_in"]), lambda count: None):
                    shop.run(f"DELETE FROM {CARD_TABLES[kind]} WHERE id = %s", row["shop_row"])
            case _:
                pass
    beside.pass_time(20)
    assert seen >= {"watch", "fill_in", "take_over"}
    assert_no_card_is_issued_twice(beside, sold)


CARD_TABLES: dict[type, str] = {RebuiltDujiaoka: "carmis", RebuiltAcgFaka: "acg_card"}


def turn_to_manual(shop: Shop, good: int, *, is_back: bool = False) -> None:
    """How an operator turns the shop's own delivery off."""
    if isinstance(shop, RebuiltDujiaoka):
        shop.run("UPDATE goods SET type = %s WHERE id = %s", 1 if is_back else 2, good)
    else:
        shop.run("UPDATE acg_commodity SET delivery_way = %s WHERE id = %s", 0 if is_back else 1, good)


def _deliver_late(beside: Beside, order: int) -> list[str]:
    """The shop's people deliver an order that was stuck."""
    shop = beside.shop
    if isinstance(shop, RebuiltDujiaoka):
        shop.run("UPDATE orders SET status = 1 WHERE id = %s", order)
    else:
        shop.run("UPDATE acg_order SET status = 0 WHERE id = %s", order)
    return shop.pay(order)
