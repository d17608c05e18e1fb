"""How much of an order a transfer on chain has paid.

An installation can be told to take transfers that miss the amount asked for by a little; it then marks the order as paid all the same
and names both amounts in coins. An order is not paid by less than it costs: such a transfer counts as the share of the order's amount
that it is, rounded down to the hundredth, so that it can never be taken for the whole.
"""

from decimal import ROUND_DOWN, Context, Decimal

_EXACT = Context(prec=60)
_HUNDREDTH = Decimal("0.01")


def paid_total(total: str, *, asked_coins: str, paid_coins: str | None) -> str:
    """What was paid in the order's currency: `total` unless fewer coins came than were asked for. All are plain decimal texts."""
    if paid_coins is None or Decimal(paid_coins) >= Decimal(asked_coins):
        return total
    share = _EXACT.divide(_EXACT.multiply(Decimal(total), Decimal(paid_coins)), Decimal(asked_coins))
    return f"{share.quantize(_HUNDREDTH, ROUND_DOWN, _EXACT):f}"
