"""What `redress connect` and `redress mode` ask of the services, as their routes take it, and the look into the simulated shop.

With `shop.py` and `shop_requests.py` this knows the services' own code.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from chassis.activity import Tools
from chassis.aggregate import fold
from chassis.attempts import vault_row
from chassis.errors import Fault
from chassis.fingerprint import Fingerprints, normalised_card
from chassis.folding import fold_page
from chassis.secret import Secret, mask_card
from chassis.store.memory import MemoryStore
from chassis.unit import Answered, Cause, CommandUnit
from chassis.vault import Sealed, Vault
from protocols.http import HttpReply
from redress.asking import Caller, Refused
from redress.simulation.beside_plans import BESIDE_ID
from redress.simulation.beside_shop import KIND, PRODUCT_CODE, BesideShop
from redress.simulation.network import Answering
from redress.simulation.requests import Mailroom, Request
from redress.simulation.scene import Scene
from redress.simulation.terminal import Terminal
from services.inventory.beside.api import MAX_TOLD, PageOfShop, read_page
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.views import RowsToRemove, SoldTwice
from services.inventory.service import inventory
from services.inventory.sourcing.commands import RegisterSupplier
from services.inventory.sourcing.supplier_routes import Registration
from services.inventory.stock.commands import ImportCards, ListProduct, SealedCard
from services.inventory.stock.indexes import TakenOverCards
from services.inventory.stock.sealing import seal_card
from services.inventory.stock.wire import Listing
from services.order.connecting.activities import Look, LookAtShop, look_into
from services.order.connecting.api import ConnectBody, ModeBody, OrdersBody, read_orders
from services.order.connecting.commands import ChangeMode, ConnectShop
from services.order.connecting.intents import PollShop
from services.order.connecting.settings import ConnectionSettings
from services.order.domain.connection import Connection
from services.order.service import order

STAFF = "keeper of the shop beside"
RESERVE = "reserve"
AWAY_RATE, SLOW_RATE = 0.05, 0.05
SLOW_SECONDS = 28.0


def connection_settings(poll_seconds: float) -> ConnectionSettings:
    """Of a shop whose database has no address: `LookAtSimulatedShop` has it."""
    return ConnectionSettings(kind=KIND, database=Secret("sqlite:///nowhere"), poll_seconds=poll_seconds)


class ShopAway(Fault):
    code = "simulated-shop-away"
    title = "The simulated shop does not answer"


class LookAtSimulatedShop(LookAtShop):
    """The look as it is, into the simulated shop's tables; their answer may come late, or not at all."""

    def __init__(self, tools: Tools, shop: BesideShop, scene: Scene) -> None:
        super().__init__(tools)
        self._shop = shop
        self._scene = scene

    async def look(self, connection: ConnectionSettings, intent: PollShop) -> Look:
        chance = self._scene.chance
        if chance.strikes("shop away", AWAY_RATE):
            raise ShopAway
        found = look_into(self._shop.looked_at(intent.key), intent)
        is_slow = chance.strikes("shop slow", SLOW_RATE)
        await Answering(HttpReply(200), chance.between("shop", 0.0, SLOW_SECONDS) if is_slow else chance.between("shop", 0.002, 0.05))
        return found


