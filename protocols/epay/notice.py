"""The payment notice of 易支付 (epay) version 1: a GET (or POST form) to our notify URL.

Fields: `pid` (our merchant number there), `trade_no` (theirs), `out_trade_no` (ours), `type` (alipay, wxpay,
qqpay), `name`, `money` (yuan), `trade_status` (TRADE_SUCCESS is paid), optional `param`, `sign`,
`sign_type=MD5`. The gateway repeats it until the answer is its success word: `success` for most, `SUCCESS`
for some clones, so that is a setting. The success word is due for a known notice too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.epay.signing import sign, verify
from protocols.errors import ForgedNotice, MalformedNotice, WrongSeller
from protocols.fields import number, required
from protocols.form import ambiguous_field
from protocols.payment import is_yuan

SUCCESS_WORD = "success"
PAID_STATUS = "TRADE_SUCCESS"


@dataclass(frozen=True)
class EpayNotice:
    """A notice that is rightly signed and meant for us; it still needs the query's confirmation."""

    order_number: str
    trade_number: str
    status: str
    total: str
    """Decimal text in yuan; compare as a decimal, never as text."""
    channel: str
    """`type`: alipay, wxpay, qqpay, …"""

    @property
    def is_paid(self) -> bool:
        """Whether this notice says that the order was paid."""
        return self.status == PAID_STATUS


def parse_notice(params: Mapping[str, str], key: str, *, pid: str) -> EpayNotice:
    """The notice in decoded query or form fields (see `protocols.form`).

    Raises EmptyKey, MalformedNotice, ForgedNotice, WrongSeller.
    """
    if params.get("sign_type", "MD5") != "MD5":
        raise MalformedNotice("sign_type")
    signature = params.get("sign", "")
    if not signature:
        raise MalformedNotice("sign")
    if (ambiguous := ambiguous_field(params)) is not None:
        raise MalformedNotice(ambiguous)
    if not verify(params, signature, key):
        raise ForgedNotice("epay notice")
    if required(params, "pid") != pid:
        raise WrongSeller("epay notice")
    total = required(params, "money")
    if not is_yuan(total):
        raise MalformedNotice("money")
    return EpayNotice(
        order_number=number(params, "out_trade_no"),
        trade_number=number(params, "trade_no"),
        status=number(params, "trade_status"),
        total=total,
        channel=number(params, "type"),
    )


def sign_notice(params: Mapping[str, str], key: str) -> dict[str, str]:
    """The parameters with `sign` and `sign_type` added, as the gateway would send them. For the sandbox."""
    return {**params, "sign": sign(params, key), "sign_type": "MD5"}
