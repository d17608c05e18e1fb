"""What both payment protocols can say about an order, in one vocabulary."""

import re
from dataclasses import dataclass
from enum import Enum

# Yuan as text: Alipay documents at most two decimals and 100,000,000 yuan; epay uses the same form.
_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?\Z")
# Our own numbers and the providers': letters, digits and a few marks; never "&" or "=", see `protocols.form`.
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@.]+\Z")


class PaymentState(Enum):
    """Where a payment stands at the provider."""

    PAID = "paid"
    UNPAID = "unpaid"
    CLOSED = "closed"  # timed out unpaid, or refunded in full
    ABSENT = "absent"  # the provider knows no such order number
    UNKNOWN = "unknown"  # the provider could not say: ask again


@dataclass(frozen=True)
class PaymentStanding:
    """A provider's answer to "what became of this order?". Amount and trade number are there when paid."""

    state: PaymentState
    order_number: str
    trade_number: str | None = None
    total: str | None = None
    """Decimal text in yuan, at most two decimals."""
    error_code: str | None = None
    """Why the state is absent or unknown: a code of the provider, never its free text."""


def is_yuan(text: str) -> bool:
    """Whether the text is a plain non-negative amount in yuan, such as `1`, `1.5` or `1.00`."""
    return _YUAN.match(text) is not None


def is_number(text: str, max_length: int = 64) -> bool:
    """Whether the text can be an order, trade or notice number: 1 to `max_length` plain characters."""
    return len(text) <= max_length and _NUMBER.match(text) is not None
