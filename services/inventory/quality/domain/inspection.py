"""The inspection of one batch: samples of its unsold cards, drawn when the file is through and then from time to time.

A sample names its cards, so that what was drawn is known for ever; which ones is computed, not chance (`positions`). When the supplier
has told of all of them, the share of bad ones among those it told for certain is compared with the limit. The inspection is over when
the batch is stopped, nothing unsold was found, its rounds are used up, or the supplier does not tell of cards at all.
"""

from __future__ import annotations

from uuid import UUID

from chassis.aggregate import Aggregate, Created, Event, event, stream_id
from services.inventory.quality.domain.card_check import BAD, NOT_ASKABLE, TOLD
from services.inventory.quality.domain.limits import InspectionLimits

_WHOLE = 10_000
_GOLDEN = 0.6180339887498949


def positions(card_count: int, wanted: int, round_number: int) -> tuple[int, ...]:
    """Which cards of a batch a round looks at, by their place in the file, from 0: evenly spread, and elsewhere in each round.

    The rounds are shifted by the golden ratio of the distance, which leaves no stretch of a file unseen for long.
    """
    count = min(card_count, wanted)
    if count == 0:
        return ()
    shift = (round_number - 1) * _GOLDEN % 1.0
    return tuple(dict.fromkeys(int((index + shift) * card_count / count) % card_count for index in range(count)))


class BatchInspection(Aggregate):
    """One for each batch; `batch_id`: the id of its stream."""

    TOPIC = "inventory.BatchInspection"

    class Begun(Created):
        TOPIC = "inventory.BatchInspection.Begun"
        PRIVATE = True
        shop_id: str
        batch_id: UUID
        product_code: str
        limits: InspectionLimits

    class Sampled(Event):
        TOPIC = "inventory.BatchInspection.Sampled"
        PRIVATE = True
        round_number: int
        card_ids: tuple[UUID, ...]

    class CardTold(Event):
        TOPIC = "inventory.BatchInspection.CardTold"
        PRIVATE = True
        card_id: UUID
        result: str

    class Ended(Event):
        TOPIC = "inventory.BatchInspection.Ended"
        PRIVATE = True
        reason: str

    @event(Begun)
    def __init__(self, shop_id: str, batch_id: UUID, product_code: str, limits: InspectionLimits) -> None:
        self.shop_id = shop_id
        self.batch_id = batch_id
        self.product_code = product_code
        self.limits = limits
        self.round_number = 0
        self.awaited: set[UUID] = set()
        self.results: dict[UUID, str] = {}
        """Of the round under way."""
        self.is_over = False

    @staticmethod
    def create_id(shop_id: str, batch_id: UUID) -> UUID:
        return stream_id(shop_id, "batch-inspection", batch_id)

    @property
    def slot_key(self) -> str:
        return self.product_code

    def sample(self, card_ids: tuple[UUID, ...]) -> None:
        """The cards of the next round."""
        self._sampled(round_number=self.round_number + 1, card_ids=card_ids)

    @event(Sampled)
    def _sampled(self, round_number: int, card_ids: tuple[UUID, ...]) -> None:
        self.round_number = round_number
        self.awaited = set(card_ids)
        self.results = {}

    def tell(self, card_id: UUID, result: str) -> bool:
        """Take what was said of a card; True where it was the last that this round waited for."""
        if card_id not in self.awaited:
            return False
        self._card_told(card_id=card_id, result=result)
        return not self.awaited

    @event(CardTold)
    def _card_told(self, card_id: UUID, result: str) -> None:
        self.awaited.discard(card_id)
        self.results[card_id] = result

    @property
    def bad_count(self) -> int:
        return sum(result in BAD for result in self.results.values())

    @property
    def told_count(self) -> int:
        """Of how many cards the supplier said something for certain."""
        return sum(result in TOLD for result in self.results.values())

    @property
    def is_too_bad(self) -> bool:
        """Whether more of the round's cards are bad than the limit allows."""
        return self.bad_count * _WHOLE > self.told_count * self.limits.bad_basis_points

    @property
    def is_not_askable(self) -> bool:
        """Whether the supplier does not tell of any card."""
        return bool(self.results) and all(result == NOT_ASKABLE for result in self.results.values())

    @property
    def has_rounds_left(self) -> bool:
        return self.round_number < self.limits.sample_rounds

    def end(self, reason: str) -> None:
        """No more samples are drawn."""
        if not self.is_over:
            self._ended(reason=reason)

    @event(Ended)
    def _ended(self, reason: str) -> None:
        self.is_over = True
        self.awaited = set()
