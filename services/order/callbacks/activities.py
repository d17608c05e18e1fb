"""Passing a notice on to the shop.

A provider repeats its notices, and every shop must bear that: so a try whose answer was lost is simply made again, and counts as one that
did not reach the shop. What only the provider's confirmation proves is asked about first; until it is confirmed, the shop hears nothing.
"""

from __future__ import annotations

from typing import Any

from chassis.activity import Activity, Confirmed, Outcome, Patience, Performed, Refused, confirmed
from chassis.errors import Fault
from chassis.vault import Sealed
from protocols.http import HttpReply, TransportFault
from services.order.callbacks.intents import ForwardNotice, ShopAnswered
from services.order.callbacks.raw import request_of
from services.order.callbacks.settings import CallbackMode
from services.order.callbacks.verdict import verdict_of
from services.order.channels.port import Channel
from services.order.channels.registry import CHANNELS
from services.order.domain.forwarding import Verdict
from services.order.questions import ask_provider, is_unheard
from services.order.settings import OrderSettings, ShopSettings

ANSWER_KIND = "shop_answer"
LONGEST_ANSWER_BYTES = 2_048
"""A longer body of an error is no answer meant for a provider."""


class Forward(Activity[ForwardNotice]):
    """Bring one notice to the shop's own address."""

    intent_class = ForwardNotice
    patience = Patience(attempt_seconds=20.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)

    async def perform(self, intent: ForwardNotice) -> Outcome | Performed:
        settings: OrderSettings = self.tools.settings
        shop = settings.shops.get(intent.shop_id, ShopSettings())
        account, callback = shop.account(intent.provider), shop.callback(intent.provider)
        if account is None or callback.mode is not CallbackMode.IN_FRONT or callback.shop_url is None:
            return _withheld(Verdict.NOT_CONFIGURED)
        channel = CHANNELS[intent.provider]
        if not intent.is_proven:
            doubt = await self._doubt(channel, account, intent.order_number)
            if doubt is not None:
                return _withheld(doubt)
        try:
            kept = await self.tools.open_kept(intent.raw_reference)
        except Fault:
            return _withheld(Verdict.NOT_SENT)
        if kept is None:
            return _withheld(Verdict.FORGOTTEN)
        base_url, request = request_of(kept, callback.shop_url, str(intent.forwarding_id))
        call = self.tools.http if settings.is_private_target_allowed else self.tools.http_public
        sent_at = self.tools.now()
        try:
            reply = await call(base_url, request)
        except TransportFault as error:
            return _withheld(Verdict(error.code))
        milliseconds = round((self.tools.now() - sent_at).total_seconds() * 1_000)
        return self._answered(intent, verdict_of(channel, account, reply), reply, milliseconds)

    async def ask(self, intent: ForwardNotice) -> Outcome | Performed:
        """The shop bears a repeat, as it does the provider's."""
        return await self.perform(intent)

    async def _doubt(self, channel: Channel[Any], account: Any, order_number: str) -> Verdict | None:
        """Why the notice is not to be passed on now; None once the provider has said that it is true."""
        if not channel.is_askable(account):
            return Verdict.NOT_CONFIRMED
        outcome = await ask_provider(channel, account, order_number, self.tools)
        if isinstance(outcome, Confirmed):
            return None
        return Verdict.DENIED if isinstance(outcome, Refused) and not is_unheard(outcome) else Verdict.NOT_CONFIRMED

    def _answered(self, intent: ForwardNotice, verdict: Verdict, reply: HttpReply, milliseconds: int) -> Performed:
        sealed: tuple[Sealed, ...] = ()
        if verdict is Verdict.REFUSED and 0 < len(reply.body) <= LONGEST_ANSWER_BYTES:
            sealed = (self.tools.vault.seal(ANSWER_KIND, intent.shop_id, str(intent.forwarding_id), reply.body),)
        answered = ShopAnswered(
            verdict=verdict.value,
            status=reply.status,
            answer_reference=sealed[0].reference if sealed else None,
            milliseconds=max(milliseconds, 0),
        )
        return Performed(confirmed(answered), sealed)


def _withheld(verdict: Verdict) -> Refused:
    return Refused(verdict.value, is_temporary=True)
