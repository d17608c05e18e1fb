"""Asking a supplier whether a card still works. A question changes nothing over there, so one that was lost is simply put again."""

from __future__ import annotations

from typing import ClassVar

from chassis.activity import Activity, Intent, Outcome, Patience, Performed, Refused, confirmed
from protocols.http import TransportFault
from services.inventory.quality.domain.card_check import NO_ANSWER, NOT_ASKABLE
from services.inventory.quality.intents import AskCardStatus, CardStatusTold
from services.inventory.settings import InventorySettings
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import ErrorClass, SupplierError


class AskSupplier(Activity[AskCardStatus]):
    """Confirmed brings CardStatusTold. Refused: `not_askable` for good, `no_answer` for the moment."""

    intent_class: ClassVar[type[Intent]] = AskCardStatus
    patience: ClassVar[Patience] = Patience(attempt_seconds=8.0, margin_seconds=2.0, first_ask_seconds=0.5, longest_ask_seconds=60.0)

    async def perform(self, intent: AskCardStatus) -> Outcome | Performed:
        settings: InventorySettings = self.tools.settings
        account = settings.account(intent.shop_id, intent.target)
        site = site_class(account)(account, self.tools.http, self.tools.now) if account is not None else None
        if site is None or not site.tells_card_status:
            return Refused(NOT_ASKABLE)
        card = await self.tools.open_kept(intent.reference)
        if card is None:
            return Refused(NOT_ASKABLE)
        try:
            told = await site.card_status(intent.number, card.decode())
        except TransportFault:
            return Refused(NO_ANSWER, is_temporary=True)
        if isinstance(told, SupplierError):
            is_passing = told.is_effect_possible or told.error_class is ErrorClass.TEMPORARY
            return Refused(NO_ANSWER, is_temporary=True) if is_passing else Refused(NOT_ASKABLE)
        return confirmed(CardStatusTold(told))

    async def ask(self, intent: AskCardStatus) -> Outcome | Performed:
        return await self.perform(intent)
