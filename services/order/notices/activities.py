"""Asking a provider about a payment: a question that changes nothing over there, so asking twice is harmless.

`paid` confirms; `unpaid`, `closed` and an order number that the gateway does not know are a refusal (the saga asks once or twice more
before it believes that); every silence, and every answer that cannot be read, is unknown and asked about again, later and later.
"""

from __future__ import annotations

from chassis.activity import Activity, Outcome, Patience, Unknown
from services.order.notices.intents import ConfirmPayment
from services.order.questions import ask_epay
from services.order.settings import EpaySettings, OrderSettings


class AskProvider(Activity[ConfirmPayment]):
    """Ask an epay gateway for the order (source: `api.php?act=order` of epay version 1)."""

    intent_class = ConfirmPayment
    patience = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: ConfirmPayment) -> Outcome:
        account = self._account(intent)
        if account is None:
            return Unknown("not_configured")
        return await ask_epay(account, intent.order_number, self.tools)

    async def ask(self, intent: ConfirmPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)

    def _account(self, intent: ConfirmPayment) -> EpaySettings | None:
        settings: OrderSettings = self.tools.settings
        shop = settings.shops.get(intent.shop_id)
        return None if shop is None else shop.epay
