"""Creating payments at providers, and asking how payments stand."""

from __future__ import annotations

from typing import Any

from chassis.activity import Activity, Outcome, Patience, Refused, Unknown, confirmed
from protocols.checkout import Checkout, CheckoutKind, CheckoutRefused
from protocols.errors import MalformedReply, ProtocolError
from protocols.http import TransportFault
from services.order.channels.port import Channel, CreatedPayment, NewPayment
from services.order.channels.registry import CHANNELS
from services.order.domain.search import NOT_ASKABLE, NOT_CONFIGURED
from services.order.paying.intents import KNOWN_ALREADY, TOO_LATE, UNFIT_ORDER, CreatePayment, PaymentCreated, PollPayment
from services.order.questions import ask_provider, trace_payment
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
        channel = CHANNELS[intent.provider]
        if intent.amount.currency != channel.currency_of(account):
            return Refused(UNFIT_ORDER)
        notify_url = f"{settings.public_url.rstrip('/')}/notices/{intent.provider}/{intent.shop_id}"
        return_url = settings.shop(intent.shop_id).return_url_of(intent.order_number) or settings.public_url
        payment = NewPayment(
            intent.order_number, intent.amount, notify_url, return_url, intent.expires_at, intent.wanted_at or intent.expires_at
        )
        try:
            made = await self._made(channel, account, payment)
        except (TransportFault, ProtocolError) as error:
            return Unknown(error.code)
        except ValueError:
            return Refused(UNFIT_ORDER)
        if isinstance(made, CheckoutRefused):
            return Refused(KNOWN_ALREADY if made.is_known_already else made.error_code or "refused")
        if made.kind is CheckoutKind.PAGE and not made.content.startswith(("https://", "http://")):
            return Unknown(MalformedReply.code)  # nobody's browser is sent to anything else
        return confirmed(
            PaymentCreated(
                kind=made.kind.value,
                content=made.content,
                expires_at=min(made.expires_at or intent.expires_at, intent.expires_at),
                trade_number=made.trade_number,
                payable=made.payable,
                coin=made.coin,
                address=made.address,
            )
        )

    async def _made(self, channel: Channel[Any], account: Any, payment: NewPayment) -> Checkout | CheckoutRefused:
        wanted = channel.creation(account, payment, self.tools.now())
        if isinstance(wanted, Checkout):
            return wanted
        reply = await self.tools.http(wanted.base_url, wanted.request)
        return channel.created(account, payment, reply, self.tools.now())

    async def ask(self, intent: CreatePayment) -> Outcome:
        """The call itself is what is made again, while the buyer could still pay."""
        if self.tools.now() >= intent.expires_at:
            return Refused(TOO_LATE)
        return await self.perform(intent)


class AskHowPaymentStands(Activity[PollPayment]):
    """Ask the provider for the order, by our number where it takes that, else by its own where we had the payment created."""

    intent_class = PollPayment
    patience = _PATIENCE

    async def perform(self, intent: PollPayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        account = settings.shops.get(intent.shop_id, ShopSettings()).account(intent.provider)
        if account is None:
            return Refused(NOT_CONFIGURED)
        channel = CHANNELS[intent.provider]
        if channel.is_askable(account):
            return await ask_provider(channel, account, intent.order_number, self.tools)
        if intent.trade_number is None or intent.amount is None or not channel.is_traceable(account):
            return Refused(NOT_ASKABLE)
        payment = CreatedPayment(intent.order_number, intent.trade_number, intent.amount)
        return await trace_payment(channel, account, payment, self.tools)

    async def ask(self, intent: PollPayment) -> Outcome:
        """The question itself is what is asked again."""
        return await self.perform(intent)
