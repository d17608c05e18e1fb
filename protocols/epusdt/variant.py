"""In what the gateways that speak epusdt differ: plain settings, one set for each account."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EpusdtVariant:
    """One gateway's ways; the defaults are those of the first of them."""

    success_word: str = "ok"
    currency: str = "CNY"
    """What `amount` is in."""
    create_path: str = "/api/v1/order/create-transaction"
    status_path: str = "/pay/check-status/"
    further_fields: tuple[tuple[str, str], ...] = ()
    """Texts that this gateway wants beside the usual ones when a payment is created, signed along, such as a network or trade type."""


EPUSDT = EpusdtVariant()
