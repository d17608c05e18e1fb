"""One message of each type, from the life of one order, as golden sample and as example for readers.

Order K20261122A7Q3 buys one card for 25.00 yuan. The first supplier is down, the second sends a dead card,
own stock delivers. What is here becomes a file in `samples/` when its type is first exported, and that file
stays for ever; change nothing that is there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts import inventory, notify, order
from contracts.envelope import Envelope, event_id, slot_of
from contracts.message import Message
from contracts.values import AfterSalesPolicy, Money

_SHOP = "shop-1"
_ORDER_NUMBER = "K20261122A7Q3"
_ORDER_ID = "1b7a4f0e-6a55-5f0b-9d3c-0d6b1f5a7c11"
_NEED_ID = "5f3c2a90-7c1e-5d4b-8a2f-93b0c4d5e622"
_CARD_ID = "c4e8d1b2-0f3a-5b6c-9d7e-1a2b3c4d5e33"
_CLAIM_ID = "5f6a7b8c-9d0e-5f1a-8b2c-3d4e5f6a7b99"
_BAD_CARD_ID = "d5f9e2c3-1a4b-5c7d-8e8f-2b3c4d5e6f44"
_WEBHOOK_ID = "e6a0f3d4-2b5c-5d8e-9f90-3c4d5e6f7055"
_PRODUCT = "steam-50"
_OWN_STOCK, _FIRST_SUPPLIER, _SECOND_SUPPLIER = "own-stock", "supplier-a", "supplier-b"
_PRICE = Money(2_500, "CNY")
_ABOUT_ORDER: dict[str, Any] = {"order_number": _ORDER_NUMBER, "shop_id": _SHOP, "order_id": _ORDER_ID}
_NEED: dict[str, Any] = {"shop_id": _SHOP, "order_number": _ORDER_NUMBER, "line": 1, "unit": 1, "need_id": _NEED_ID}
_ABOUT_UNIT: dict[str, Any] = {**_ABOUT_ORDER, **_NEED}
_LINES = (order.OrderLine(line=1, product_code=_PRODUCT, quantity=1, unit_price=_PRICE),)
_PREVIEW = "AB**-****-**9K"
_BATCH_ID = "3d4e5f6a-7b8c-5d9e-8f0a-1b2c3d4e5f77"
_BATCH: dict[str, str] = {"shop_id": _SHOP, "batch_id": _BATCH_ID, "product_code": _PRODUCT, "supplier_code": _SECOND_SUPPLIER}
_STOCK: dict[str, str] = {"shop_id": _SHOP, "product_id": "0a1b2c3d-4e5f-5a6b-8c7d-8e9f0a1b2c55", "product_code": _PRODUCT}
_TRADE_NUMBER = "2026112222001400000000000001"

EXAMPLES: tuple[Message, ...] = (
    order.OrderPlaced(
        **_ABOUT_ORDER,
        lines=_LINES,
        amount=_PRICE,
        contact_fingerprint="v1:9c1185a5c5e9fc54612808977ee8f548b2258d31",
        expires_at=datetime(2026, 11, 22, 4, 5, 0, tzinfo=UTC),
        is_taken_over=False,
    ),
    order.PaymentConfirmed(
        **_ABOUT_ORDER,
        provider="alipay",
        provider_trade_number=_TRADE_NUMBER,
        amount=_PRICE,
        paid_at=datetime(2026, 11, 22, 4, 1, 30, tzinfo=UTC),
        is_late=False,
        lines=_LINES,
        policy_versions=(order.PolicyVersion(product_code=_PRODUCT, version=2),),
    ),
    order.PaymentRejected(
        **_ABOUT_ORDER,
        provider="epay",
        reason="wrong_amount",
        provider_trade_number="2026112204000100001",
        amount=Money(4_900, "CNY"),
    ),
    order.PaymentDuplicated(
        **_ABOUT_ORDER,
        provider="epay",
        provider_trade_number="20261122040200123456",
        amount=_PRICE,
    ),
    order.OrderExpired(**_ABOUT_ORDER, lines=_LINES),
    order.RedeliveryRequested(
        **_ABOUT_UNIT,
        asked_count=2,
    ),
    order.CardDelivered(
        **_ABOUT_UNIT,
        product_code=_PRODUCT,
        card_id=_CARD_ID,
        card_preview=_PREVIEW,
        supplier_code=_OWN_STOCK,
        delivery_milliseconds=7_350,
    ),
    order.DeliverySlow(
        **_ABOUT_UNIT,
        product_code=_PRODUCT,
        expected_milliseconds=1_800,
    ),
    order.DeliveryOverdue(
        **_ABOUT_UNIT,
        product_code=_PRODUCT,
        overdue_seconds=1_800,
    ),
    order.DeliveryTimedOut(
        **_ABOUT_UNIT,
        product_code=_PRODUCT,
    ),
    order.DeliveryFailed(
        **_ABOUT_UNIT,
        product_code=_PRODUCT,
        reason="sourcing_exhausted",
    ),
    order.OrderClosed(**_ABOUT_ORDER, outcome="delivered"),
    order.NoticeGivenUp(order_number=_ORDER_NUMBER, shop_id=_SHOP, provider="wechat", try_count=82, verdict="not_sent"),
    order.ChannelHidden(
        shop_id=_SHOP,
        channel="epay",
        reason="creation_fails",
        paid_count=3,
        failed_count=5,
        unpaid_count=2,
        until=datetime(2026, 11, 22, 4, 10, tzinfo=UTC),
    ),
    order.ChannelOffered(shop_id=_SHOP, channel="epay", reason="probation"),
    order.OrderImported(
        order_number="A1B2C3D4E5F6G7H8",
        shop_id=_SHOP,
        order_id="7e9c1d20-3b4a-5c5d-8e6f-1a2b3c4d5ecc",
        shop_kind="dujiaoka",
        lines=_LINES,
        amount=_PRICE,
        contact_fingerprint="v1:9c1185a5c5e9fc54612808977ee8f548b2258d31",
        placed_at=datetime(2026, 11, 20, 4, 5, 0, tzinfo=UTC),
        shop_state="delivered",
    ),
    order.OrderDeliveredOutside(
        order_number="A1B2C3D4E5F6G7H8",
        shop_id=_SHOP,
        order_id="7e9c1d20-3b4a-5c5d-8e6f-1a2b3c4d5ecc",
        product_code=_PRODUCT,
        card_fingerprints=("v1:1f0c85a5c5e9fc54612808977ee8f548b2258d32",),
        is_double=False,
    ),
    order.ShopModeChanged(shop_id=_SHOP, shop_kind="dujiaoka", mode="watch", is_taken_over=False, change_count=1),
    inventory.ProductListed(
        shop_id=_SHOP,
        product_id="0a1b2c3d-4e5f-5a6b-8c7d-8e9f0a1b2c55",
        product_code=_PRODUCT,
        name="Steam 充值卡 50 元",
        kind="card",
    ),
    inventory.AfterSalesPolicyChanged(
        shop_id=_SHOP,
        product_id="0a1b2c3d-4e5f-5a6b-8c7d-8e9f0a1b2c55",
        product_code=_PRODUCT,
        version=2,
        policy=AfterSalesPolicy(refund="unused", refund_days=7, fee_basis_points=60, warranty_days=30, is_pro_rata=True),
    ),
    inventory.StockLow(**_STOCK, free_count=5, supplier_count=1, low_count=5),
    inventory.ProductSuspended(**_STOCK, free_count=0, supplier_count=0, reason="out_of_stock"),
    inventory.ProductResumed(**_STOCK, free_count=6, supplier_count=0),
    inventory.SupplierRegistered(
        shop_id=_SHOP,
        supplier_id="2c3d4e5f-6a7b-5c8d-9e9f-0a1b2c3d4e66",
        supplier_code=_FIRST_SUPPLIER,
        kind="dujiao_next",
    ),
    inventory.CardsImported(
        shop_id=_SHOP,
        batch_id="3d4e5f6a-7b8c-5d9e-8f0a-1b2c3d4e5f77",
        product_code=_PRODUCT,
        supplier_code=_OWN_STOCK,
        card_count=200,
    ),
    inventory.CardAllocated(
        **_NEED,
        attempt=2,
        product_code=_PRODUCT,
        card_id=_CARD_ID,
        card_preview=_PREVIEW,
        supplier_code=_OWN_STOCK,
    ),
    inventory.AllocationFailed(
        **_NEED,
        product_code=_PRODUCT,
        reason="out_of_stock",
    ),
    inventory.CardVerified(
        shop_id=_SHOP,
        card_id=_CARD_ID,
        product_code=_PRODUCT,
        supplier_code=_SECOND_SUPPLIER,
        result="used",
        order_number=_ORDER_NUMBER,
        line=1,
        unit=1,
        was_opened=False,
    ),
    inventory.LeakSuspected(
        shop_id=_SHOP,
        card_id=_CARD_ID,
        product_code=_PRODUCT,
        supplier_code=_SECOND_SUPPLIER,
        batch_id=_BATCH_ID,
        order_number=_ORDER_NUMBER,
    ),
    inventory.BatchRecalled(**_BATCH, reason="bad_sample", bad_count=3, told_count=10),
    inventory.BatchReleased(**_BATCH),
    inventory.BatchWithdrawn(**_BATCH),
    inventory.CardOpened(
        **_NEED,
        card_id=_CARD_ID,
        opened_count=1,
    ),
    inventory.NeedClosed(
        **_NEED,
        holder_id="4e5f6a7b-8c9d-5e0f-9a1b-2c3d4e5f6a88",
        card_id=None,
        was_opened=False,
    ),
    inventory.SupplierCallFailed(
        **_NEED,
        product_code=_PRODUCT,
        supplier_code=_FIRST_SUPPLIER,
        error_class="temporary",
        call_number=3,
    ),
    inventory.SupplierFailedOver(
        **_NEED,
        product_code=_PRODUCT,
        from_supplier=_FIRST_SUPPLIER,
        to_supplier=_SECOND_SUPPLIER,
        reason="temporary",
    ),
    inventory.SourcingExhausted(
        **_NEED,
        product_code=_PRODUCT,
        tried_suppliers=(_FIRST_SUPPLIER,),
        passed_over_suppliers=(_SECOND_SUPPLIER,),
    ),
    inventory.NeedAwaitsPerson(
        **_NEED,
        product_code=_PRODUCT,
        supplier_code=_FIRST_SUPPLIER,
        reason="outcome_unknown",
    ),
    inventory.TopUpSucceeded(
        **_NEED,
        product_code=_PRODUCT,
        supplier_code=_FIRST_SUPPLIER,
    ),
    inventory.TopUpFailed(
        **_NEED,
        product_code=_PRODUCT,
        supplier_code=_FIRST_SUPPLIER,
        supplier_order_number=f"{_ORDER_NUMBER}-1-1-l46cvee4dzou3cuptiyl6xbwei-mzuwg2dh-1",
        reason="out_of_stock",
    ),
    inventory.HandDeliveryAwaited(
        **_NEED,
        product_code=_PRODUCT,
    ),
    inventory.ClaimRaised(
        **_NEED,
        claim_id=_CLAIM_ID,
        product_code=_PRODUCT,
        supplier_code=_SECOND_SUPPLIER,
        reason="invalid_card",
        card_id=_BAD_CARD_ID,
        amount=Money(2_100, "CNY"),
        card_preview="CD**-****-**4M",
        answer_due_at=datetime(2026, 11, 25, 4, 1, 40, tzinfo=UTC),
    ),
    inventory.ClaimAnswered(
        **_NEED,
        claim_id=_CLAIM_ID,
        product_code=_PRODUCT,
        supplier_code=_SECOND_SUPPLIER,
        is_accepted=False,
        reason="was_valid_when_sold",
    ),
    inventory.ClaimSettled(
        **_NEED,
        claim_id=_CLAIM_ID,
        product_code=_PRODUCT,
        supplier_code=_SECOND_SUPPLIER,
        outcome="upheld",
        amount=Money(2_100, "CNY"),
        reason="used_before_delivery",
    ),
    inventory.DepositChanged(
        shop_id=_SHOP,
        supplier_code=_SECOND_SUPPLIER,
        currency="CNY",
        kind="claim",
        entry_key=f"claim-{_CLAIM_ID}",
        amount_minor=-2_100,
        balance_minor=47_900,
        warning_minor=50_000,
        floor_minor=20_000,
        level="low",
        reason="invalid_card",
    ),
    inventory.LateCardStocked(
        shop_id=_SHOP,
        need_id=_NEED_ID,
        order_number=_ORDER_NUMBER,
        product_code=_PRODUCT,
        supplier_code=_FIRST_SUPPLIER,
        card_id=_BAD_CARD_ID,
    ),
    inventory.SupplierScored(shop_id=_SHOP, supplier_code=_SECOND_SUPPLIER, score=64, sample_count=120),
    inventory.SupplierSuspended(
        shop_id=_SHOP,
        supplier_code=_FIRST_SUPPLIER,
        reason="faults_in_row",
        probation_at=datetime(2026, 11, 22, 4, 10, 0, tzinfo=UTC),
        score=41,
        sample_count=38,
        faults_in_row=8,
    ),
    inventory.SupplierResumed(shop_id=_SHOP, supplier_code=_FIRST_SUPPLIER, reason="probation_passed"),
    inventory.SupplierBalanceLow(shop_id=_SHOP, supplier_code=_SECOND_SUPPLIER, balance=Money(18_850, "CNY"), floor=Money(20_000, "CNY")),
    inventory.SupplierBalanceOut(shop_id=_SHOP, supplier_code=_SECOND_SUPPLIER, product_code=_PRODUCT, needed=Money(2_250, "CNY")),
    notify.NotificationFailed(
        shop_id=_SHOP,
        channel="webhook",
        recipient_id=_WEBHOOK_ID,
        message_id=f"order_{_ORDER_ID}_2",
        order_number=_ORDER_NUMBER,
        reason="http_500",
        try_count=11,
    ),
    notify.WebhookFailing(shop_id=_SHOP, webhook_id=_WEBHOOK_ID, reason="http_500"),
    notify.WebhookDisabled(shop_id=_SHOP, webhook_id=_WEBHOOK_ID, reason="failing"),
)

EXAMPLE_ENVELOPE = Envelope(
    id=event_id("order", UUID(_ORDER_ID), 1, 1),
    type=order.OrderPlaced.TYPE,
    source="order",
    time=datetime(2026, 11, 22, 4, 0, 0, 120_000, tzinfo=UTC),
    subject=_ORDER_NUMBER,
    shop_id=_SHOP,
    partition_key=_ORDER_NUMBER,
    slot=slot_of(_SHOP, _ORDER_NUMBER),
    sequence=1,
    epoch=1,
    correlation_id="6a7b8c9d-0e1f-5a2b-9c3d-4e5f6a7b8caa",
    causation_id="6a7b8c9d-0e1f-5a2b-9c3d-4e5f6a7b8caa",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
"""Around the first example, OrderPlaced."""
