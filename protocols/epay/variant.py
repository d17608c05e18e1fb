"""In what the gateways that speak 易支付 (epay) differ from each other: plain settings, one set for each account.

The protocol has one signature for each version, but no owner, and its clones went their own ways in the word that ends the repeating of
a notice, in how a notice arrives, in the number that means "done" in an answer, and in what they offer at all. The defaults are what
most do; whoever sets up a shop reads the gateway's own page for the rest.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class EpayVariant:
    """One gateway's ways. A frozen value: take `V1` or `V2` and replace what differs."""

    success_word: str = "success"
    """What ends the repeating of a notice; some clones want `SUCCESS`."""
    notice_methods: tuple[str, ...] = ("GET", "POST")
    """How notices arrive; a notice by another method is not this gateway's."""
    channels: tuple[str, ...] = ("alipay", "wxpay", "qqpay")
    """Values of `type` that the account is open for."""
    done_code: str = "1"
    """`code` of an answer that did what was asked: 1 in version 1, 0 in version 2, 1 in some clones of it."""
    submit_path: str = "/submit.php"
    create_path: str | None = "/mapi.php"
    """None where only the page to go to is offered, not the call that answers with a code to scan."""
    query_path: str | None = "/api.php"
    """None where the gateway cannot be asked: then a notice of version 1 never counts without a person."""
    is_refund_offered: bool = False
    """Whether the account may refund by the interface; some clones answer that they do not support it."""


V1 = EpayVariant()
V2 = replace(V1, done_code="0", submit_path="/api/pay/submit", create_path="/api/pay/create", query_path="/api/pay/query")
