"""Private event in, public message out. Ids leave as text, lines as the contract's own struct."""

from __future__ import annotations

from typing import Any, TypeAlias

from chassis.service import publishes
from contracts.order import (
    CardDelivered,
    ChannelHidden,
    ChannelOffered,
    DeliveryFailed,
    DeliveryOverdue,
    DeliverySlow,
    DeliveryTimedOut,
    NoticeGivenUp,
    OrderClosed,
    OrderDeliveredOutside,
    OrderExpired,
    OrderImported,
    OrderLine,
    OrderPlaced,
    PaymentConfirmed,
    PaymentDuplicated,
    PaymentRejected,
    PolicyVersion,
    RedeliveryRequested,
    ShopModeChanged,
)
from services.order.domain.channel_watch import ChannelWatch
from services.order.domain.connection import Connection
from services.order.domain.forwarding import Forwarding
from services.order.domain.lines import UnitKey
from services.order.domain.notice import PaymentNotice
from services.order.domain.order import Order


@publishes(Order.Placed)
def order_placed(event: Order.Placed, order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_number=event.order_number,
        shop_id=event.shop_id,
        order_id=str(order.id),
        lines=_lines(order),
        amount=event.amount,
        contact_fingerprint=event.contact_fingerprint,
        expires_at=event.expires_at,
        is_taken_over=event.is_taken_over,
    )


@publishes(Order.Imported)
def order_imported(event: Order.Imported, order: Order) -> OrderImported:
    return OrderImported(
        order_number=event.order_number,
        shop_id=event.shop_id,
        order_id=str(order.id),
        shop_kind=event.shop_kind,
        lines=_lines(order),
        amount=event.amount,
        contact_fingerprint=event.contact_fingerprint,
        placed_at=event.expires_at,
        shop_state=event.shop_state,
    )


@publishes(Order.FilledIn)
def order_filled_in(event: Order.FilledIn, order: Order) -> OrderPlaced:
    """For everybody else it is an order from here on, sold by the shop beside us."""
    return OrderPlaced(
        **_named(order),
        lines=_lines(order),
        amount=order.amount,
        contact_fingerprint=order.contact_fingerprint,
        expires_at=order.expires_at,
        is_taken_over=True,
    )


@publishes(Order.DeliveredOutside)
def order_delivered_outside(event: Order.DeliveredOutside, order: Order) -> OrderDeliveredOutside:
    return OrderDeliveredOutside(
        **_named(order),
        product_code=event.product_code,
        card_fingerprints=event.card_fingerprints,
        is_double=event.is_double,
    )


@publishes(Connection.Connected)
def shop_connected(event: Connection.Connected, connection: Connection) -> ShopModeChanged:
    return _mode_told(connection)


@publishes(Connection.ModeChanged)
def shop_mode_changed(event: Connection.ModeChanged, connection: Connection) -> ShopModeChanged:
    return _mode_told(connection)


def _mode_told(connection: Connection) -> ShopModeChanged:
    return ShopModeChanged(
        shop_id=connection.shop_id,
        shop_kind=connection.kind,
        mode=connection.mode.value,
        is_taken_over=connection.is_taken_over,
        change_count=connection.change_count,
    )


@publishes(Order.Expired)
def order_expired(event: Order.Expired, order: Order) -> OrderExpired:
    return OrderExpired(**_named(order), lines=_lines(order))


@publishes(Order.Paid)
def payment_confirmed(event: Order.Paid, order: Order) -> PaymentConfirmed:
    return PaymentConfirmed(
        **_named(order),
        provider=event.provider,
        provider_trade_number=event.trade_number,
        amount=event.amount,
        paid_at=event.paid_at,
        is_late=event.is_late,
        lines=_lines(order),
        policy_versions=tuple(
            PolicyVersion(product_code=product_code, version=frozen.version) for product_code, frozen in event.policies.items()
        ),
    )


@publishes(Order.PaidAgain)
def payment_duplicated(event: Order.PaidAgain, order: Order) -> PaymentDuplicated:
    return PaymentDuplicated(
        **_named(order),
        provider=event.provider,
        provider_trade_number=event.trade_number,
        amount=event.amount,
    )


