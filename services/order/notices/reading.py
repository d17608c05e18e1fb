"""From what a provider sends to the command that judges it, by the provider's channel.

A notice's *identity* is a hash of what it says. Of a rightly signed one only what counts goes in (order and trade number, status,
amount, refund), so that the repeats of a notice, signed anew or with other free text, are one. Of a refused one everything goes in,
the signature too, and the reason: what somebody forges can never be taken for the genuine notice, nor stand in its way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from chassis.errors import Fault, NotFound
from protocols.errors import EmptyKey, MalformedForm, MalformedNotice, ProtocolError, UnusableKey
from services.order.channels.port import Channel, Claim, Fact, NoticeAnswer, RawNotice
from services.order.channels.registry import CHANNELS
from services.order.notices.commands import TakeNotice
from services.order.settings import ShopSettings


class UnknownProvider(NotFound):
    code = "unknown-provider"
    title = "This shop takes no payments by such a provider"


class ProviderUnusable(Fault):
    """Our own keys for the provider cannot be used: the provider repeats its notice while somebody mends them."""

    code = "provider-unusable"
    title = "The provider's settings cannot be used"


@dataclass(frozen=True, slots=True)
class Unfit:
    """A notice that is refused unheard. Numbers are its own words, where they are plain; `field`: what is malformed."""

    identity: str
    reason: str
    order_number: str | None
    trade_number: str | None
    field: str | None


def read_notice(provider: str, shop_id: str, shop: ShopSettings, raw: RawNotice) -> TakeNotice | Unfit:
    """What a notice says; raises UnknownProvider, ProviderUnusable."""
    channel, account = _channel_of(provider, shop)
    try:
        return _command(channel, shop_id, channel.read(raw, account))
    except (EmptyKey, UnusableKey):
        raise ProviderUnusable(provider=provider, retry_after_seconds=60) from None
    except (MalformedForm, MalformedNotice) as error:
        return _unfit(MalformedNotice.code, channel.claim(raw, account), error.field)
    except ProtocolError as error:
        return _unfit(error.code, channel.claim(raw, account), None)


def success_answer(provider: str, shop: ShopSettings) -> NoticeAnswer:
    """What the provider must read to stop repeating its notice; raises UnknownProvider."""
    channel, account = _channel_of(provider, shop)
    return channel.success(account)


def failure_answer(provider: str, reason: str) -> NoticeAnswer:
    """What a provider that we know is answered to a notice that was refused."""
    return CHANNELS[provider].failure(reason)


def _channel_of(provider: str, shop: ShopSettings) -> tuple[Channel[Any], Any]:
    channel, account = CHANNELS.get(provider), shop.account(provider)
    if channel is None or account is None:
        raise UnknownProvider(provider=provider if channel is not None else "other")
    return channel, account


def _command(channel: Channel[Any], shop_id: str, fact: Fact) -> TakeNotice:
    numbers = (fact.order_number, fact.trade_number)
    return TakeNotice(
        shop_id=shop_id,
        provider=channel.code,
        identity=_identity("verified", *numbers, fact.status, str(fact.amount.amount_minor), *fact.particulars),
        order_number=fact.order_number,
        trade_number=fact.trade_number,
        amount=fact.amount,
        paid_at=fact.paid_at,
        is_payment=fact.is_payment,
        needs_confirmation=fact.needs_confirmation,
    )


def _unfit(reason: str, claim: Claim, field: str | None) -> Unfit:
    whole = hashlib.sha256(claim.whole).hexdigest()
    return Unfit(_identity("refused", reason, whole), reason, claim.order_number, claim.trade_number, field)


def _identity(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
