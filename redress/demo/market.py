"""What the demo's shop sells, where it comes from, and the card files it starts with.

game-50     own stock, then the supplier north          film-20    rocky (down), then steady
music-30    north, then south                           chat-10    sour (bad cards), then steady
tool-15     quiet, which loses answers                  rare-99    dry, then steady, both sold out
key-40      shared, a shared shop, then direct          skin-25    fourth, a V4 site
badge-15    mute, a broken V4 site, then direct         pass-60    direct, with a server of its own, then north
voucher-80  poor, where our money has run out
coins-10    top-ups by refill, then direct              mail-365   accounts from own stock
course-5    one reusable card                           design-500 and figure-200: delivered by hand
poster-70   cards of the consignor lee                  solo-…     own stock: one single card
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from contracts.values import Money, ProductField
from redress.asking import Caller
from redress.demo.stage import Stage
from redress.importing import import_cards
from redress.sandboxed import KINDS, PATTERN
from services.inventory.settlement.api import SettlementTerms
from services.inventory.sourcing.domain.supplier import CONSIGNOR, DUJIAO_NEXT, OWN_STOCK
from services.inventory.sourcing.supplier_routes import Registration, Terms
from services.inventory.stock.domain.product_kind import ACCOUNT, MANUAL, REUSABLE, TOP_UP
from services.inventory.stock.importing import Progress
from services.inventory.stock.wire import Listing, Offer

OWN, LEE = "own-stock", "lee"
GAME, MUSIC, FILM, CHAT, TOOL, RARE = "game-50", "music-30", "film-20", "chat-10", "tool-15", "rare-99"
KEY, SKIN, BADGE, PASS, VOUCHER, COINS = "key-40", "skin-25", "badge-15", "pass-60", "voucher-80", "coins-10"
MAIL, COURSE, DESIGN, FIGURE, POSTER = "mail-365", "course-5", "design-500", "figure-200", "poster-70"
SOURCES: dict[str, tuple[tuple[str, int], ...]] = {
    GAME: (("north", 1),),
    MUSIC: (("north", 2), ("south", 2)),
    FILM: (("rocky", 3), ("steady", 3)),
    CHAT: (("sour", 4), ("steady", 4)),
    TOOL: (("quiet", 5),),
    RARE: (("dry", 6), ("steady", 6)),
    KEY: (("shared", 7), ("direct", 7)),
    SKIN: (("fourth", 8),),
    BADGE: (("mute", 12), ("direct", 12)),
    PASS: (("direct", 9), ("north", 9)),
    VOUCHER: (("poor", 10),),
    COINS: (("refill", 11), ("direct", 11)),
}
"""Each product's suppliers, in the order in which they are asked while nothing is known of them, with their article numbers."""

PREFERRED = ("shared", "mute", "refill")
"""Suppliers that are asked first whatever their score is, so that it can be seen what follows when they fail."""

PRICES = {
    GAME: 5_000, MUSIC: 3_000, FILM: 2_000, CHAT: 1_000, TOOL: 1_500, RARE: 9_900,
    KEY: 4_000, SKIN: 2_500, BADGE: 1_500, PASS: 6_000, VOUCHER: 8_000, COINS: 1_000,
    MAIL: 3_650, COURSE: 500, DESIGN: 50_000, FIGURE: 20_000, POSTER: 7_000,
}  # fmt: skip
SOLO_PRICE = 8_800
SUPPLIERS = sorted({code for sources in SOURCES.values() for code, _ in sources})
ON_ACCOUNT = "direct"
"""What is bought there is paid with the settlement of the month, like the consignor's cards."""
OWN_CARD_COUNT, ACCOUNT_COUNT, CONSIGNED_COUNT = 40, 8, 8
TOP_UP_FIELDS = (ProductField(name="account", label="Account", pattern="player[.][a-z0-9-]{1,40}"),)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Market:
    """What can be bought; `solo`: the product of which there is one card. `imported`: what the card file brought."""

    solo: str
    imported: Progress
    cards: tuple[str, ...] = field(repr=False)
    """The cards of the own stock and of the consignor, for those who look for traces of them."""

    def price_of(self, product: str) -> Money:
        return Money(PRICES.get(product, SOLO_PRICE), "CNY")


