"""Choosing a supplier, by what is known of each, which is advice and may be stale; the choice is recorded with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.work import Work
from services.inventory.advised import limits_from
from services.inventory.sourcing.domain.choosing import Candidate, Ranked, ranked
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.score import NO_TALLY, Tally
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits
from services.inventory.stock.domain.product import Product, Source

ADVICE = "supplier_scores"


@dataclass(frozen=True, slots=True)
class Choice:
    """The supplier that a need is ordered at, and what spoke for it."""

    source: Source
    supplier: Supplier
    ranked: Ranked
    rival_count: int
    """Other suppliers that could have been asked."""


def score_key(shop_id: str, supplier_code: str) -> str:
    """The key of a supplier in the advice."""
    return f"{shop_id}|{supplier_code}"


def best_source(need: Need, product: Product | None, work: Work) -> Choice | None:
    """The best source that was not tried and takes orders; the earlier one in the product's order where points are equal."""
    if product is None:
        return None
    able = list(_able(need, product, work))
    if not able:
        return None
    candidates = [
        Candidate(
            source.supplier_code,
            tally_of(supplier, work).score(work.now),
            source.price,
            supplier.tilt + product.tilts.get(source.supplier_code, 0),
        )
        for source, supplier in able
    ]
    best = ranked(candidates, limits_from(SupplierLimits, work.advice("limits")).dear_points)[0]
    source, supplier = next(each for each in able if each[0].supplier_code == best.candidate.supplier_code)
    return Choice(source, supplier, best, len(able) - 1)


def _able(need: Need, product: Product, work: Work) -> Iterator[tuple[Source, Supplier]]:
    for source in product.sources.values():
        if source.supplier_code not in need.tried:
            supplier = work.find(Supplier, Supplier.create_id(need.shop_id, source.supplier_code))
            if supplier is not None and supplier.is_callable:
                yield source, supplier


def passed_over(need: Need, product: Product | None, work: Work) -> dict[str, str]:
    """Suppliers that offer the product and take no orders now, and why: a word for each."""
    found: dict[str, str] = {}
    for code in product.sources if product is not None else ():
        supplier = work.find(Supplier, Supplier.create_id(need.shop_id, code))
        if supplier is not None and supplier.has_site and (why := supplier.why_not_callable) is not None:
            found[code] = why
    return found


def tally_of(supplier: Supplier, work: Work) -> Tally:
    """What is known of a supplier as it stands now; nothing where that was read before it came to stand so."""
    tally: Tally = work.advice(ADVICE).get(score_key(supplier.shop_id, supplier.supplier_code), NO_TALLY)
    return tally if tally.standing == supplier.standing else NO_TALLY.in_standing(supplier.standing)
