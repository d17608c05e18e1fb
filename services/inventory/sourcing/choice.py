"""Choosing a supplier: by live score, which is advice and may be stale; what was chosen is recorded with the score it had."""

from __future__ import annotations

from chassis.work import Work
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.score import UNTRIED, SupplierScore
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.domain.product import Product, Source

ADVICE = "supplier_scores"


def score_key(shop_id: str, supplier_code: str) -> str:
    """The key of a supplier in the advice."""
    return f"{shop_id}|{supplier_code}"


def best_source(need: Need, product: Product | None, work: Work) -> tuple[Source, SupplierScore] | None:
    """The best-scored source that was not tried and takes orders; the earlier one in the product's order where scores are equal."""
    if product is None:
        return None
    scores = work.advice(ADVICE)
    callable_ones = [
        (source, scores.get(score_key(need.shop_id, source.supplier_code), UNTRIED))
        for source in product.sources.values()
        if source.supplier_code not in need.tried and is_callable(need.shop_id, source.supplier_code, work)
    ]
    return max(callable_ones, key=lambda each: each[1].score, default=None)


def note_score(shop_id: str, supplier_code: str, work: Work) -> None:
    """Take a supplier's score, as last read, over into its stream, where it is published when it reached another ten."""
    score: SupplierScore | None = work.advice(ADVICE).get(score_key(shop_id, supplier_code))
    supplier = work.find(Supplier, Supplier.create_id(shop_id, supplier_code))
    if score is not None and supplier is not None:
        supplier.note_score(score=score.score, sample_count=score.sample_count)


def is_callable(shop_id: str, supplier_code: str, work: Work) -> bool:
    """Whether cards can be ordered at a supplier now; not at one that is not known."""
    supplier = work.find(Supplier, Supplier.create_id(shop_id, supplier_code))
    return supplier is not None and supplier.is_callable
