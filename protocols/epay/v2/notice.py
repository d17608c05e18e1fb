"""The payment notice of 易支付 (epay) version 2: a GET (or POST form) to our notify URL.

Fields: `pid` (our merchant number), `trade_no` (theirs), `out_trade_no` (ours), `api_trade_no` (that of the channel behind), `type`
(alipay, wxpay, qqpay), `trade_status` (TRADE_SUCCESS is paid), `addtime`, `endtime` (Beijing wall clock), `name`, `money` (yuan),
`param`, `buyer`, `timestamp`, `sign`, `sign_type=RSA`; signed as told in `signing`. The gateway signs anew for every repeat, until the
answer is its success word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from protocols.alipay.notice import beijing_time
from protocols.epay.notice import PAID_STATUS
from protocols.epay.v2.signing import SIGN_TYPE, is_signed, is_timely, sign_fields
from protocols.errors import ForgedNotice, MalformedNotice, StaleNotice, WrongSeller
from protocols.fields import number, required
from protocols.form import ambiguous_field
from protocols.payment import is_yuan


@dataclass(frozen=True)
class EpayV2Notice:
    """A notice that is authentic, fresh and meant for us."""

    order_number: str
    trade_number: str
    status: str
    total: str
    """Decimal text in yuan; compare as a decimal, never as text."""
    channel: str
    """`type`: alipay, wxpay, qqpay, …"""
    paid_at: datetime | None = None
    """UTC, where the notice says it."""

    @property
    def is_paid(self) -> bool:
        """Whether this notice says that the order was paid."""
        return self.status == PAID_STATUS


def parse_notice(params: Mapping[str, str], platform_key: RSAPublicKey, *, pid: str, now: datetime) -> EpayV2Notice:
    """The notice in decoded query or form fields (see `protocols.form`); `now` is an aware time.

    Raises MalformedNotice, ForgedNotice, WrongSeller, StaleNotice. Nothing but the signature's own form is judged before the
    signature has been verified.
    """
    if params.get("sign_type", SIGN_TYPE) != SIGN_TYPE:
        raise MalformedNotice("sign_type")
    if not params.get("sign"):
        raise MalformedNotice("sign")
    if (ambiguous := ambiguous_field(params)) is not None:
        raise MalformedNotice(ambiguous)
    if not is_signed(params, platform_key):
        raise ForgedNotice("epay notice")
    if required(params, "pid") != pid:
        raise WrongSeller("epay notice")
    timely = is_timely(params, now)
    if timely is None:
        raise MalformedNotice("timestamp")
    if not timely:
        raise StaleNotice("epay notice")
    total = required(params, "money")
    if not is_yuan(total):
        raise MalformedNotice("money")
    return EpayV2Notice(
        order_number=number(params, "out_trade_no"),
        trade_number=number(params, "trade_no"),
        status=number(params, "trade_status"),
        total=total,
        channel=number(params, "type"),
        paid_at=_paid_at(params),
    )


def sign_notice(params: Mapping[str, str], platform_private_key: RSAPrivateKey, *, now: datetime) -> dict[str, str]:
    """The parameters as the gateway would send them at that time. For the sandbox."""
    return sign_fields(params, platform_private_key, now=now)


def _paid_at(params: Mapping[str, str]) -> datetime | None:
    text = params.get("endtime", "")
    if not text or params.get("trade_status") != PAID_STATUS:
        return None
    try:
        return beijing_time(text)
    except (ValueError, OverflowError) as error:
        raise MalformedNotice("endtime") from error
