"""Taking back what we had said ourselves and a restore has lost, message by message, in the order it was said.

`OrderPlaced`, `PaymentConfirmed` and the others of one order lie in one slot, so an order is placed again before anything of it is. A
lost message of an order that is not there (its own `OrderPlaced` has left the topic) waits as *early* until the shop sends the order
again or an operator discards it.

Not taken back, since they follow again by themselves: `DeliverySlow`, `DeliveryOverdue`, `RedeliveryRequested` (the deadlines of the
fulfilment), `OrderClosed` (the last of its units), `PaymentRejected` (nothing came of it; the notice, if it is sent again, is judged
again).
"""

from __future__ import annotations

from chassis.service import recovers
from chassis.work import Work
from contracts.order import CardDelivered, DeliveryFailed, OrderExpired, OrderPlaced, PaymentConfirmed, PaymentDuplicated
from services.order.domain.lines import Line, UnitKey
from services.order.domain.order import Order
from services.order.domain.order_state import OrderState
from services.order.domain.search import OTHER_AMOUNT, KeptCard, KeptFailure, Promise
from services.order.fulfilment.start import end_when_settled
from services.order.placing.timers import PaymentDue
from services.order.search.reactions import conclude
from services.order.search.start import keeping, look_for_payment

OrderWord = OrderExpired | PaymentConfirmed | PaymentDuplicated | CardDelivered | DeliveryFailed


@recovers(OrderPlaced)
def recover_placing(message: OrderPlaced, work: Work) -> None:
    """The order is placed again, word for word; its sealed contact is gone, the fingerprint stays.

    One of a shop beside us that is known is filled in again: that we deliver it was said.
    """
    known = work.find(Order, Order.create_id(message.shop_id, message.order_number))
    if known is not None:
        if known.state is OrderState.IMPORTED:
            known.fill_in_again()
        return
    order = Order(
        shop_id=message.shop_id,
        order_number=message.order_number,
        lines=tuple(Line(each.line, each.product_code, each.quantity, each.unit_price) for each in message.lines),
        amount=message.amount,
        contact_fingerprint=message.contact_fingerprint,
        contact_reference=None,
        origin_reference=None,
        expires_at=message.expires_at,
        is_taken_over=message.is_taken_over,
    )
    work.set_timer(PaymentDue(order.id), due_at=order.expires_at)


@recovers(OrderExpired)
def recover_expiry(message: OrderExpired, work: Work) -> None:
    """The order has expired, as we said; a late payment may have come since, so it is asked about."""
    order = _order_of(message, work)
    if order.state is OrderState.PAID:
        return
    order.expire()
    work.cancel_timer(PaymentDue, order.id)
    look_for_payment(order, work)


@recovers(PaymentConfirmed)
def recover_payment(message: PaymentConfirmed, work: Work) -> None:
    """We said that it is paid. The provider was told so too and will not say it again: it is asked, and its word pays the order.

    Where it cannot be asked, ours does; where it denies the payment or stays silent, a person has to look.
    """
    order = _order_of(message, work)
    if order.state is OrderState.PAID:
        order.note_second_payment(provider=message.provider, trade_number=message.provider_trade_number, amount=message.amount)
        return
    if message.amount != order.amount:  # the number belongs to another order by now
        look_for_payment(order, work, (message.provider,)).call_in_doubt(OTHER_AMOUNT)
        return
    versions = {each.product_code: each.version for each in message.policy_versions}
    promise = Promise(message.provider, message.provider_trade_number, message.paid_at, message.is_late, versions)
    conclude(order, look_for_payment(order, work, (message.provider,), promise=promise), work)


@recovers(PaymentDuplicated)
def recover_second_payment(message: PaymentDuplicated, work: Work) -> None:
    """The second payment is a fact again: its money must go back. Where even the first is not known any more, it is looked for."""
    order = _order_of(message, work)
    order.note_second_payment(provider=message.provider, trade_number=message.provider_trade_number, amount=message.amount)
    keeping(order, work)


@recovers(CardDelivered)
def recover_delivery(message: CardDelivered, work: Work) -> None:
    """The unit has this card and will have no other, whatever inventory says when it is heard again."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptCard(key, message.card_id, message.card_preview, message.supplier_code, message.delivery_milliseconds))
        return
    order.deliver(
        key,
        card_id=message.card_id,
        card_preview=message.card_preview,
        supplier_code=message.supplier_code,
        now=work.now,
        delivery_milliseconds=message.delivery_milliseconds,
    )
    end_when_settled(order, work)


@recovers(DeliveryFailed)
def recover_failure(message: DeliveryFailed, work: Work) -> None:
    """The unit has failed for the same reason: inventory has closed its need, so no card of it may reach the buyer any more."""
    order, key = _order_of(message, work), UnitKey(message.line, message.unit)
    search = keeping(order, work)
    if search is not None:
        search.keep(KeptFailure(key, message.reason))
        return
    order.fail(key, message.reason)
    end_when_settled(order, work)


def _order_of(message: OrderWord, work: Work) -> Order:
    return work.get(Order, Order.create_id(message.shop_id, message.order_number))
