"""Asking a provider about a payment: a question that changes nothing over there, so asking twice is harmless.

`paid` confirms; `unpaid`, `closed` and an order number that the gateway does not know are a refusal (the saga asks once or twice more
before it believes that); every silence, and every answer that cannot be read, is unknown and asked about again, later and later.
"""

from __future__ import annotations

from chassis.activity import Activity, Outcome, Patience, Unknown
from services.order.channels.registry import CHANNELS
from services.order.domain.search import NOT_ASKABLE, NOT_CONFIGURED
from services.order.notices.intents import ConfirmPayment
from services.order.questions import ask_provider
from services.order.settings import OrderSettings, ShopSettings


class AskProvider(Activity[ConfirmPayment]):
    """Ask the provider of a notice whether it is true. An account that is gone denies nothing: unknown, until it is back."""

    intent_class = ConfirmPayment
    patience = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: ConfirmPayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        account = settings.shops.get(intent.shop_id, ShopSettings()).account(intent.provider)
        if account is None:
            return Unknown(NOT_CONFIGURED)
        channel = CHANNELS[intent.provider]
        if not channel.is_askable(account):
            return Unknown(NOT_ASKABLE)
        return await ask_provider(channel, account, intent.order_number, self.tools)

    async def ask(self, intent: ConfirmPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)
