"""What the demo's shop sells, where it comes from, and the card files it starts with.

game-50     own stock, then the supplier north          film-20    rocky (down), then steady
music-30    north, then south                           chat-10    sour (bad cards), then steady
tool-15     quiet, which loses answers                  rare-99    dry, then steady, both sold out
solo-…      own stock: one single card
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from contracts.values import Money
from redress.asking import Caller
from redress.demo.stage import Stage
from redress.importing import import_cards
from redress.sandboxed import PATTERN
from services.inventory.sourcing.domain.supplier import DUJIAO_NEXT, OWN_STOCK
from services.inventory.sourcing.supplier_routes import Registration
from services.inventory.stock.importing import Progress
from services.inventory.stock.wire import Listing, Offer

OWN = "own-stock"
GAME, MUSIC, FILM, CHAT, TOOL, RARE = "game-50", "music-30", "film-20", "chat-10", "tool-15", "rare-99"
SOURCES: dict[str, tuple[tuple[str, int], ...]] = {
    GAME: (("north", 1),),
    MUSIC: (("north", 2), ("south", 2)),
    FILM: (("rocky", 3), ("steady", 3)),
    CHAT: (("sour", 4), ("steady", 4)),
    TOOL: (("quiet", 5),),
    RARE: (("dry", 6), ("steady", 6)),
}
"""Each product's suppliers, in the order in which they are asked while nothing is known of them, with their article numbers."""

PRICES = {GAME: 5_000, MUSIC: 3_000, FILM: 2_000, CHAT: 1_000, TOOL: 1_500, RARE: 9_900}
SOLO_PRICE = 8_800
SUPPLIERS = sorted({code for sources in SOURCES.values() for code, _ in sources})
OWN_CARD_COUNT = 20
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Market:
    """What can be bought; `solo`: the product of which there is one card. `imported`: what the card file brought."""

    solo: str
    imported: Progress
    cards: tuple[str, ...] = field(repr=False)
    """The cards of the own stock, for those who look for traces of them."""

    def price_of(self, product: str) -> Money:
        return Money(PRICES.get(product, SOLO_PRICE), "CNY")


def open_market(stage: Stage, run: str) -> Market:
    """List, register and import everything, over HTTP; raises UserError."""
    caller = Caller(stage.addresses["inventory"], stage.keyring.staff_authorization())
    solo, shop_id = f"solo-{run.lower()}", stage.shop_id
    try:
        caller.send("POST", "/suppliers", Registration(shop_id=shop_id, supplier_code=OWN, kind=OWN_STOCK))
        for code in SUPPLIERS:
            caller.send("POST", "/suppliers", Registration(shop_id=shop_id, supplier_code=code, kind=DUJIAO_NEXT))
        for product in (*SOURCES, solo):
            listing = Listing(shop_id=shop_id, product_code=product, name=product, card_pattern=PATTERN)
            caller.send("POST", "/products", listing)
        for product, sources in SOURCES.items():
            for code, sku_id in sources:
                offer = Offer(shop_id=shop_id, sku_id=sku_id, price=Money(PRICES[product] * 9 // 10, "CNY"))
                caller.send("PUT", f"/products/{product}/sources/{code}", offer)
        cards = [_card("GAME") for _ in range(OWN_CARD_COUNT)]
        # A line twice, and one that is no card: both are told, neither is imported.
        imported = _import(caller, stage, GAME, [*cards, cards[0], "not a card"])
        last_card = _card("SOLO")
        _import(caller, stage, solo, [last_card])
    finally:
        caller.close()
    return Market(solo, imported, (*cards, last_card))


def _import(caller: Caller, stage: Stage, product: str, lines: list[str]) -> Progress:
    with tempfile.TemporaryDirectory(prefix="redress-cards-") as folder:
        file = Path(folder) / "cards.txt"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        *_, progress = import_cards(caller, file, shop_id=stage.shop_id, product_code=product, supplier_code=OWN)
    return progress


def _card(prefix: str) -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    return f"{prefix}-{'-'.join(groups)}"
