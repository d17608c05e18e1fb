"""What sourcing tells the world."""

from __future__ import annotations

from typing import Any

from chassis.service import publishes
from contracts.inventory import (
    AllocationFailed,
    CardAllocated,
    HandDeliveryAwaited,
    LateCardStocked,
    NeedAwaitsPerson,
    NeedClosed,
    SourcingExhausted,
    SupplierBalanceLow,
    SupplierBalanceOut,
    SupplierCallFailed,
    SupplierFailedOver,
    SupplierRegistered,
    SupplierResumed,
    SupplierScored,
    SupplierSuspended,
    TopUpFailed,
    TopUpSucceeded,
)
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.supplier import Supplier


def named(need: Need) -> dict[str, Any]:
    """The fields that every message about a need begins with."""
    return {
        "shop_id": need.shop_id,
        "order_number": need.order_number,
        "line": need.line,
        "unit": need.unit,
        "need_id": str(need.id),
    }


@publishes(Need.Allocated)
def card_allocated(event: Need.Allocated, need: Need) -> CardAllocated:
    return CardAllocated(
        **named(need),
        attempt=1,
        product_code=need.product_code,
        card_id=str(event.card_id),
        card_preview=event.card_preview,
        supplier_code=event.supplier_code,
    )


@publishes(Need.CallFailed)
def supplier_call_failed(event: Need.CallFailed, need: Need) -> SupplierCallFailed:
    return SupplierCallFailed(
        **named(need),
        product_code=need.product_code,
        supplier_code=event.supplier_code,
        error_class=event.error_class,
        call_number=event.call_number,
    )


@publishes(Need.FailedOver)
def supplier_failed_over(event: Need.FailedOver, need: Need) -> SupplierFailedOver:
    return SupplierFailedOver(
        **named(need),
        product_code=need.product_code,
        from_supplier=event.from_supplier,
        to_supplier=event.to_supplier,
        reason=event.reason,
    )


@publishes(Need.Exhausted)
def sourcing_exhausted(event: Need.Exhausted, need: Need) -> SourcingExhausted:
    return SourcingExhausted(
        **named(need),
        product_code=need.product_code,
        tried_suppliers=event.tried_suppliers,
        passed_over_suppliers=tuple(event.passed_over),
    )


@publishes(Need.ToppedUp)
def top_up_succeeded(event: Need.ToppedUp, need: Need) -> TopUpSucceeded:
    return TopUpSucceeded(**named(need), product_code=need.product_code, supplier_code=event.supplier_code)


@publishes(Need.TopUpFailed)
def top_up_failed(event: Need.TopUpFailed, need: Need) -> TopUpFailed:
    return TopUpFailed(
        **named(need),
        product_code=need.product_code,
        supplier_code=event.supplier_code,
        supplier_order_number=event.number,
        reason=event.reason,
    )


@publishes(Need.Queued)
def hand_delivery_awaited(event: Need.Queued, need: Need) -> HandDeliveryAwaited:
    return HandDeliveryAwaited(**named(need), product_code=need.product_code)


@publishes(Need.Failed)
def allocation_failed(event: Need.Failed, need: Need) -> AllocationFailed:
    return AllocationFailed(**named(need), product_code=need.product_code, reason=event.reason)


@publishes(Need.AwaitsPerson)
def need_awaits_person(event: Need.AwaitsPerson, need: Need) -> NeedAwaitsPerson:
    return NeedAwaitsPerson(**named(need), product_code=need.product_code, supplier_code=event.supplier_code, reason=event.reason)


@publishes(Need.LateCardStocked)
def late_card_stocked(event: Need.LateCardStocked, need: Need) -> LateCardStocked:
    return LateCardStocked(
        shop_id=need.shop_id,
        need_id=str(need.id),
        order_number=need.order_number,
        product_code=need.product_code,
        supplier_code=event.supplier_code,
        card_id=str(event.card_id),
    )


@publishes(Need.Closed)
def need_closed(event: Need.Closed, need: Need) -> NeedClosed:
    card_id = str(event.card_id) if event.card_id is not None else None
    return NeedClosed(**named(need), holder_id=event.holder_id, card_id=card_id, was_opened=event.was_opened)


@publishes(Supplier.Registered)
def supplier_registered(event: Supplier.Registered, supplier: Supplier) -> SupplierRegistered:
    return SupplierRegistered(shop_id=event.shop_id, supplier_id=str(supplier.id), supplier_code=event.supplier_code, kind=event.kind)


@publishes(Supplier.Scored)
def supplier_scored(event: Supplier.Scored, supplier: Supplier) -> SupplierScored:
    return SupplierScored(
        shop_id=supplier.shop_id,
        supplier_code=supplier.supplier_code,
        score=event.score,
        sample_count=event.sample_count,
    )


@publishes(Supplier.Suspended)
def supplier_suspended(event: Supplier.Suspended, supplier: Supplier) -> SupplierSuspended:
    return SupplierSuspended(
        shop_id=supplier.shop_id,
        supplier_code=supplier.supplier_code,
        reason=event.reason,
        probation_at=event.until,
        score=event.score,
        sample_count=event.sample_count,
        faults_in_row=event.faults_in_row,
    )


@publishes(Supplier.Resumed)
def supplier_resumed(event: Supplier.Resumed, supplier: Supplier) -> SupplierResumed:
    return SupplierResumed(shop_id=supplier.shop_id, supplier_code=supplier.supplier_code, reason=event.reason)


@publishes(Supplier.RanLow)
def supplier_balance_low(event: Supplier.RanLow, supplier: Supplier) -> SupplierBalanceLow:
    return SupplierBalanceLow(shop_id=event.shop_id, supplier_code=event.supplier_code, balance=event.balance, floor=event.floor)


@publishes(Supplier.RanOut)
def supplier_balance_out(event: Supplier.RanOut, supplier: Supplier) -> SupplierBalanceOut:
    return SupplierBalanceOut(
        shop_id=event.shop_id, supplier_code=event.supplier_code, product_code=event.product_code, needed=event.needed
    )
