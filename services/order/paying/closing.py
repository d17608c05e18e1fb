"""Closing what nobody is to pay any more: a payment that was created, of an order that another provider's payment has paid.

Only a provider that can be told does it (`Channel.is_closing`); elsewhere the payment ends at its own time, and one that is made after
all is a PaymentDuplicated. Closing has no haste and no harm: a lost answer is followed by the same call, until the payment's own end.
"""

from __future__ import annotations

from chassis.activity import Activity, Confirmed, Outcome, Patience, Refused, Unknown
from chassis.service import on_outcome
from chassis.work import Work
from protocols.errors import ProtocolError
from protocols.http import TransportFault
from services.order.channels.registry import CHANNELS
from services.order.domain.checkout import UNPAID, Checkout, CheckoutState
from services.order.domain.order import Order
from services.order.domain.search import NOT_CONFIGURED
from services.order.paying.following import end, stop_asking
from services.order.paying.intents import ClosePayment
from services.order.settings import OrderSettings, ShopSettings

TOO_LATE = "too_late"


class CloseAtProvider(Activity[ClosePayment]):
    """Confirmed: closed. Refused: it was paid in between, which the next question finds, or has ended by itself."""

    intent_class = ClosePayment
    patience = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=5.0, longest_ask_seconds=300.0)

    async def perform(self, intent: ClosePayment) -> Outcome:
        settings: OrderSettings = self.tools.settings
        account = settings.shops.get(intent.shop_id, ShopSettings()).account(intent.provider)
        channel = CHANNELS[intent.provider]
        if account is None or not channel.is_creatable(account):
            return Refused(NOT_CONFIGURED)
        if self.tools.now() >= intent.expires_at:
            return Refused(TOO_LATE)
        try:
            call = channel.closing(account, intent.order_number, self.tools.now())
            reply = await self.tools.http(call.base_url, call.request)
            refused = channel.closed(account, intent.order_number, reply, self.tools.now())
        except (TransportFault, ProtocolError) as error:
            return Unknown(error.code)
        return Confirmed() if refused is None else Refused(refused.error_code or "refused")

    async def ask(self, intent: ClosePayment) -> Outcome:
        """The call itself is what is made again."""
        return await self.perform(intent)


@on_outcome(ClosePayment)
def on_payment_closed(outcome: Outcome, intent: ClosePayment, work: Work) -> None:
    """Closed: nobody needs to be asked about it. Anything else: it is asked about on, until the order's time is over."""
    if not isinstance(outcome, Confirmed):
        return
    checkout = work.get(Checkout, intent.checkout_id)
    if checkout.state is CheckoutState.OPEN:
        stop_asking(checkout, work.get(Order, intent.order_id), work)
        end(checkout, UNPAID, work)
