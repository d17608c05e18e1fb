"""What a buyer without an account can do: find the order by its number and contact, and see the cards.

`POST /orders/lookup` asks one question of one index, whether the number or the contact is wrong, and answers both with the same
bytes. It is limited by address, by order and by contact; each try counts, the right ones too. A match gives a case token for this one
order and its units with masked previews.

`POST /orders/{number}/units/{line}/{unit}/reveal`, with the case token, opens one card. The card stays in inventory's vault: inventory
decides (allocated to this order, neither held nor void), records the opening with time, IP and device, and hands the card over; it
passes through here and is neither stored nor logged. Everything is POST, so nothing of it stands in an access log.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from chassis.desk import Desk
from chassis.errors import Fault, NotFound, Unauthorised
from chassis.fingerprint import normalised_contact
from chassis.problem import InvalidRequest, decoded
from services.order.access import OrderNumber, ShopId
from services.order.domain.entitlement import Entitlement, UnitState
from services.order.domain.lines import UnitKey
from services.order.domain.order import Order
from services.order.domain.refusals import NothingToReveal
from services.order.indexes import ContactProofs, proof_key
from services.order.lookup.shown import OrderShown, shown
from services.order.settings import OrderSettings

REVEALABLE = (UnitState.DELIVERED, UnitState.REVEALED)
REFUSALS = (404, 409)
"""Inventory's answers that mean: this card is not for this order, or is held or void. All others are our own trouble."""


class NoSuchOrder(NotFound):
    code = "order-not-found"
    title = "There is no order with this number and contact"


class LookupBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shop_id` may be left out where there is one shop only."""

    order_number: OrderNumber
    contact: Annotated[str, Meta(min_length=1, max_length=256)]
    shop_id: ShopId | None = None

    def __repr__(self) -> str:
        return f"LookupBody(order_number={self.order_number!r})"


class CaseOpened(msgspec.Struct, frozen=True, kw_only=True):
    """`case_token`: for this order only, as `Authorization: Bearer …`, until it expires."""

    case_token: str
    order: OrderShown


class RevealBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`device`: what the buyer's page knows of the device; kept as evidence in the vault."""

    device: Annotated[str, Meta(max_length=512)] | None = None

    def __repr__(self) -> str:
        return "RevealBody(…)"


class OpenCards(msgspec.Struct, frozen=True, kw_only=True):
    """The body of inventory's `POST /vault/open`."""

    references: tuple[UUID, ...]
    purpose: str
    shop_id: str
    order_number: str
    ip: str | None
    device: str | None

    def __repr__(self) -> str:
        return f"OpenCards(references={self.references}, purpose={self.purpose!r})"


class RevealedField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a card that has several, such as the password of an account."""

    name: str
    value: str

    def __repr__(self) -> str:
        return f"RevealedField(name={self.name!r})"


class OpenedCard(msgspec.Struct, frozen=True, kw_only=True):
    """One card in inventory's answer; `fields`: what it consists of, where its product has fields."""

    secret: str
    opened_count: int
    fields: tuple[RevealedField, ...] = ()

    def __repr__(self) -> str:
        return f"OpenedCard(opened_count={self.opened_count})"


class OpenedCards(msgspec.Struct, frozen=True, kw_only=True):
    """Inventory's answer: the cards in the order asked for."""

    cards: Annotated[tuple[OpenedCard, ...], Meta(min_length=1)]


class CardRevealed(msgspec.Struct, frozen=True, kw_only=True):
    """The card in the open, on its way to the buyer. `opened_count`: how often by now, this time included."""

    order_number: str
    line: int
    unit: int
    secret: str
    opened_count: int
    fields: tuple[RevealedField, ...]

    def __repr__(self) -> str:
        return f"CardRevealed(line={self.line}, unit={self.unit})"


def routes(desk: Desk) -> APIRouter:
    """The buyers' routes."""
    router = APIRouter()

    @router.post("/orders/lookup")
    async def look_up(request: Request) -> Response:
        """Find an order by its number and contact: its units masked, and a case token."""
        body = decoded(await request.body(), LookupBody)
        shop_id = _shop_id(desk, body)
        contact = normalised_contact(body.contact)
        await _limit_lookups(desk, request, shop_id, body.order_number, contact)
        order_id = await _proven_order(desk, shop_id, body.order_number, contact)
        order = None if order_id is None else await desk.get(Order, order_id)
        if order is None:
            raise NoSuchOrder()
        token = desk.case_tokens.issue(shop_id, order.order_number, desk.now())
        return _json(CaseOpened(case_token=token.reveal(), order=shown(order)))

    @router.post("/orders/{order_number}/units/{line}/{unit}/reveal")
    async def reveal(order_number: str, line: int, unit: int, request: Request) -> Response:
        """Show the card of one unit; each showing is recorded."""
        shop_id = _granted_shop(desk, request, order_number)
        body = decoded(await request.body() or b"{}", RevealBody)
        throttle = _settings(desk).throttle
        await desk.rate_limiter.take(throttle.reveals_by_ip.named("reveals-by-ip"), _ip(request))
        await desk.rate_limiter.take(throttle.reveals_of_order.named("reveals-of-order"), f"{shop_id}/{order_number}")
        order = await desk.get(Order, Order.create_id(shop_id, order_number))
        entitlement = None if order is None else order.units.get(UnitKey(line, unit))
        if order is None or entitlement is None or not _has_card(order, entitlement):
            raise NothingToReveal(order_number=order_number, line=line, unit=unit)
        question = OpenCards(
            references=(UUID(entitlement.card_id or ""),),
            purpose="reveal",
            shop_id=shop_id,
            order_number=order_number,
            ip=_ip(request) or None,
            device=body.device or request.headers.get("user-agent"),
        )
        card = await _opened(desk, question)
        if card is None:
            raise NothingToReveal(order_number=order_number, line=line, unit=unit)
        return _json(
            CardRevealed(
                order_number=order_number, line=line, unit=unit, secret=card.secret, opened_count=card.opened_count, fields=card.fields
            )
        )

    return router


def _has_card(order: Order, unit: Entitlement) -> bool:
    """Whether there is something to show: a top-up, in whose card's place its need stands, has nothing."""
    return unit.state in REVEALABLE and unit.card_id not in (None, str(order.need_id(unit.key)))


async def _opened(desk: Desk, question: OpenCards) -> OpenedCard | None:
    """The card, or None where inventory refuses to open it; raises Fault."""
    status, answer = await desk.peers.call("inventory", "POST", "/vault/open", question)
    if status in REFUSALS:
        return None
    if status != 200:
        raise Fault(peer="inventory")
    try:
        return msgspec.json.decode(answer, type=OpenedCards).cards[0]
    except msgspec.DecodeError:
        raise Fault(peer="inventory") from None  # its text could quote the card


async def _limit_lookups(desk: Desk, request: Request, shop_id: str, order_number: str, contact: str) -> None:
    throttle, limiter = _settings(desk).throttle, desk.rate_limiter
    await limiter.take(throttle.lookups_by_ip.named("lookups-by-ip"), _ip(request))
    await limiter.take(throttle.lookups_of_order.named("lookups-of-order"), f"{shop_id}/{order_number}")
    await limiter.take(throttle.lookups_by_contact.named("lookups-by-contact"), contact)


async def _proven_order(desk: Desk, shop_id: str, order_number: str, contact: str) -> UUID | None:
    """The order of this number and contact, under any version of the fingerprint's key."""
    for fingerprint in desk.fingerprints.all_of("contact", contact):
        key = proof_key(shop_id, order_number, fingerprint)
        rows: list[Any] = await desk.ask(desk.store.index_rows, ContactProofs.NAME, key)
        if rows:
            found: UUID = rows[0].stream_id
            return found
    return None


def _shop_id(desk: Desk, body: LookupBody) -> str:
    shop_id = body.shop_id or _settings(desk).only_shop_id()
    if shop_id is None:
        raise InvalidRequest([("shop_id", "is missing")])
    return shop_id


def _granted_shop(desk: Desk, request: Request, order_number: str) -> str:
    """The shop of the case token, which must be for this very order; raises Unauthorised."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorised()
    grant = desk.case_tokens.grant_of(token.strip(), desk.now())
    if grant.order_number != order_number:
        raise Unauthorised()
    return grant.shop_id


def _settings(desk: Desk) -> OrderSettings:
    settings: OrderSettings = desk.settings
    return settings


def _ip(request: Request) -> str:
    return request.client.host if request.client else ""


def _json(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), 200, {"cache-control": "no-store"}, "application/json")
