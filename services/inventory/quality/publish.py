"""What the quality of cards tells the world."""

from __future__ import annotations

from typing import Any

from chassis.service import publishes
from contracts.inventory import BatchRecalled, BatchReleased, BatchWithdrawn, CardVerified, LeakSuspected
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.stock.domain.batch import CardBatch


@publishes(CardCheck.Answered)
def card_verified(event: CardCheck.Answered, check: CardCheck) -> CardVerified:
    return CardVerified(
        shop_id=check.shop_id,
        card_id=str(check.card_id),
        product_code=check.product_code,
        supplier_code=check.supplier_code,
        result=event.result,
        order_number=event.order_number,
        line=event.line,
        unit=event.unit,
        was_opened=event.was_opened,
    )


@publishes(CardCheck.LeakSuspected)
def leak_suspected(event: CardCheck.LeakSuspected, check: CardCheck) -> LeakSuspected:
    return LeakSuspected(
        shop_id=check.shop_id,
        card_id=str(check.card_id),
        product_code=check.product_code,
        supplier_code=check.supplier_code,
        batch_id=str(event.batch_id) if event.batch_id is not None else None,
        order_number=event.order_number,
    )


@publishes(CardBatch.Stopped)
def batch_recalled(event: CardBatch.Stopped, batch: CardBatch) -> BatchRecalled:
    return BatchRecalled(**_named(batch), reason=event.reason, bad_count=event.bad_count, told_count=event.told_count)


@publishes(CardBatch.Released)
def batch_released(event: CardBatch.Released, batch: CardBatch) -> BatchReleased:
    return BatchReleased(**_named(batch))


@publishes(CardBatch.Withdrawn)
def batch_withdrawn(event: CardBatch.Withdrawn, batch: CardBatch) -> BatchWithdrawn:
    return BatchWithdrawn(**_named(batch))


def _named(batch: CardBatch) -> dict[str, Any]:
    return {
        "shop_id": batch.shop_id,
        "batch_id": str(batch.id),
        "product_code": batch.product_code,
        "supplier_code": batch.supplier_code,
    }
