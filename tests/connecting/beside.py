"""A house with a real shop beside it: the shop's tables in MariaDB, the services on memory stores, the commands of `redress connect`."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from chassis.activity import Performed, Tools
from chassis.attempts import vault_row
from chassis.fingerprint import normalised_card
from chassis.secret import Secret
from chassis.store.rows import IntentStatus
from protocols.shops.port import Site
from protocols.shops.reading import ShopReading
from protocols.shops.registry import DIALECTS
from redress.asking import Caller, Refused
from redress.connecting.opening import opened_shop
from redress.connecting.pages import Sent, ShopPages
from redress.connecting.switching import Switch
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.card_status import CardStatus
from services.order.connecting.activities import LookAtShop
from services.order.connecting.intents import PollShop
from services.order.connecting.settings import ConnectionSettings
from services.order.domain.order import Order
from tests.connecting.rebuilt import Shop
from tests.shops.house import ALPHA, House

ADMIN = "owner-alpha"
STEP_SECONDS = 5


class HouseCaller(Caller):
    """A caller of one service of the house; what was said is carried on after each request."""

    def __init__(self, house: House, service: str) -> None:
        self._house = house
        self._service = service

    def get(self, path: str, **query: str) -> Any:
        return self._done("GET", path, params=query)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self._done(method, path, json=msgspec.to_builtins(body))

    def _done(self, method: str, path: str, **options: Any) -> Any:
        answer = asyncio.run(self._ask(method, path, options))
        self._house.carry()
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.content)
        return answer.json()

    async def _ask(self, method: str, path: str, options: dict[str, Any]) -> Any:
        async with self._house.desks[self._service].client() as client:
            return await client.request(method, path, headers={"authorization": f"Bearer {ADMIN}"}, **options)


class Beside:
    """Shop and house. `pass_time` lets both services' timers fire and the looks into the shop be taken, for real."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.house = House()
        self.dialect = DIALECTS[shop.kind]
        self.site = Site(self.dialect.default_prefix)
        self.order, self.inventory = HouseCaller(self.house, "order"), HouseCaller(self.house, "inventory")
        desk = self.house.desks["order"]
        connection = ConnectionSettings(kind=shop.kind, database=Secret(shop.database.reader_url))  # type: ignore[arg-type]
        shops = dict(desk.settings.shops)
        shops[ALPHA] = msgspec.structs.replace(shops[ALPHA], connection=connection)
        desk.settings = msgspec.structs.replace(desk.settings, shops=shops)

    # the commands

    def reading(self) -> AbstractContextManager[ShopReading]:
        """The shop as it is now."""
        return opened_shop(self.dialect, self.site, url=self.shop.database.reader_url, dump=None)

    def connect(self) -> Sent:
        """`redress connect`."""
        pages = ShopPages(self.inventory, self.order, ALPHA, self.shop.kind)
        with self.reading() as shop:
            pages.goods(shop)
            pages.cards(shop, lambda count: None)
            pages.orders(shop, 0, lambda count: None)
        self.order.send("PUT", "/connection", {"kind": self.shop.kind, "after_row": pages.sent.last_order, "shop_id": ALPHA})
        return pages.sent

    @property
    def switch(self) -> Switch:
        return Switch(self.inventory, self.order, ALPHA, pause=lambda: self.pass_time(1))

    def reserve(self, product_code: str, secrets: list[str], batch_id: str = "reserve") -> dict[str, Any]:
        """The operator imports cards that the shop does not have, for re-issues."""
        cards = [{"line": number, "secret": secret} for number, secret in enumerate(secrets, 1)]
        body = {"shop_id": ALPHA, "product_code": product_code, "supplier_code": "reserve", "chunk_number": 1, "cards": cards}
        answer: dict[str, Any] = self.inventory.send("POST", f"/batches/{batch_id}/chunks", body)
        return answer

    # time

    def pass_time(self, seconds: float) -> None:
        """In steps of five seconds; looks that are due are taken."""
        for _ in range(max(1, int(seconds / STEP_SECONDS))):
            for desk in self.house.desks.values():
                desk.bench.advance(seconds=STEP_SECONDS)
            self.look()
            self.house.carry()

    def look(self) -> None:
        """Take the look that waits, if one does."""
        desk = self.house.desks["order"]
        for row in desk.bench.intents(IntentStatus.PENDING):
            if row.kind != PollShop.KIND:
                continue
            attempt = desk.bench.start(row.key)
            tools = Tools(desk.settings, _no_http, desk.vault, desk.fingerprints, desk.now)
            done = asyncio.run(LookAtShop(tools).perform(msgspec.json.decode(row.payload, type=PollShop)))
            outcome, sealed = done if isinstance(done, Performed) else (done, ())
            kept = tuple(vault_row(each, desk.bench.now) for each in sealed)
            desk.bench.outcome(row.key, outcome, sealed=kept, attempt=attempt)

    # what came of it

    def order_of(self, number: str) -> Order:
        found = self.house.desks["order"].bench.aggregate(Order.create_id(ALPHA, number))
        assert isinstance(found, Order)
        return found

    def state_of(self, number: str) -> str:
        """`outside`, `ours` or `nobody`: who has delivered the order."""
        order = self.order_of(number)
        units = [unit.card_id for unit in order.units.values()]
        if all(units):
            return "ours"
        return "outside" if order.shop_state == "delivered" else "nobody"

    def card(self, secret: str) -> Card | None:
        desk = self.house.desks["inventory"]
        found = desk.bench.aggregate(Card.create_id(ALPHA, desk.fingerprints.of("card", normalised_card(secret))))
        assert found is None or isinstance(found, Card)
        return found

    def cards(self) -> list[Card]:
        """Every card that inventory knows."""
        bench = self.house.desks["inventory"].bench
        streams = {row.stream_id for row in bench.store.events_after(0, 100_000) if row.topic.startswith("inventory.Card.")}
        return [bench.aggregate(stream) for stream in streams]

    def event_counts(self) -> dict[str, int]:
        return {name: len(desk.store.events_after(0, 100_000)) for name, desk in self.house.desks.items()}


def assert_no_card_is_issued_twice(beside: Beside, sold_by_shop: list[list[str]]) -> None:
    """The law, from the shop's own sales and our stores alone: a card has one buyer, in the shop or here, and a need one card.

    An order that was delivered in two places, since the shop delivered it after us, is told as that.
    """
    sold = [secret for cards in sold_by_shop for secret in cards]
    assert len(sold) == len(set(sold)), "the shop itself sold a card twice"
    fingerprints = beside.house.desks["inventory"].fingerprints
    sold_there = {fingerprints.of("card", normalised_card(secret)) for secret in sold}
    given = [card for card in beside.cards() if card.status in (CardStatus.ALLOCATED, CardStatus.HELD)]
    assert not [card for card in given if card.fingerprint in sold_there], "a card was issued in two places"
    needs = [card.need_id for card in given]
    assert len(needs) == len(set(needs)), "a need has two cards"
    bench = beside.house.desks["order"].bench
    rows = bench.store.events_after(0, 100_000)
    filled = {row.stream_id for row in rows if row.topic == "order.Order.FilledIn"}
    outside = {row.stream_id for row in rows if row.topic == "order.Order.DeliveredOutside"}
    told = {value["order_id"] for name, value in bench.said if name == "OrderDeliveredOutside" and value["is_double"]}
    assert {str(each) for each in filled & outside} == told, "a double delivery was not told"


async def _no_http(base_url: str, request: Any) -> Any:
    raise AssertionError("nobody is called over HTTP here")
