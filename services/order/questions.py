"""Questions to payment providers about one order, by our own number: they change nothing over there, so asking twice is harmless.

`paid` confirms; `unpaid`, `closed` and an order number that the provider does not know are a refusal, named by that word; every silence,
and every answer that cannot be read, is unknown.
"""

from __future__ import annotations

from typing import Any

from chassis.activity import Outcome, Refused, Tools, Unknown, confirmed
from contracts.values import UnfitAmount, money_from_decimal_text
from protocols.errors import ProtocolError
from protocols.http import TransportFault
from protocols.payment import PaymentStanding, PaymentState
from services.order.channels.port import Channel, CreatedPayment
from services.order.notices.intents import PaymentProven


async def ask_provider(channel: Channel[Any], account: Any, order_number: str, tools: Tools) -> Outcome:
    """What the provider knows of the order; `account` is the channel's settings, and askable."""
    try:
        question = channel.question(account, order_number, tools.now())
        reply = await tools.http(question.base_url, question.request)
        return _outcome(channel.standing(account, order_number, reply, tools.now()), channel, account)
    except (TransportFault, ProtocolError) as error:
        return Unknown(error.code)


async def trace_payment(channel: Channel[Any], account: Any, payment: CreatedPayment, tools: Tools) -> Outcome:
    """What the provider knows of a payment that we had created; `account` is the channel's settings, and traceable."""
    try:
        question = channel.tracing(account, payment)
        reply = await tools.http(question.base_url, question.request)
        return _outcome(channel.traced(account, payment, reply, tools.now()), channel, account)
    except (TransportFault, ProtocolError) as error:
        return Unknown(error.code)


def is_unheard(outcome: Outcome) -> bool:
    """Whether the question was not even put: that says nothing about the payment."""
    return isinstance(outcome, Refused) and outcome.is_temporary


def _outcome(standing: PaymentStanding, channel: Channel[Any], account: Any) -> Outcome:
    if standing.state is PaymentState.UNKNOWN:
        return Unknown("provider_cannot_say")
    if standing.state is not PaymentState.PAID:
        return Refused(standing.state.value)
    if standing.trade_number is None or standing.total is None:
        return Unknown("incomplete")
    try:
        amount = money_from_decimal_text(standing.total, channel.currency_of(account))
    except UnfitAmount as error:
        return Unknown(error.code)
    return confirmed(PaymentProven(trade_number=standing.trade_number, amount=amount, is_amount_told=channel.is_telling_amount))