@publishes(PaymentNotice.Refused)
def payment_rejected(event: PaymentNotice.Refused, notice: PaymentNotice) -> PaymentRejected:
    return PaymentRejected(
        order_number=notice.order_number,
        shop_id=notice.shop_id,
        order_id=event.order_id,
        provider=notice.provider,
        reason=event.reason,
        provider_trade_number=notice.proven_trade_number or notice.trade_number,
        amount=notice.proven_amount,
    )


@publishes(Forwarding.GivenUp)
def notice_given_up(event: Forwarding.GivenUp, forwarding: Forwarding) -> NoticeGivenUp:
    return NoticeGivenUp(
        order_number=event.order_number,
        shop_id=event.shop_id,
        provider=event.provider,
        try_count=event.try_count,
        verdict=event.verdict,
    )


@publishes(ChannelWatch.Hidden)
def channel_hidden(event: ChannelWatch.Hidden, watch: ChannelWatch) -> ChannelHidden:
    return ChannelHidden(
        shop_id=watch.shop_id,
        channel=watch.provider,
        reason=event.reason,
        paid_count=event.paid_count,
        failed_count=event.failed_count,
        unpaid_count=event.unpaid_count,
        until=event.until,
    )


@publishes(ChannelWatch.Offered)
def channel_offered(event: ChannelWatch.Offered, watch: ChannelWatch) -> ChannelOffered:
    return ChannelOffered(shop_id=watch.shop_id, channel=watch.provider, reason=event.reason)


@publishes(Order.UnitAskedAgain)
def redelivery_requested(event: Order.UnitAskedAgain, order: Order) -> RedeliveryRequested:
    return RedeliveryRequested(**_of_unit(event, order), asked_count=event.asked_count)


@publishes(Order.UnitDelivered)
def card_delivered(event: Order.UnitDelivered, order: Order) -> CardDelivered:
    return CardDelivered(
        **_of_unit(event, order),
        product_code=event.product_code,
        card_id=event.card_id,
        card_preview=event.card_preview,
        supplier_code=event.supplier_code,
        delivery_milliseconds=event.delivery_milliseconds,
    )


@publishes(Order.UnitSlow)
def delivery_slow(event: Order.UnitSlow, order: Order) -> DeliverySlow:
    return DeliverySlow(
        **_of_unit(event, order),
        product_code=_product_code(event, order),
        expected_milliseconds=event.expected_milliseconds,
    )


@publishes(Order.UnitOverdue)
def delivery_overdue(event: Order.UnitOverdue, order: Order) -> DeliveryOverdue:
    return DeliveryOverdue(
        **_of_unit(event, order),
        product_code=_product_code(event, order),
        overdue_seconds=event.overdue_seconds,
    )


@publishes(Order.UnitTimedOut)
def delivery_timed_out(event: Order.UnitTimedOut, order: Order) -> DeliveryTimedOut:
    return DeliveryTimedOut(**_of_unit(event, order), product_code=_product_code(event, order))


@publishes(Order.UnitFailed)
def delivery_failed(event: Order.UnitFailed, order: Order) -> DeliveryFailed:
    return DeliveryFailed(**_of_unit(event, order), product_code=event.product_code, reason=event.reason)


@publishes(Order.Closed)
def order_closed(event: Order.Closed, order: Order) -> OrderClosed:
    return OrderClosed(**_named(order), outcome=event.outcome)


UnitEvent: TypeAlias = (
    Order.UnitAskedAgain | Order.UnitDelivered | Order.UnitSlow | Order.UnitOverdue | Order.UnitTimedOut | Order.UnitFailed
)


def _lines(order: Order) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(line=each.line, product_code=each.product_code, quantity=each.quantity, unit_price=each.unit_price)
        for each in order.lines
    )


def _named(order: Order) -> dict[str, Any]:
    """The fields that every message about an order begins with."""
    return {"order_number": order.order_number, "shop_id": order.shop_id, "order_id": str(order.id)}


def _of_unit(event: UnitEvent, order: Order) -> dict[str, Any]:
    """Those that a message about one of its units begins with."""
    need_id = order.need_id(UnitKey(event.line, event.unit))
    return {**_named(order), "line": event.line, "unit": event.unit, "need_id": str(need_id)}


def _product_code(event: Order.UnitSlow | Order.UnitOverdue | Order.UnitTimedOut, order: Order) -> str:
    return order.units[UnitKey(event.line, event.unit)].product_code