def listings(shop_id: str, solo: str) -> list[Listing]:
    """Everything that is on sale; the single card last."""

    def listing(product: str, kind: str = "card", pattern: str | None = None, **more: object) -> Listing:
        return Listing(shop_id=shop_id, product_code=product, name=product, kind=kind, card_pattern=pattern, **more)  # type: ignore[arg-type]

    bought = [listing(product, pattern=PATTERN) for product in SOURCES if product != COINS]
    own = [
        listing(COINS, TOP_UP, fields=TOP_UP_FIELDS),
        listing(MAIL, ACCOUNT),
        listing(COURSE, REUSABLE, PATTERN),
        listing(DESIGN, MANUAL),
        listing(FIGURE, MANUAL, is_sent=True),
        listing(POSTER, pattern=PATTERN),
    ]
    return [*bought, *own, listing(solo, pattern=PATTERN)]


def open_market(stage: Stage, run: str) -> Market:
    """List, register and import everything, over HTTP; raises UserError."""
    caller = Caller(stage.addresses["inventory"], stage.keyring.staff_authorization())
    solo, shop_id = f"solo-{run.lower()}", stage.shop_id
    try:
        _register(caller, shop_id)
        for listing in listings(shop_id, solo):
            caller.send("POST", "/products", listing)
        for product, sources in SOURCES.items():
            for code, sku_id in sources:
                offer = Offer(shop_id=shop_id, sku_id=sku_id, price=Money(PRICES[product] * 9 // 10, "CNY"))
                caller.send("PUT", f"/products/{product}/sources/{code}", offer)
        cards = [_card("GAME") for _ in range(OWN_CARD_COUNT)]
        # A line twice, and one that is no card: both are told, neither is imported.
        imported = _import(caller, stage, GAME, [*cards, cards[0], "not a card"])
        others = {
            MAIL: [f"{_card('user').lower()}@mail.example----{secrets.token_hex(8)}" for _ in range(ACCOUNT_COUNT)],
            COURSE: [_card("COURSE")],
            POSTER: [_card("POSTER") for _ in range(CONSIGNED_COUNT)],
            solo: [_card("SOLO")],
        }
        for product, lines in others.items():
            _import(caller, stage, product, lines, LEE if product == POSTER else OWN)
    finally:
        caller.close()
    return Market(solo, imported, (*cards, *(line for lines in others.values() for line in lines)))


def _register(caller: Caller, shop_id: str) -> None:
    kinds = {OWN: OWN_STOCK, LEE: CONSIGNOR, **{code: str(KINDS.get(code, DUJIAO_NEXT)) for code in SUPPLIERS}}
    for code, kind in kinds.items():
        caller.send("POST", "/suppliers", Registration(shop_id=shop_id, supplier_code=code, kind=kind))
    for code in PREFERRED:
        caller.send("PUT", f"/suppliers/{code}/terms", Terms(shop_id=shop_id, tilt=100))
    caller.send("PUT", f"/suppliers/{LEE}/settlement-terms", SettlementTerms(shop_id=shop_id, grade="A"))
    caller.send("PUT", f"/suppliers/{ON_ACCOUNT}/settlement-terms", SettlementTerms(shop_id=shop_id, is_on_account=True))


def _import(caller: Caller, stage: Stage, product: str, lines: list[str], supplier_code: str = OWN) -> Progress:
    with tempfile.TemporaryDirectory(prefix="redress-cards-") as folder:
        file = Path(folder) / "cards.txt"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        *_, progress = import_cards(caller, file, shop_id=stage.shop_id, product_code=product, supplier_code=supplier_code)
    return progress


def _card(prefix: str) -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    return f"{prefix}-{'-'.join(groups)}"
