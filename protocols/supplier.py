"""What the supplier protocols can say about an order, in one vocabulary."""

from dataclasses import dataclass
from enum import Enum

from protocols.errors import ProtocolError


class SupplierOrderStatus(Enum):
    """Where an order stands at the supplier, as far as it matters to us."""

    OPEN = "open"  # paid for or being fulfilled: nothing usable yet
    DELIVERED = "delivered"
    CANCELLED = "cancelled"  # cancelled or refunded: nothing will come


class ErrorClass(Enum):
    """What to do about an error: each class has one reaction."""

    TEMPORARY = "temporary"  # transport, 5xx, rate limit, unreadable: ask, retry, then fail over
    OUT_OF_STOCK = "out_of_stock"  # next supplier at once
    NO_BALANCE = "no_balance"  # next supplier at once, tell the operator
    DELISTED = "delisted"  # next supplier at once
    INVALID_SIGNATURE = "invalid_signature"  # our credentials or clock: next supplier, tell the operator
    NOT_FOUND = "not_found"  # the site says that there is no such order
    NOT_CANCELLABLE = "not_cancellable"  # delivered already
    REFUSED = "refused"  # any other definite no


@dataclass(frozen=True)
class SupplierError:
    """The supplier did not do what was asked."""

    error_class: ErrorClass
    code: str
    """A code of the protocol, or `http_<status>` where the answer carried none that we know."""
    is_effect_possible: bool
    """Whether the request may nevertheless have been carried out: then ask before trying anything else."""


class SignatureRefused(ProtocolError):
    """A signed call is not accepted; `code` is the error code its protocol has for that."""

    code = "invalid_signature"


def unreadable(http_status: int) -> SupplierError:
    """An answer that says nothing of the protocol. Only a refusal before the work (rate limit, authentication) rules an effect out."""
    if http_status == 429:
        return SupplierError(ErrorClass.TEMPORARY, "http_429", is_effect_possible=False)
    if http_status in (400, 401, 402, 403, 405, 409, 422):
        return SupplierError(ErrorClass.REFUSED, f"http_{http_status}", is_effect_possible=False)
    return SupplierError(ErrorClass.TEMPORARY, f"http_{http_status}", is_effect_possible=True)
