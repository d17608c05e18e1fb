"""The part of a product that says whether it is for sale: by its own free cards, and by suppliers that take orders for it.

    plenty ──few free──▶ low ──none free, no supplier──▶ off_sale
      ▲                   │ ▲                              │
      └───enough again────┘ └──────────── some again ──────┘   (or at once to plenty)

Only the crossings are recorded, never a sale. Whoever looks (`stock/availability.py`) brings the counts; `free_count` is counted no further
than the limit that it is compared with, and stands for "so many or more" there. Off sale is told so that no more orders come; it reserves
nothing and gives nothing: an order that comes all the same is handled as ever.
"""

from __future__ import annotations

from enum import StrEnum

from chassis.aggregate import Event, Part, event


class Level(StrEnum):
    PLENTY = "plenty"
    LOW = "low"
    OFF_SALE = "off_sale"


class Availability(Part):
    """Whether a product is for sale, as it was last looked at. A product that is newly listed is."""

    level: Level

    class RanLow(Event):
        TOPIC = "inventory.Product.RanLow"
        free_count: int
        supplier_count: int
        low_count: int

    class Replenished(Event):
        """It was low, and is not any more."""

        TOPIC = "inventory.Product.Replenished"
        PRIVATE = True
        free_count: int

    class SoldOut(Event):
        TOPIC = "inventory.Product.SoldOut"
        reason: str

    class CameBack(Event):
        """For sale again; `is_low`: with few free cards."""

        TOPIC = "inventory.Product.CameBack"
        free_count: int
        supplier_count: int
        is_low: bool

    @property
    def is_off_sale(self) -> bool:
        return self.level is Level.OFF_SALE

    def note_stock(self, *, free_count: int, supplier_count: int, low_count: int) -> None:
        """Take what was counted; only a crossing is recorded. `low_count`: so many free cards, or fewer, are few."""
        is_low = free_count <= low_count
        if free_count == 0 and supplier_count == 0:
            if self.level is not Level.OFF_SALE:
                self._sold_out(reason="out_of_stock")
        elif self.level is Level.OFF_SALE:
            self._came_back(free_count=free_count, supplier_count=supplier_count, is_low=is_low)
        elif is_low and self.level is Level.PLENTY:
            self._ran_low(free_count=free_count, supplier_count=supplier_count, low_count=low_count)
        elif not is_low and self.level is Level.LOW:
            self._replenished(free_count=free_count)

    @event(RanLow)
    def _ran_low(self, free_count: int, supplier_count: int, low_count: int) -> None:
        self.level = Level.LOW

    @event(Replenished)
    def _replenished(self, free_count: int) -> None:
        self.level = Level.PLENTY

    def sell_out_again(self, reason: str) -> None:
        """That it is off sale was said before a restore."""
        if self.level is not Level.OFF_SALE:
            self._sold_out(reason=reason)

    @event(SoldOut)
    def _sold_out(self, reason: str) -> None:
        self.level = Level.OFF_SALE

    def come_back_again(self, *, free_count: int, supplier_count: int) -> None:
        """That it is for sale again was said before a restore."""
        if self.level is Level.OFF_SALE:
            self._came_back(free_count=free_count, supplier_count=supplier_count, is_low=True)

    @event(CameBack)
    def _came_back(self, free_count: int, supplier_count: int, is_low: bool) -> None:
        self.level = Level.LOW if is_low else Level.PLENTY
