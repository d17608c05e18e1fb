"""Asking any provider of a shop about an order. That one cannot be asked is an answer too, by one of two words."""

from __future__ import annotations

from chassis.activity import Activity, Outcome, Patience, Refused
from chassis.logs import get_log
from services.order.channels.registry import CHANNELS
from services.order.domain.search import CANNOT_BE_ASKED, NOT_ASKABLE, NOT_CONFIGURED
from services.order.questions import ask_provider
from services.order.search.intents import FindPayment
from services.order.settings import OrderSettings, ShopSettings

log = get_log("order.search")


class AskWhetherPaid(Activity[FindPayment]):
    """Ask one provider for the order."""

    intent_class = FindPayment
    patience = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: FindPayment) -> Outcome:
        outcome = await self._answer(intent)
        if intent.is_said_paid and isinstance(outcome, Refused) and outcome.code not in CANNOT_BE_ASKED:
            log.critical(
                "a provider denies a payment that we had confirmed: a person decides, see GET /orders/doubts",
                shop_id=intent.shop_id,
                order_number=intent.order_number,
                provider=intent.provider,
                answer=outcome.code,
            )
        return outcome

    async def _answer(self, intent: FindPayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        shop = settings.shops.get(intent.shop_id, ShopSettings())
        account = shop.account(intent.provider)
        if account is None:
            return Refused(NOT_CONFIGURED)
        channel = CHANNELS[intent.provider]
        if not channel.is_askable(account):
            return Refused(NOT_ASKABLE)
        return await ask_provider(channel, account, intent.order_number, self.tools)

    async def ask(self, intent: FindPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)
