"""Taking an order in, once for each number of a shop."""

from __future__ import annotations

from uuid import UUID

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.order.domain.limits import limits_of, takes_orders_off_sale
from services.order.domain.lines import total_quantity
from services.order.domain.listing import Listing
from services.order.domain.order import Order
from services.order.domain.refusals import AccountMissing, OrderNumberTaken, ProductOffSale, TooManyUnits, UnfitOrderAmount, UnknownProduct
from services.order.paying.following import follow
from services.order.placing.commands import OrderTaken, PlaceOrder
from services.order.placing.timers import PaymentDue

MAX_UNITS = 40
"""Cards in one order: as many needs, each with its card, as inventory decides on in one step (a unit touches at most 100 aggregates)."""


def _streams(command: PlaceOrder) -> list[UUID]:
    listings = [Listing.create_id(command.shop_id, line.product_code) for line in command.lines[:MAX_UNITS]]
    return [Order.create_id(command.shop_id, command.order_number), *listings]


@handles(PlaceOrder, loads=_streams)
def place_order(command: PlaceOrder, work: Work) -> Answer:
    """Take the order in, or find it taken in already.

    Raises OrderNumberTaken, UnknownProduct, AccountMissing, ProductOffSale, TooManyUnits, UnfitOrderAmount.
    """
    known = work.find(Order, Order.create_id(command.shop_id, command.order_number))
    if known is not None:
        is_same = known.is_same_as(
            lines=command.lines,
            amount=command.amount,
            contact_fingerprint=command.contact_fingerprint,
            is_taken_over=command.is_taken_over,
        )
        if not is_same or known.has_other_accounts(command.accounts):
            raise OrderNumberTaken(order_number=command.order_number)
        if known.seal_contact_again(command.contact_reference, command.origin_reference):
            _keep_sealed(command, work)
        if known.is_recovered and known.give_accounts(command.accounts):
            _keep_accounts(command, work)
        return _taken(known)
    _check(command, work)
    limits = limits_of(work.advice("limits"), command.shop_id)
    order = Order(
        shop_id=command.shop_id,
        order_number=command.order_number,
        lines=command.lines,
        amount=command.amount,
        contact_fingerprint=command.contact_fingerprint,
        contact_reference=command.contact_reference,
        origin_reference=command.origin_reference,
        expires_at=work.now + limits.expiry,
        is_taken_over=command.is_taken_over,
    )
    _keep_sealed(command, work)
    if order.give_accounts(command.accounts):
        _keep_accounts(command, work)
    work.set_timer(PaymentDue(order.id), due_at=order.expires_at)
    for provider in command.providers_behind if command.channel is None else (command.channel,):
        follow(order, provider, work)
    return _taken(order)


def _keep_sealed(command: PlaceOrder, work: Work) -> None:
    work.keep(command.contact_reference)
    if command.origin_reference is not None:
        work.keep(command.origin_reference)


def _keep_accounts(command: PlaceOrder, work: Work) -> None:
    for account in command.accounts:
        work.keep(account.reference)


def _check(command: PlaceOrder, work: Work) -> None:
    unit_count = total_quantity(command.lines)
    if unit_count > MAX_UNITS:
        raise TooManyUnits(unit_count=unit_count, most_units=MAX_UNITS)
    currencies = {command.amount.currency, *(line.unit_price.currency for line in command.lines)}
    if len(currencies) != 1 or command.amount.amount_minor == 0:
        raise UnfitOrderAmount(amount_minor=command.amount.amount_minor)
    given = {account.line for account in command.accounts}
    for line in command.lines:
        listing = work.find(Listing, Listing.create_id(command.shop_id, line.product_code))
        if listing is None:
            raise UnknownProduct(product_code=line.product_code, line=line.line)
        missing = next((field.name for field in listing.form if field.is_required), None)
        if missing is not None and line.line not in given:
            raise AccountMissing(line=line.line, field=missing)
        if listing.is_off_sale and not _is_taken_off_sale(command, work):
            raise ProductOffSale(product_code=line.product_code, line=line.line)


def _is_taken_off_sale(command: PlaceOrder, work: Work) -> bool:
    """Whether an order is taken for what is sold out: where the shop wants that, and where it may be sold already.

    What a shop beside us sent is. An order that comes until a restore is released may be one that was lost, sent again.
    """
    return command.is_taken_over or work.is_recovering or takes_orders_off_sale(work.advice("limits"), command.shop_id)


def _taken(order: Order) -> Answer:
    return Answer(
        201,
        OrderTaken(
            order_id=str(order.id),
            order_number=order.order_number,
            amount=order.amount,
            expires_at=order.expires_at.isoformat(),
            is_taken_over=order.is_taken_over,
        ),
    )
