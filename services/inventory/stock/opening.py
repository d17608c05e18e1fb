"""`POST /vault/open`: the only way in which a card leaves this service.

Other services of the installation open the cards of an order; people of the staff with the scope `cards:export` open unsold ones, for the
purpose `export`, and each card keeps who did.

First the opening is committed as a unit of each card, which refuses one that is not allocated to the order, held or void; only then
is the vault opened. Neither the command nor its answer holds a card; asked again, it is an opening again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.attempts import sealed_of
from chassis.desk import Desk
from chassis.errors import ContractError, Forbidden, NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.tokens import Principal
from chassis.unit import Lane
from chassis.vault import Sealed
from services.inventory.stock.card_fields import card_fields
from services.inventory.stock.commands import ExportCards, OpenCards
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.remarks import CardRemarks
from services.inventory.stock.sealing import CARD_KIND
from services.inventory.stock.wire import CardLeft, ExportAnswer, ExportedCard, OpenRequest

ALLOWED = frozenset({("order", CARD_KIND, "reveal")})
"""Which service may open what, and what for."""
EXPORT, EXPORT_SCOPE = "export", "cards:export"


class OrderNotNamed(ContractError):
    code = "order-not-named"
    title = "A card is opened for an order, which is to be named"


class _Exported(msgspec.Struct, frozen=True):
    card_id: UUID
    reference: str
    remarks_reference: str | None
    expires_at: datetime | None


class _ExportDecided(msgspec.Struct, frozen=True):
    exported: tuple[_Exported, ...]
    refused: tuple[CardLeft, ...]


def vault_routes(desk: Desk) -> APIRouter:
    """The route for other services."""
    router = APIRouter()

    @router.post("/vault/open")
    async def open_vault(request: Request) -> Response:
        """The cards of an order, in the order asked for; all or none."""
        principal = desk.authenticate(request.headers.get("authorization"))
        asked = decoded(await request.body(), OpenRequest)
        if asked.purpose == EXPORT:
            return await _export(desk, principal, asked)
        if principal.kind != "service" or (principal.name, CARD_KIND, asked.purpose) not in ALLOWED:
            raise Forbidden(purpose=asked.purpose)
        if asked.order_number is None:
            raise OrderNotNamed()
        cards = [await _card(desk, reference, asked.shop_id) for reference in dict.fromkeys(asked.references)]
        ips = _sealed_for(desk, cards, "ip", asked.ip)
        devices = _sealed_for(desk, cards, "device", asked.device)
        command = OpenCards(
            card_ids=tuple(card.id for card in cards),
            order_number=asked.order_number,
            purpose=asked.purpose,
            ip_references=tuple(each.reference for each in ips),
            device_references=tuple(each.reference for each in devices),
        )
        answer = await desk.do(command, principal=principal.name, route="vault/open", key=None, sealed=(*ips, *devices))
        if answer.status != 200:
            return response_of(answer)
        opened = msgspec.json.decode(answer.body)["opened"]
        secrets = await _secrets(desk, [each["reference"] for each in opened])
        body = {"cards": [{"card_id": each["card_id"], "secret": secrets[each["reference"]],
                           "opened_count": each["opened_count"],
                           "fields": card_fields(secrets[each["reference"]], await _pattern(desk, card))}
                          for card, each in zip(cards, opened, strict=True)]}  # fmt: skip
        return Response(msgspec.json.encode(body), headers={"cache-control": "no-store"}, media_type="application/json")

    return router


async def _export(desk: Desk, principal: Principal, asked: OpenRequest) -> Response:
    if principal.kind != "staff":
        raise Forbidden(purpose=asked.purpose)
    principal.require(EXPORT_SCOPE)
    shop_ids = None if principal.shops is None else tuple(sorted(principal.shops))
    command = ExportCards(card_ids=asked.references, exported_by=principal.name, shop_ids=shop_ids)
    answer = await desk.do(command, principal=principal.name, route="vault/open", key=None, lane=Lane.BULK)
    if answer.status != 200:
        return response_of(answer)
    decided = msgspec.json.decode(answer.body, type=_ExportDecided)
    remarked = [each.remarks_reference for each in decided.exported if each.remarks_reference is not None]
    secrets = await _secrets(desk, [*(each.reference for each in decided.exported), *remarked])
    cards = tuple(
        ExportedCard(
            each.card_id,
            secrets[each.reference],
            msgspec.json.decode(secrets[each.remarks_reference], type=CardRemarks) if each.remarks_reference else None,
            each.expires_at,
        )
        for each in decided.exported
    )
    body = msgspec.json.encode(ExportAnswer(cards, decided.refused))
    return Response(body, headers={"cache-control": "no-store"}, media_type="application/json")


async def _card(desk: Desk, card_id: Any, shop_id: str | None) -> Card:
    card = await desk.get(Card, card_id)
    if card is None or shop_id not in (None, card.shop_id):
        raise NotFound(card_id=card_id)
    return card


async def _pattern(desk: Desk, card: Card) -> str | None:
    """What tells a card's fields apart."""
    product = await desk.get(Product, Product.create_id(card.shop_id, card.product_code))
    return product.card_pattern if product is not None else None


def _sealed_for(desk: Desk, cards: list[Card], kind: str, value: str | None) -> tuple[Sealed, ...]:
    """The buyer's IP or device, sealed once for each card that it opens."""
    if not value:
        return ()
    return tuple(desk.vault.seal(kind, card.shop_id, str(card.id), value) for card in cards)


async def _secrets(desk: Desk, references: list[str]) -> dict[str, str]:
    rows = await desk.ask(desk.store.vault, references)
    secrets = {}
    for row in rows:
        secrets[row.reference] = desk.vault.open(sealed_of(row)).decode()
    missing = [reference for reference in references if reference not in secrets]
    assert not missing, "a card's row is missing in the vault"
    return secrets
