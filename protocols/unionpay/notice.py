"""UnionPay's notice (后台通知): a form posted to `backUrl`.

Fields: `orderId` (ours), `txnTime` (ours too: the two together name a payment), `queryId` (theirs), `merId`, `txnType` (01 a payment),
`respCode` (00 done), `txnAmt` (fen), `currencyCode` (156: yuan), `signPubKeyCert`, `signature`, …. It is repeated after 1, 2, 4 and 15
minutes until the answer is HTTP 200, whatever its body; the usual word is `ok`. There is no time window: a copied notice stays genuine
about the same payment. (Never tried against the gateway.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from protocols.errors import ForgedNotice, MalformedNotice, WrongSeller
from protocols.fields import number, required
from protocols.form import ambiguous_field
from protocols.unionpay.signing import Trust, is_signed, required_signature

SUCCESS_WORD = "ok"
SCHEDULE_SECONDS = (60.0, 120.0, 240.0, 900.0)
PAYMENT_TYPE, DONE_CODE, YUAN = "01", "00", "156"

_FEN = re.compile(r"[1-9][0-9]{0,11}\Z", re.ASCII)


@dataclass(frozen=True)
class UnionPayNotice:
    """A notice that UnionPay has signed, about our merchant number."""

    order_number: str
    trade_number: str
    status: str
    """`txnType` and `respCode`, such as `01/00`."""
    total: str
    """Decimal text in yuan."""
    is_paid: bool


def parse_notice(fields: Mapping[str, str], trust: Trust, *, merchant_number: str, now: datetime) -> UnionPayNotice:
    """The notice in a decoded form; raises MalformedNotice, ForgedNotice, WrongSeller."""
    required_signature(fields)
    if (ambiguous := ambiguous_field(fields)) is not None:
        raise MalformedNotice(ambiguous)
    if not is_signed(fields, trust, now):
        raise ForgedNotice("unionpay notice")
    if required(fields, "merId") != merchant_number:
        raise WrongSeller("unionpay notice")
    if required(fields, "currencyCode") != YUAN:
        raise MalformedNotice("currencyCode")
    total = yuan_of(required(fields, "txnAmt"))
    if total is None:
        raise MalformedNotice("txnAmt")
    kind, code = number(fields, "txnType"), number(fields, "respCode")
    return UnionPayNotice(
        order_number=number(fields, "orderId"),
        trade_number=number(fields, "queryId"),
        status=f"{kind}/{code}",
        total=total,
        is_paid=(kind, code) == (PAYMENT_TYPE, DONE_CODE),
    )


def yuan_of(fen: str) -> str | None:
    """The decimal text in yuan for a text in fen; None where it is none."""
    if not _FEN.match(fen):
        return None
    return f"{int(fen) // 100}.{int(fen) % 100:02d}"
