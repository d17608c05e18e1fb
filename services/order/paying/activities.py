"""Creating payments at providers, and asking about them."""

from __future__ import annotations

from chassis.activity import Activity, Outcome, Patience, Refused, Unknown, confirmed
from protocols.checkout import CheckoutRefused
from protocols.errors import ProtocolError
from protocols.http import TransportFault
from services.order.channels.port import NewPayment
from services.order.channels.registry import CHANNELS
from services.order.domain.search import NOT_ASKABLE, NOT_CONFIGURED
from services.order.paying.intents import CreatePayment, PaymentCreated, PollPayment
from services.order.questions import ask_provider
from services.order.settings import OrderSettings, ShopSettings

_PATIENCE = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=1.0, longest_ask_seconds=60.0)


class OpenPayment(Activity[CreatePayment]):
    """Create the payment. A lost answer is followed by the same call: it finds the payment that was created, or creates it now."""

    intent_class = CreatePayment
    patience = _PATIENCE

    async def perform(self, intent: CreatePayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        account = settings.shops.get(intent.shop_id, ShopSettings()).account(intent.provider)
        if account is None or settings.public_url is None or not CHANNELS[intent.provider].is_creatable(account):
            return Refused(NOT_CONFIGURED)
        channel, now = CHANNELS[intent.provider], self.tools.now()
        notify_url = f"{settings.public_url.rstrip('/')}/notices/{intent.provider}/{intent.shop_id}"
        payment = NewPayment(intent.order_number, intent.amount, notify_url, intent.expires_at)
        try:
            question = channel.creation(account, payment, now)
            reply = await self.tools.http(question.base_url, question.request)
            made = channel.created(account, payment, reply, self.tools.now())
        except (TransportFault, ProtocolError) as error:
            return Unknown(error.code)
        except ValueError:
            return Refused("unfit_order")
        if isinstance(made, CheckoutRefused):
            return Refused(made.error_code or "refused")
        return confirmed(PaymentCreated(kind=made.kind.value, content=made.content, expires_at=made.expires_at or intent.expires_at))

    async def ask(self, intent: CreatePayment) -> Outcome:
        """The call itself is what is made again, while the buyer could still pay."""
        if self.tools.now() >= intent.expires_at:
            return Refused("too_late")
        return await self.perform(intent)


class AskWhetherCreatedIsPaid(Activity[PollPayment]):
    """Ask the provider for the order."""

    intent_class = PollPayment
    patience = _PATIENCE

    async def perform(self, intent: PollPayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        account = settings.shops.get(intent.shop_id, ShopSettings()).account(intent.provider)
        if account is None:
            return Refused(NOT_CONFIGURED)
        channel = CHANNELS[intent.provider]
        if not channel.is_askable(account):
            return Refused(NOT_ASKABLE)
        return await ask_provider(channel, account, intent.order_number, self.tools)

    async def ask(self, intent: PollPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)
