"""What a payment gateway answers when a payment is created: how the buyer can pay now, or why not."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class CheckoutKind(Enum):
    """What the buyer's browser does with the content."""

    PAGE = "page"  # an address to go to
    QR_CODE = "qr_code"  # a text to be shown as a QR code
    APP_LINK = "app_link"  # a link that opens a wallet's application
    MARKUP = "markup"  # HTML to be shown as it is


@dataclass(frozen=True)
class Checkout:
    """A payment that waits for its buyer. `content` lets its holder see the order, so no `repr` shows it."""

    order_number: str
    kind: CheckoutKind
    content: str = field(repr=False)
    trade_number: str | None = None
    """The gateway's own number, where it names one before the payment."""
    payable: str | None = None
    """What is to be paid on chain, exactly so many coins as decimal text, where that differs from the order's own amount."""
    coin: str | None = None
    """Which coin, where the gateway says."""
    address: str | None = None
    """To which wallet, where the gateway says."""
    expires_at: datetime | None = None
    """UTC; None where the gateway does not say."""


@dataclass(frozen=True)
class CheckoutRefused:
    """The gateway says no: nothing can be paid. `error_code` is a code of the gateway, never its free text."""

    order_number: str
    error_code: str | None = None
    is_known_already: bool = False
    """It has this order number already: the payment exists."""
