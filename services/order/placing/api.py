"""`POST /orders` and `POST /orders/taken-over`: a shop sends an order, as often as it likes.

The natural key (shop, order number) makes the request idempotent by itself; with an `Idempotency-Key` the answer, a refusal
included, is stored and given again. Contact, IP and device of the buyer are sealed here and go no further.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from chassis.aggregate import stream_id
from chassis.desk import Desk
from chassis.fingerprint import normalised_contact
from chassis.hot import hot
from chassis.idempotency import idempotency_key
from chassis.problem import InvalidRequest, decoded
from chassis.responses import response_of
from chassis.vault import Sealed
from contracts.values import Money, UnfitAmount, minor_digits
from services.order.access import OrderNumber, shop_of
from services.order.domain.lines import Line
from services.order.domain.listing import Listing
from services.order.domain.order_accounts import GivenAccount
from services.order.domain.refusals import UnknownProduct
from services.order.placing.account_form import form_faults, seal_account
from services.order.placing.commands import PlaceOrder
from services.order.settings import OrderSettings

Code = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}\Z")]


class LineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`quantity` cards of one product at `unit_price` each. Lines are numbered from 1 as they come.

    `fields`: what the product asks of its buyer: whom a top-up is for, where a person delivers.
    """

    product_code: Code
    quantity: Annotated[int, Meta(ge=1, le=1_000)] = 1
    unit_price: Money
    fields: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"LineBody(product_code={self.product_code!r}, quantity={self.quantity})"


class BuyerBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where the buyer ordered; sealed at once."""

    ip: Annotated[str, Meta(max_length=64)] | None = None
    device: Annotated[str, Meta(max_length=512)] | None = None

    def __repr__(self) -> str:
        return "BuyerBody(…)"


class OrderBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order. `amount`: to be paid, the sum of the lines where it is left out. `contact`: e-mail, phone or chat name.

    `channel`: by which provider of the shop it will be paid, where the shop has the payment created itself: that one is asked until it is.
    """

    order_number: OrderNumber
    lines: Annotated[tuple[LineBody, ...], Meta(min_length=1, max_length=40)]
    contact: Annotated[str, Meta(min_length=1, max_length=256)]
    amount: Money | None = None
    buyer: BuyerBody | None = None
    channel: str | None = None

    def __repr__(self) -> str:
        return f"OrderBody(order_number={self.order_number!r})"


def routes(desk: Desk) -> APIRouter:
    """The routes by which shops place orders."""
    router = APIRouter()

    @router.post("/orders", status_code=201)
    @hot
    async def place(request: Request) -> Response:
        """Place an order of a buyer; 201 with its id and the time until which it can be paid."""
        return await _take(desk, request, is_taken_over=False)

    @router.post("/orders/taken-over", status_code=201)
    async def take_over(request: Request) -> Response:
        """Take over an order that a shop beside us has sold; its payment is told by a notice, now or later."""
        return await _take(desk, request, is_taken_over=True)

    return router


async def _take(desk: Desk, request: Request, *, is_taken_over: bool) -> Response:
    shop_id = shop_of(desk.authenticate(request.headers.get("authorization")), "orders:write")
    raw = await request.body()
    body = decoded(raw, OrderBody)
    contact = normalised_contact(body.contact)
    if not contact:
        raise InvalidRequest([("contact", "is empty")])
    settings: OrderSettings = desk.settings
    if body.channel is not None and settings.shop(shop_id).account(body.channel) is None:
        raise InvalidRequest([("channel", "is none of this shop")])
    owner_id = str(stream_id(shop_id, "order", body.order_number))
    sealed = [desk.vault.seal("contact", shop_id, owner_id, body.contact)]
    if body.buyer is not None:
        sealed.append(desk.vault.seal("origin", shop_id, owner_id, msgspec.json.encode(body.buyer)))
    accounts = await _accounts(desk, shop_id, owner_id, body)
    sealed_accounts = [each for _, each in accounts]
    command = PlaceOrder(
        shop_id=shop_id,
        order_number=body.order_number,
        lines=_lines(body),
        amount=_amount(body),
        contact_fingerprint=desk.fingerprints.of("contact", contact),
        contact_reference=sealed[0].reference,
        origin_reference=_second(sealed),
        is_taken_over=is_taken_over,
        channel=body.channel,
        accounts=tuple(given for given, _ in accounts),
        providers_behind=settings.shop(shop_id).providers_behind,
    )
    answered = await desk.do(
        command,
        principal=f"shop/{shop_id}",
        route=request.url.path,
        key=idempotency_key(request),
        request_body=raw,
        sealed=(*sealed, *sealed_accounts),
        correlation_id=getattr(request.state, "correlation_id", None),
    )
    return response_of(answered)


async def _accounts(desk: Desk, shop_id: str, owner_id: str, body: OrderBody) -> list[tuple[GivenAccount, Sealed]]:
    """What the buyer filled in, by line; raises UnknownProduct, or InvalidRequest with each field that does not fit."""
    found: list[tuple[GivenAccount, Sealed]] = []
    faults: list[tuple[str, str]] = []
    for number, line in enumerate(body.lines, 1):
        if line.fields is None:
            continue
        listing = await desk.get(Listing, Listing.create_id(shop_id, line.product_code))
        if listing is None:
            raise UnknownProduct(product_code=line.product_code, line=number)
        line_faults = form_faults(listing.form, line.fields)
        faults += [(f"lines[{number - 1}].fields.{name}", reason) for name, reason in line_faults]
        if not line_faults:
            found.append(
                seal_account(
                    number,
                    line.fields,
                    shop_id=shop_id,
                    owner_id=owner_id,
                    vault=desk.vault,
                    fingerprints=desk.fingerprints,
                    is_personal=listing.is_form_personal,
                )
            )
    if faults:
        raise InvalidRequest(faults)
    return found


def _second(sealed: list[Sealed]) -> str | None:
    return sealed[1].reference if len(sealed) > 1 else None


def _lines(body: OrderBody) -> tuple[Line, ...]:
    return tuple(Line(number, each.product_code, each.quantity, each.unit_price) for number, each in enumerate(body.lines, 1))


def _amount(body: OrderBody) -> Money:
    """The amount in a currency that we know; the lines' sum where none is given."""
    try:
        first, *others = [each.unit_price * each.quantity for each in body.lines]
        amount = body.amount or sum(others, start=first)
        minor_digits(amount.currency)
    except ValueError as error:  # another currency, one that nobody knows, or a sum beyond all limits
        reason = error.reason if isinstance(error, UnfitAmount) else "is not of one currency"
        raise InvalidRequest([("amount", reason)]) from None
    return amount
