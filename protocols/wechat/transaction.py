"""One order as WeChat Pay tells of it, the same in a notice and in an answer to a query.

JSON: `mchid` and `appid` (ours), `out_trade_no` (ours), `transaction_id` (theirs, once there is one), `trade_state`, `success_time`
(RFC 3339, with its zone) and `amount {total, payer_total, currency, payer_currency}` in fen. `total` is what the order costs;
`payer_total` may be less, where the buyer had a coupon of WeChat's. (Source: WeChat Pay's merchant guide, API v3, query by
out_trade_no.)
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from protocols.errors import ProtocolError
from protocols.exact_json import JsonNumber
from protocols.payment import PaymentState, is_number

CURRENCY = "CNY"

_FEN = re.compile(r"(0|[1-9][0-9]{0,10})\Z")

Malformed = Callable[[str], ProtocolError]


class TradeState(Enum):
    """`trade_state`. REFUND: paid, and at least a part has been paid back since."""

    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    NOT_PAID = "NOTPAY"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    PAYING = "USERPAYING"
    FAILED = "PAYERROR"


STATES = {
    TradeState.SUCCESS: PaymentState.PAID,
    TradeState.REFUND: PaymentState.CLOSED,
    TradeState.NOT_PAID: PaymentState.UNPAID,
    TradeState.CLOSED: PaymentState.CLOSED,
    TradeState.REVOKED: PaymentState.CLOSED,
    TradeState.PAYING: PaymentState.UNPAID,
    TradeState.FAILED: PaymentState.UNPAID,
}


@dataclass(frozen=True)
class Transaction:
    """`trade_number`, `total` and `paid_at` are there where the order was paid."""

    mchid: str
    app_id: str
    order_number: str
    state: TradeState
    trade_number: str | None
    total: str | None
    """Decimal text in yuan, two decimals."""
    paid_at: datetime | None


def read_transaction(content: Mapping[str, Any], malformed: Malformed) -> Transaction:
    """The order in decoded JSON (see `protocols.exact_json`); raises `malformed(field)`."""
    try:
        state = TradeState(text_of(content, "trade_state", malformed))
    except ValueError as error:
        raise malformed("trade_state") from error
    is_paid = state is TradeState.SUCCESS
    return Transaction(
        mchid=text_of(content, "mchid", malformed),
        app_id=text_of(content, "appid", malformed),
        order_number=number_of(content, "out_trade_no", malformed),
        state=state,
        trade_number=number_of(content, "transaction_id", malformed) if is_paid else None,
        total=total_of(content, malformed) if is_paid else None,
        paid_at=_time(content, "success_time", malformed) if is_paid else None,
    )


def total_of(content: Mapping[str, Any], malformed: Malformed) -> str:
    """`amount.total` in yuan."""
    amount = content.get("amount")
    if not isinstance(amount, dict):
        raise malformed("amount")
    if amount.get("currency", CURRENCY) != CURRENCY:
        raise malformed("currency")
    fen = amount.get("total")
    if not isinstance(fen, JsonNumber) or not _FEN.match(fen):
        raise malformed("total")
    return f"{int(fen) // 100}.{int(fen) % 100:02d}"


def fen_of(total: str) -> int:
    """The fen in a decimal text in yuan with at most two decimals."""
    whole, _, fraction = total.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0") or 0)


def text_of(content: Mapping[str, Any], field: str, malformed: Malformed) -> str:
    value = content.get(field)
    if not isinstance(value, str) or isinstance(value, JsonNumber) or not value:
        raise malformed(field)
    return value


def number_of(content: Mapping[str, Any], field: str, malformed: Malformed) -> str:
    value = text_of(content, field, malformed)
    if not is_number(value):
        raise malformed(field)
    return value


def _time(content: Mapping[str, Any], field: str, malformed: Malformed) -> datetime:
    try:
        moment = datetime.fromisoformat(text_of(content, field, malformed))
        if moment.tzinfo is None:
            raise malformed(field)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise malformed(field) from error
