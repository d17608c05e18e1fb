"""Cards that expire: the next one to expire goes first, none goes out too late, and what is too old is withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.commands import SetExpiryMargin
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.expiry import expiring_rank, is_overdue, issuable_until, until_of
from services.inventory.stock.domain.product import Product
from services.inventory.stock.free_stock import MAX_PASSED_OVER
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.world import PRODUCT, SHOP, World

MOMENTS = st.datetimes(timezones=st.just(UTC))


def card(world: World, secret: str) -> Card:
    found = world.card_of(secret)
    assert found is not None
    return found


def days(world: World, count: float) -> datetime:
    return world.bench.now + timedelta(days=count)


def given_to(world: World, order: str) -> object:
    world.buy(order)
    return world.need(order).card_id


def product(world: World) -> Product:
    return world.bench.aggregate(Product.create_id(SHOP, PRODUCT))  # type: ignore[no-any-return]


# the order of handing out


def test_the_card_that_expires_next_goes_first_and_one_that_does_not_goes_last() -> None:
    world = World()
    never, late, soon = (world.new_secret() for _ in range(3))
    world.stock(never)
    world.stock(late, expires_at=days(world, 30))
    world.stock(soon, expires_at=days(world, 10))
    assert [given_to(world, order) for order in ("A1", "A2", "A3")] == [card(world, secret).id for secret in (soon, late, never)]
    assert_rebuilds(world.bench)


@given(st.lists(MOMENTS, min_size=2, max_size=5), MOMENTS)
def test_ranks_order_cards_by_the_moment_they_carry_and_before_all_others(moments: list[datetime], now: datetime) -> None:
    ranks = sorted(expiring_rank(moment) for moment in moments)
    assert [until_of(rank) for rank in ranks] == sorted(moment.replace(microsecond=0) for moment in moments)
    assert max(ranks) < 0
    assert until_of(rank_of(datetime(2026, 1, 1, tzinfo=UTC))) is None
    assert all(is_overdue(expiring_rank(moment), now) == (moment.replace(microsecond=0) <= now) for moment in moments)


@given(MOMENTS, st.integers(0, 3_650))
def test_no_card_is_issued_within_its_margin(expires_at: datetime, margin: int) -> None:
    until = issuable_until(expires_at, margin)
    assert until <= expires_at
    assert until.year == 1 or expires_at - until == timedelta(days=margin)


# too late to be issued


def test_a_card_is_withdrawn_so_many_days_before_it_expires_and_never_issued_afterwards() -> None:
    world = World()
    world.bench.do(SetExpiryMargin(shop_id=SHOP, product_code=PRODUCT, days=7))
    old, fresh = world.new_secret(), world.new_secret()
    world.stock(old, expires_at=days(world, 10))
    world.stock(fresh, expires_at=days(world, 30))
    world.bench.advance(days=2, hours=23)
    assert card(world, old).status is CardStatus.FREE
    world.bench.advance(hours=2)
    assert card(world, old).status is CardStatus.VOID
    assert given_to(world, "A1") == card(world, fresh).id
    assert_rebuilds(world.bench)


def test_an_overdue_card_that_is_not_withdrawn_yet_is_passed_over() -> None:
    world = World()
    for count in (90, 30):
        world.stock(*(world.new_secret() for _ in range(count)), expires_at=days(world, 1))
    fresh = [world.new_secret() for _ in range(3)]
    world.stock(*fresh)
    world.bench.now = days(world, 2)  # the timer is late
    world.tell(world.placed("A1", 3), world.paid("A1", 3))
    assert {world.need("A1", unit).card_id for unit in (1, 2, 3)} == {card(world, secret).id for secret in fresh}
    assert given_to(world, "A2") is None
    assert world.need("A2").status is NeedStatus.MANUAL


def test_a_whole_stock_that_expires_at_once_is_withdrawn_in_steps() -> None:
    world = World()
    for _ in range(3):
        world.stock(*(world.new_secret() for _ in range(80)), expires_at=days(world, 1))
    world.bench.advance(days=1, seconds=1)
    assert world.bench.store.index_rows("free_cards") == []
    world.bench.advance(days=2)
    assert product(world).sweep_at is None


def test_more_overdue_cards_than_are_passed_over_make_a_product_sold_out_for_a_moment() -> None:
    world = World()
    for _ in range(MAX_PASSED_OVER // 60 + 10):
        world.stock(*(world.new_secret() for _ in range(60)), expires_at=days(world, 1))
    world.stock(world.new_secret())
    world.bench.now = days(world, 2)
    assert given_to(world, "A1") is None
    world.bench.advance(seconds=1)
    assert given_to(world, "A2") is not None


def test_a_card_that_is_given_back_after_its_time_is_withdrawn_within_a_day() -> None:
    world = World()
    reserved, other = world.new_secret(), world.new_secret()
    world.stock(reserved, other, expires_at=days(world, 1))
    world.tell(world.placed("A1"))
    world.bench.advance(days=1, minutes=1)
    assert card(world, other).status is CardStatus.VOID
    world.tell(world.expired("A1"))
    assert card(world, reserved).status is CardStatus.FREE
    assert given_to(world, "A2") is None
    world.bench.advance(days=1)
    assert card(world, reserved).status is CardStatus.VOID


@pytest.mark.parametrize("order", [(5, 2), (2, 5)])
def test_the_stock_is_looked_through_at_the_earliest_moment_whatever_came_first(order: tuple[int, int]) -> None:
    world = World()
    start, secrets = world.bench.now, {}
    for count in order:
        secrets[count] = world.new_secret()
        world.stock(secrets[count], expires_at=start + timedelta(days=count))
    world.bench.advance(days=2, seconds=1)
    assert [card(world, secrets[count]).status for count in (2, 5)] == [CardStatus.VOID, CardStatus.FREE]
    world.bench.advance(days=3)
    assert card(world, secrets[5]).status is CardStatus.VOID
