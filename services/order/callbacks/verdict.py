"""What a shop's answer to a notice means, in the words of the notice's provider.

The shop speaks to us as it would to the provider: with the provider's success word, or with an error, which is a status of 400 or more or
the provider's failure word. Anything else (a login page, a maintenance page with status 200, a redirect) says nothing.
"""

from __future__ import annotations

from typing import Any

from protocols.http import HttpReply
from services.order.channels.port import Channel
from services.order.domain.forwarding import Verdict

_FAILURE_WORDS = frozenset({b"fail", b"failure", b"error"})


def verdict_of(channel: Channel[Any], account: Any, reply: HttpReply) -> Verdict:
    """Whether the shop has taken the notice."""
    body = reply.body.strip()
    if 200 <= reply.status < 300:
        if channel.is_success(account, reply.status, body):
            return Verdict.ACCEPTED
        return Verdict.REFUSED if body.lower() in _FAILURE_WORDS else Verdict.UNREADABLE
    return Verdict.REFUSED if reply.status >= 400 else Verdict.UNREADABLE
