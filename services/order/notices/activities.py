"""Asking a provider about a payment: a question that changes nothing over there, so asking twice is harmless.

`paid` confirms; `unpaid`, `closed` and an order number that the gateway does not know are a refusal (the saga asks once or twice more
before it believes that); every silence, and every answer that cannot be read, is unknown and asked about again, later and later.
"""

from __future__ import annotations

from chassis.activity import Activity, Outcome, Patience, Refused, Unknown, confirmed
from contracts.values import UnfitAmount, money_from_decimal_text
from protocols import epay
from protocols.errors import ProtocolError
from protocols.http import TransportFault
from protocols.payment import PaymentStanding, PaymentState
from services.order.notices.intents import ConfirmPayment, PaymentProven
from services.order.notices.reading import CURRENCY
from services.order.settings import EpaySettings, OrderSettings


class AskProvider(Activity[ConfirmPayment]):
    """Ask an epay gateway for the order (source: `api.php?act=order` of epay version 1)."""

    intent_class = ConfirmPayment
    patience = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: ConfirmPayment) -> Outcome:
        account = self._account(intent)
        if account is None:
            return Unknown("not_configured")
        try:
            question = epay.build_query(intent.order_number, pid=account.pid, key=account.key.reveal())
            reply = await self.tools.http(account.gateway_url, question)
            if reply.status != 200:
                return Unknown("http_status")
            return _outcome(epay.parse_query_reply(reply.body, order_number=intent.order_number, pid=account.pid))
        except (TransportFault, ProtocolError) as error:
            return Unknown(error.code)

    async def ask(self, intent: ConfirmPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)

    def _account(self, intent: ConfirmPayment) -> EpaySettings | None:
        settings: OrderSettings = self.tools.settings
        shop = settings.shops.get(intent.shop_id)
        return None if shop is None else shop.epay


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
