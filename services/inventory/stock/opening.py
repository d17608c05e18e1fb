"""`POST /vault/open`: the only way in which a card leaves this service, for other services of the installation alone.

First the opening is committed as a unit of each card, which refuses one that is not allocated to the order, held or void; only then
is the vault opened. Neither the command nor its answer holds a card; asked again, it is an opening again.
"""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.desk import Desk
from chassis.errors import Forbidden, NotFound
from chassis.problem import decoded
from chassis.responses import response_of
from chassis.vault import Sealed
from services.inventory.stock.commands import OpenCards
from services.inventory.stock.domain.card import Card
from services.inventory.stock.sealing import CARD_KIND
from services.inventory.stock.wire import OpenRequest

ALLOWED = frozenset({("order", CARD_KIND, "reveal")})
"""Which service may open what, and what for."""


def vault_routes(desk: Desk) -> APIRouter:
    """The route for other services."""
    router = APIRouter()

    @router.post("/vault/open")
    async def open_vault(request: Request) -> Response:
        """The cards of an order, in the order asked for; all or none."""
        principal = desk.authenticate(request.headers.get("authorization"))
        asked = decoded(await request.body(), OpenRequest)
        if principal.kind != "service" or (principal.name, CARD_KIND, asked.purpose) not in ALLOWED:
            raise Forbidden(purpose=asked.purpose)
        cards = [await _card(desk, reference) for reference in dict.fromkeys(asked.references)]
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
                           "opened_count": each["opened_count"]} for each in opened]}  # fmt: skip
        return Response(msgspec.json.encode(body), headers={"cache-control": "no-store"}, media_type="application/json")

    return router


async def _card(desk: Desk, card_id: Any) -> Card:
    card = await desk.get(Card, card_id)
    if card is None:
        raise NotFound(card_id=card_id)
    return card


def _sealed_for(desk: Desk, cards: list[Card], kind: str, value: str | None) -> tuple[Sealed, ...]:
    """The buyer's IP or device, sealed once for each card that it opens."""
    if not value:
        return ()
    return tuple(desk.vault.seal(kind, card.shop_id, str(card.id), value) for card in cards)


async def _secrets(desk: Desk, references: list[str]) -> dict[str, str]:
    rows = await desk.ask(desk.store.vault, references)
    secrets = {}
    for row in rows:
        sealed = Sealed(row.reference, row.kind, row.shop_id, row.owner_id, row.key_version, row.ciphertext)
        secrets[row.reference] = desk.vault.open(sealed).decode()
    missing = [reference for reference in references if reference not in secrets]
    assert not missing, "a card's row is missing in the vault"
    return secrets
