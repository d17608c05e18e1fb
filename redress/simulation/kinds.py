"""Which kind each product of a seed is of; the others of a world do not depend on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

CARD, ACCOUNT, REUSABLE, MANUAL, TOP_UP = "card", "account", "reusable", "manual", "top_up"


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """What a product is. `use_limit`: of each card of a reusable one."""

    kind: str = CARD
    use_limit: int | None = None

    @property
    def is_bought(self) -> bool:
        """Whether suppliers sell it."""
        return self.kind in (CARD, ACCOUNT, TOP_UP)

    @property
    def is_stocked(self) -> bool:
        """Whether card files of it are imported."""
        return self.kind not in (MANUAL, TOP_UP)

    def secret(self, text: str) -> str:
        """A card as cards of the product look, made of a text with hyphens."""
        return text.replace("-", "----", 1) if self.kind == ACCOUNT else text

    def prefix_of(self, code: str) -> str:
        """What its suppliers' cards begin with."""
        return f"{code[:4].upper()}----PASS" if self.kind == ACCOUNT else code[:4].upper()


def products_of(seed: int, codes: Iterable[str]) -> dict[str, ProductPlan]:
    """The products of a seed: cards in most worlds, and one or two of another kind in some."""
    random = Random(f"kinds {seed}")
    return {code: _product(random) for code in codes}


def _product(random: Random) -> ProductPlan:
    kind = random.choices((CARD, ACCOUNT, REUSABLE, MANUAL, TOP_UP), (6, 1, 1, 1, 1))[0]
    return ProductPlan(kind, random.choice((None, 3)) if kind == REUSABLE else None)
