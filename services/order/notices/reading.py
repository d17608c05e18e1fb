"""From the bytes a provider sends to what they say, by the pure code of `protocols`.

A notice's *identity* is a hash of what it says. Of a rightly signed one only what counts goes in (order and trade number, status,
amount, refund), so that the repeats of a notice, signed anew or with other free text, are one. Of a refused one everything goes in,
the signature too, and the reason: what somebody forges can never be taken for the genuine notice, nor stand in its way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from chassis.errors import Fault, NotFound
from contracts.values import Money, money_from_decimal_text
from protocols import alipay, epay
from protocols.errors import EmptyKey, MalformedForm, MalformedNotice, ProtocolError, UnusableKey
from protocols.form import decode_form
from protocols.payment import is_number
from services.order.notices.commands import TakeNotice
from services.order.settings import ShopSettings

CURRENCY = "CNY"
"""Both providers write yuan."""


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


def read_notice(provider: str, shop_id: str, shop: ShopSettings, raw: bytes) -> TakeNotice | Unfit:
    """What a query string or form body says; raises UnknownProvider, ProviderUnusable."""
    read = _READERS.get(provider)
    if read is None or getattr(shop, provider) is None:
        raise UnknownProvider(provider=provider if provider in _READERS else "other")
    form: dict[str, str] = {}
    try:
        form = decode_form(raw)
        return read(shop_id, shop, form)
    except (EmptyKey, UnusableKey):
        raise ProviderUnusable(provider=provider, retry_after_seconds=60) from None
    except (MalformedForm, MalformedNotice) as error:
        return _unfit(MalformedNotice.code, form, raw, error.field)
    except ProtocolError as error:
        return _unfit(error.code, form, raw, None)


def success_word(provider: str, shop: ShopSettings) -> str:
    """What the provider must read to stop repeating its notice."""
    word: str = getattr(shop, provider).success_word
    return word


def _alipay(shop_id: str, shop: ShopSettings, form: Mapping[str, str]) -> TakeNotice:
    own = shop.alipay
    assert own is not None
    notice = alipay.parse_notice(form, _public_key(own.alipay_public_key), app_id=own.app_id, seller_id=own.seller_id)
    amount = money_from_decimal_text(notice.total, CURRENCY)
    status, refund = notice.status.value, notice.refund_number or ""
    return TakeNotice(
        shop_id=shop_id,
        provider="alipay",
        identity=_identity("verified", notice.order_number, notice.trade_number, status, str(amount.amount_minor), refund),
        order_number=notice.order_number,
        trade_number=notice.trade_number,
        amount=amount,
        paid_at=notice.paid_at,
        is_payment=notice.is_paid and notice.refund_number is None,
        needs_confirmation=False,
    )


def _epay(shop_id: str, shop: ShopSettings, form: Mapping[str, str]) -> TakeNotice:
    own = shop.epay
    assert own is not None
    notice = epay.parse_notice(form, own.key.reveal(), pid=own.pid)
    amount: Money = money_from_decimal_text(notice.total, CURRENCY)
    return TakeNotice(
        shop_id=shop_id,
        provider="epay",
        identity=_identity("verified", notice.order_number, notice.trade_number, notice.status, str(amount.amount_minor)),
        order_number=notice.order_number,
        trade_number=notice.trade_number,
        amount=amount,
        paid_at=None,
        is_payment=notice.is_paid,
        needs_confirmation=True,
    )


_READERS: dict[str, Callable[[str, ShopSettings, Mapping[str, str]], TakeNotice]] = {"alipay": _alipay, "epay": _epay}


@lru_cache(maxsize=256)
def _public_key(text: str) -> RSAPublicKey:
    return alipay.load_public_key(text)


def _unfit(reason: str, form: Mapping[str, str], raw: bytes, field: str | None) -> Unfit:
    whole = hashlib.sha256(raw).hexdigest()
    numbers = [value if is_number(value := form.get(name, "")) else None for name in ("out_trade_no", "trade_no")]
    return Unfit(_identity("refused", reason, whole), reason, numbers[0], numbers[1], field)


def _identity(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
