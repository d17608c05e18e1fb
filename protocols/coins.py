"""Amounts on a chain, as decimal text. What an order costs is compared in its own currency; this is only for what was asked on chain."""

import re

# Twelve digits and the eighteen decimals of the finest token contracts.
_COINS = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,18})?\Z", re.ASCII)


def is_coin_amount(text: str) -> bool:
    """Whether the text is a plain non-negative amount of coins, such as `15.625`."""
    return _COINS.match(text) is not None
