"""Accounts, cards of several fields; and reusable cards, of which each buyer has a copy."""

from __future__ import annotations

import re

import msgspec
import pytest

from chassis.secret import HIDDEN
from contracts.values import Money, ProductField
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.inventory.stock.card_fields import card_fields, preview_of
from services.inventory.stock.commands import ListProduct, OfferProduct, OpenCards
from services.inventory.stock.domain.card_status import CardStatus
from services.inventory.stock.domain.product_kind import USUAL_ACCOUNT, UnfitProductTerms, account_pattern, checked_listing
from services.inventory.stock.domain.product_kind import KindTerms as Terms
from tests.inventory.rebuilding import assert_rebuilds
from tests.inventory.restored import RestoredWorld, agree
from tests.inventory.world import SHOP, World

LOOP, SHARED = "LOOP", "GAME-0001-AAAA-BBBB"
MAILBOX = (*USUAL_ACCOUNT, ProductField("mail", "Mail", is_required=False))


def a_world_with_a_shared_card(use_limit: int | None = None) -> RestoredWorld:
    world = RestoredWorld("north")
    world.bench.do(ListProduct(shop_id=SHOP, product_code=LOOP, name="A loop", kind="reusable", use_limit=use_limit))
    world.stock(SHARED, product_code=LOOP)
    return world


def buy_loop(world: World, *orders: str) -> None:
    for order in orders:
        world.tell(world.placed(order, product=LOOP), world.paid(order, product=LOOP))


# accounts


@pytest.mark.parametrize(
    ("secret", "fields"),
    [
        ("someone@example.org----s3cret pass", ["someone@example.org", "s3cret pass"]),
        ("a-b--c---d----x----m@example.org", ["a-b--c---d", "x", "m@example.org"]),
        ("someone", []),
        ("----x", []),
        ("a----b----c----d", []),
    ],
)
def test_an_account_is_taken_apart_by_its_fields(secret: str, fields: list[str]) -> None:
    pattern = account_pattern(MAILBOX)
    assert [each.value for each in card_fields(secret, pattern)] == fields
    assert (re.fullmatch(pattern, secret) is not None) == bool(fields)


def test_only_the_first_field_of_an_account_is_previewed() -> None:
    preview = preview_of("someone@example.org----s3cret-password", account_pattern(USUAL_ACCOUNT))
    assert preview == f"some{HIDDEN}rg----{HIDDEN}"


def test_fields_in_the_open_are_in_no_repr() -> None:
    assert "s3cret" not in repr(card_fields("someone----s3cret", account_pattern(USUAL_ACCOUNT)))


@pytest.mark.parametrize(
    ("kind", "pattern", "terms"),
    [
        ("account", "x", Terms()),
        ("account", None, Terms(fields=USUAL_ACCOUNT[:1])),
        ("account", None, Terms(fields=(USUAL_ACCOUNT[0], USUAL_ACCOUNT[0]))),
        ("account", None, Terms(fields=(*MAILBOX, ProductField("more", "More")))),
        ("account", None, Terms(fields=(*USUAL_ACCOUNT, ProductField("E-mail", "Mail")))),
        ("account", None, Terms(use_limit=2)),
        ("card", None, Terms(fields=USUAL_ACCOUNT)),
        ("card", None, Terms(use_limit=2)),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(kind: str, pattern: str | None, terms: Terms) -> None:
    with pytest.raises(UnfitProductTerms):
        checked_listing(kind, pattern, terms)


# reusable cards


def test_a_reusable_card_is_given_to_every_buyer_and_stays_in_stock() -> None:
    world = a_world_with_a_shared_card()
    buy_loop(world, "A1", "A2", "A3")
    card = world.card_of(SHARED)
    assert card is not None
    assert card.status is CardStatus.FREE
    copies = {world.need(order).card_id for order in ("A1", "A2", "A3")}
    assert len(copies) == 3
    assert card.id not in copies
    assert card.version == 1
    assert_rebuilds(world.bench)


def test_several_units_of_one_order_share_the_card_and_each_buyer_opens_a_copy_of_his_own() -> None:
    world = a_world_with_a_shared_card()
    world.tell(world.placed("A1", 2, LOOP), world.paid("A1", 2, LOOP))
    buy_loop(world, "A2")
    first, second = world.need("A1").card_id, world.need("A1", 2).card_id
    assert first is not None and second is not None and first != second  # noqa: PT018 - for the type
    answer = world.bench.do(OpenCards(card_ids=(first,), order_number="A1", purpose="reveal"))
    other = world.bench.do(OpenCards(card_ids=(first,), order_number="A2", purpose="reveal"))
    card = world.card_of(SHARED)
    assert card is not None
    assert (answer.status, other.status) == (200, 409)
    assert msgspec.json.decode(answer.body)["opened"][0]["reference"] == card.reference


def test_a_reusable_card_with_a_limit_is_used_up() -> None:
    world = a_world_with_a_shared_card(use_limit=2)
    buy_loop(world, "A1", "A2", "A3")
    assert [world.need(order).status for order in ("A1", "A2")] == [NeedStatus.ALLOCATED] * 2
    assert world.need("A3").status is not NeedStatus.ALLOCATED
    card = world.card_of(SHARED)
    assert card is not None
    assert (card.status, card.use_count) == (CardStatus.VOID, 2)
    assert_rebuilds(world.bench)


def test_a_placed_order_does_not_use_a_reusable_card() -> None:
    world = a_world_with_a_shared_card(use_limit=1)
    world.tell(world.placed("A1", product=LOOP))
    buy_loop(world, "A2")
    assert world.need("A2").status is NeedStatus.ALLOCATED


def test_a_closed_need_holds_its_copy_and_nobody_else_s() -> None:
    world = a_world_with_a_shared_card()
    buy_loop(world, "A1")
    world.tell(world.failed("A1"))
    buy_loop(world, "A2")
    assert world.need("A2").status is NeedStatus.ALLOCATED


def test_a_reusable_product_is_not_bought_of_suppliers() -> None:
    world = a_world_with_a_shared_card()
    offer = OfferProduct(shop_id=SHOP, product_code=LOOP, supplier_code="north", sku_id=7, price=Money(100, "CNY"))
    answer = world.bench.do(offer)
    assert (answer.status, msgspec.json.decode(answer.body)["code"]) == (409, "product-not-sourced")


def test_after_a_restore_a_copy_is_lent_again_with_its_secret() -> None:
    world = a_world_with_a_shared_card(use_limit=5)
    world.back_up()
    buy_loop(world, "A1", "A2")
    world.restore()
    agree(world, "CardAllocated")
    assert world.open_card("A1") == 200
    card = world.card_of(SHARED)
    assert card is not None
    assert card.use_count == 2
    assert_rebuilds(world.bench)
