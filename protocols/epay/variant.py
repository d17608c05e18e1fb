"""In what the gateways that speak 易支付 (epay) differ from each other: plain settings, one set for each account, replaced one by one.

The protocol has one signature for each version, but no owner, and its clones went their own ways in the word that ends the repeating of
a notice, in how a notice arrives, in the number that means "done" in an answer, and in what they offer at all. The defaults are what
most do; whoever sets up a shop reads the gateway's own page for the rest.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class EpayVariant:
    """The ways of a version 1 gateway."""

    success_word: str = "success"
    """What ends the repeating of a notice; some clones want `SUCCESS`."""
    notice_methods: tuple[str, ...] = ("GET", "POST")
    """How notices arrive; a notice by another method is not this gateway's."""
    channels: tuple[str, ...] = ("alipay", "wxpay", "qqpay")
    """Values of `type` that the account is open for."""
    done_code: str = "1"
    """`code` of an answer that did what was asked: 1 in version 1, 0 in version 2, 1 in some clones of it."""
    submit_path: str = "/submit.php"
    create_path: str = "/mapi.php"
    """Empty where only the page to go to is offered, not the call that answers with a code to scan."""
    query_path: str = "/api.php"
    """Empty where the gateway cannot be asked: then a notice of version 1 never counts without a person."""


@dataclass(frozen=True)
class EpayV2Variant(EpayVariant):
    """The ways of a version 2 gateway."""

    done_code: str = "0"
    submit_path: str = "/api/pay/submit"
    create_path: str = "/api/pay/create"
    query_path: str = "/api/pay/query"


V1 = EpayVariant()
V2 = EpayV2Variant()