class BesideRequests:
    """Makes the requests of whoever keeps the shop beside us."""

    def __init__(self, scene: Scene, vaults: dict[str, Vault], fingerprints: Fingerprints) -> None:
        self._scene = scene
        self._vaults = vaults
        self._fingerprints = fingerprints
        self._count = 0

    def fingerprint_of(self, secret: str) -> str:
        return self._fingerprints.of("card", normalised_card(secret))

    def reserve_imported(self, secrets: list[str]) -> Request:
        """A card file of our own, for the shop's buyers."""

        def chunk(_: MemoryStore) -> CommandUnit:
            kept, cards = list[Sealed](), []
            for line, secret in enumerate(secrets, 1):
                fingerprint, sealed = seal_card(secret, BESIDE_ID, self._vaults["inventory"], self._fingerprints)
                kept.append(sealed)
                cards.append(SealedCard(line, sealed.reference, fingerprint, mask_card(secret)))
            command = ImportCards(
                shop_id=BESIDE_ID,
                batch_id=RESERVE,
                product_code=PRODUCT_CODE,
                supplier_code=RESERVE,
                chunk_number=1,
                cards=tuple(cards),
            )
            return self._unit(command, kept)

        return Request("inventory", chunk)

    def of_route(self, service: str, method: str, path: str, body: Any) -> Request:
        """What a route makes of a request's body, or of its query."""
        decode = msgspec.convert
        match method, path:
            case "POST", "/suppliers":
                asked = decode(body, Registration)
                return self._command(
                    service, RegisterSupplier(shop_id=BESIDE_ID, supplier_code=asked.supplier_code, kind=asked.kind)
                )  # fmt: skip
            case "POST", "/products":
                return self._command(service, ListProduct(**msgspec.structs.asdict(decode(body, Listing)) | {"shop_id": BESIDE_ID}))
            case "POST", "/shop-cards":
                page = decode(body, PageOfShop)
                return Request(service, lambda _: self._page_seen(page))
            case "POST", "/connection/orders":
                orders = decode(body, OrdersBody)
                return Request(service, lambda _: self._orders_read(orders))
            case "PUT", "/connection":
                connecting = decode(body, ConnectBody)
                return self._command(service, ConnectShop(shop_id=BESIDE_ID, kind=connecting.kind, after_row=connecting.after_row))
            case "PUT", "/connection/mode":
                wanted = decode(body, ModeBody)
                command = ChangeMode(
                    shop_id=BESIDE_ID,
                    mode=wanted.mode.value,
                    is_confirmed=wanted.is_confirmed,
                    fill_in_after_seconds=wanted.fill_in_after_seconds,
                    changed_by=STAFF,
                )
                return self._command(service, command)
            case "GET", "/connection":
                return Request(service, _connection)
            case "GET", "/shop-cards":
                return Request(service, _shop_cards)
            case _:
                raise AssertionError(f"{method} {path} is not asked of the simulated {service}")

    def _command(self, service: str, command: Any) -> Request:
        return Request(service, lambda _: self._unit(command))

    def _page_seen(self, page: PageOfShop) -> CommandUnit:
        read = read_page(page, BESIDE_ID, self._vaults["inventory"], self._fingerprints)
        return self._unit(read.command, read.sealed)

    def _orders_read(self, body: OrdersBody) -> CommandUnit:
        command, sealed = read_orders(body, BESIDE_ID, self._vaults["order"], self._fingerprints)
        return self._unit(command, sealed)

    def _unit(self, command: Any, sealed: Any = ()) -> CommandUnit:
        self._count += 1
        cause = Cause(f"correlation-{STAFF}-{self._count}", f"request/{STAFF}/command-{self._count}")
        rows = tuple(vault_row(each, self._scene.clock.now) for each in sealed)
        return CommandUnit(command, cause, None, sha256(msgspec.json.encode(command)).digest(), rows)


def _connection(store: MemoryStore) -> Answered | None:
    found: Connection | None = fold(order.codec.decode_all(store.stream(Connection.create_id(BESIDE_ID))))
    return None if found is None else _answer({"kind": found.kind, "mode": found.mode.value})


def _shop_cards(store: MemoryStore) -> Answered:
    stock: ShopStock | None = fold(inventory.codec.decode_all(store.stream(ShopStock.create_id(BESIDE_ID))))
    told: dict[str, Any] = {}
    for view in (RowsToRemove, SoldTwice):
        while fold_page(inventory, store, view):
            pass
        told[view.NAME] = [msgspec.json.decode(document) for _, document in store.view_rows(view.NAME, f"{BESIDE_ID}|", MAX_TOLD)]
    return _answer(
        {
            "is_taken_over": stock is not None and stock.is_taken_over,
            "taken_over_count": len(store.index_rows(TakenOverCards.NAME, BESIDE_ID, MAX_TOLD)),
            "rows_to_remove": told[RowsToRemove.NAME],
            "sold_twice": told[SoldTwice.NAME],
        }
    )


def _answer(body: Any) -> Answered:
    return Answered(200, msgspec.json.encode(body))


class TerminalCaller(Caller):
    """A service as a command at the terminal calls it."""

    def __init__(self, service: str, requests: BesideRequests, mailroom: Mailroom, terminal: Terminal) -> None:
        self._service = service
        self._requests = requests
        self._mailroom = mailroom
        self._terminal = terminal

    def get(self, path: str, **query: str) -> Any:
        return self._asked("GET", path, query)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return self._asked(method, path, msgspec.to_builtins(body))

    def _asked(self, method: str, path: str, body: Any) -> Any:
        request = self._requests.of_route(self._service, method, path, body)
        answer: Answered = self._terminal.wait(lambda resume: self._mailroom.ask(request, resume))
        if answer.status >= 400:
            raise Refused(answer.status, answer.body)
        return msgspec.json.decode(answer.body)
