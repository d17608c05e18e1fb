"""What asking providers about unpaid orders is for: a lost notice loses no payment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from protocols.http import HttpReply
from redress.simulation.evidence import Evidence
from redress.simulation.network import CallMade
from redress.simulation.parties import base_url_of
from sandbox.behaviour.dialects import Trade

ASKED_BY_TRADE_NUMBER = ("tokenpay", "epusdt")
NAMING_WHAT_IS_PAID = ("alipay", "wechat")
TELLING_NO_AMOUNT = ("epusdt",)


def answers_of_named_providers_count(evidence: Evidence) -> Iterator[str]:
    """An order whose provider was named, or had to create its payment, is paid once it was asked after it took the money, and heard.

    A provider that goes on denying it is excused; so is one that tells no amount when it is asked, and has named another in a notice. So
    are restores: then the payment search looks for it, under its own laws.
    """
    if evidence.is_restored("order"):
        return
    told = {
        (said.values["provider"], said.values["order_number"]) for said in evidence.said("order", "PaymentConfirmed", "PaymentDuplicated")
    }
    for said in evidence.said("order", "OrderPlaced"):
        number = said.values["order_number"]
        plan = evidence.placed.get(number)
        if plan is None or not (plan.named_provider or plan.is_payment_wanted):
            continue
        provider = plan.provider
        is_amount_doubtful = provider in TELLING_NO_AMOUNT and plan.faults.notice_total is not None
        if plan.faults.is_query_unpaid or is_amount_doubtful or (provider, number) in told:
            continue
        trade = evidence.providers[provider].trade(number)
        if trade is None or trade.paid_at is None or Decimal(trade.total) * 100 != said.values["amount"]["amount_minor"]:
            continue
        heard = [call for call in evidence.calls if call.at >= trade.paid_at and _is_heard_question(call, provider, trade)]
        if heard:
            yield f"{number}: {provider} has the money and said so at {heard[0].at:%H:%M:%S}, and the order was never paid"


def _is_heard_question(call: CallMade, provider: str, trade: Trade) -> bool:
    """Whether the question reached its provider and was answered; one that a notice for the shop behind us needed is not ours.

    A call that creates the payment is a question too, at providers that then name what is paid already.
    """
    key = call.caller.intent_key
    if key.startswith("forward-notice/") or (key.startswith("create-payment/") and provider not in NAMING_WHAT_IS_PAID):
        return False
    number = trade.trade_number if provider in ASKED_BY_TRADE_NUMBER else trade.order_number
    is_question = call.base_url == base_url_of(provider) and number in call.request.target + call.request.body.decode("latin-1")
    return is_question and isinstance(call.result, HttpReply) and call.result.status == 200
