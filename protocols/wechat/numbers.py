"""Order numbers as WeChat Pay takes them: 6 to 32 letters, digits and `_-*|`. It calls another one a wrong parameter."""

import re
from urllib.parse import quote

PATH = "/v3/pay/transactions/out-trade-no"

_NUMBER = re.compile(r"[0-9A-Za-z_\-*|]{6,32}\Z")


def is_order_number(text: str) -> bool:
    """Whether a payment can be created under this number."""
    return _NUMBER.match(text) is not None


def path_of(order_number: str) -> str:
    """Where the order is asked about."""
    return f"{PATH}/{quote(order_number, safe='')}"
