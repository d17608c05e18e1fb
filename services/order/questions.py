"""Questions to payment providers about one order, by our own number: they change nothing over there, so asking twice is harmless.

`paid` confirms; `unpaid`, `closed` and an order number that the provider does not know are a refusal, named by that word; every silence,
and every answer that cannot be read, is unknown.
"""

from __future__ import annotations

from chassis.activity import Outcome, Refused, Tools, Unknown, confirmed
from contracts.values import UnfitAmount, money_from_decimal_text
from protocols import alipay, epay
from protocols.errors import ProtocolError
from protocols.http import TransportFault
from protocols.payment import PaymentStanding, PaymentState
from services.order.notices.intents import PaymentProven
from services.order.notices.reading import CURRENCY
from services.order.settings import AlipaySettings, EpaySettings


async def ask_epay(account: EpaySettings, order_number: str, tools: Tools) -> Outcome:
    """What an epay gateway knows of the order (source: `api.php?act=order` of epay version 1)."""
    try:
        question = epay.build_query(order_number, pid=account.pid, key=account.key.reveal())
        reply = await tools.http(account.gateway_url, question)
        if reply.status != 200:
            return Unknown("http_status")
        return _outcome(epay.parse_query_reply(reply.body, order_number=order_number, pid=account.pid))
    except (TransportFault, ProtocolError) as error:
        return Unknown(error.code)


async def ask_alipay(account: AlipaySettings, app_private_key: str, order_number: str, tools: Tools) -> Outcome:
    """What Alipay knows of the order (source: `alipay.trade.query`); signed by our application, so it speaks of our own trades only."""
    try:
        own_key = alipay.load_private_key(app_private_key)
        question = alipay.build_query(order_number, app_id=account.app_id, private_key=own_key, now=tools.now())
        reply = await tools.http(account.gateway_url, question)
        if reply.status != 200:
            return Unknown("http_status")
        public_key = alipay.load_public_key(account.alipay_public_key)
        return _outcome(alipay.parse_query_reply(reply.body, public_key, order_number=order_number))
    except (TransportFault, ProtocolError) as error:
        return Unknown(error.code)


def is_unheard(outcome: Outcome) -> bool:
    """Whether the question was not even put: that says nothing about the payment."""
    return isinstance(outcome, Refused) and outcome.is_temporary


def _outcome(standing: PaymentStanding) -> Outcome:
    if standing.state is PaymentState.UNKNOWN:
        return Unknown("provider_cannot_say")
    if standing.state is not PaymentState.PAID:
        return Refused(standing.state.value)
    if standing.trade_number is None or standing.total is None:
        return Unknown("incomplete")
    try:
        amount = money_from_decimal_text(standing.total, CURRENCY)
    except UnfitAmount as error:
        return Unknown(error.code)
    return confirmed(PaymentProven(trade_number=standing.trade_number, amount=amount))
