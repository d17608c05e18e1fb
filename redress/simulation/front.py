"""A shop of its own that the installation stands in front of, in some worlds: it takes payments itself, and hears of them through us.

It behaves as such shops do: slow, down, failing, or answering with a page instead of the success word, for a while each; then well. It
verifies every notice as the provider's manual says, and keeps what it heard, for the checker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocols import alipay, epay
from protocols.errors import ProtocolError
from protocols.form import decode_form
from protocols.http import HttpReply, HttpRequest, NotSent
from redress.simulation import parties
from redress.simulation.front_plans import FrontPlan, Mood
from sandbox.behaviour.reaction import Reaction

SHOP = "merchant"
NOTICE_ID = "Redress-Notice-Id"
SUCCESS = b"success"
_SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice that came to the shop. `order_number` is None where it is not genuine."""

    notice_id: str
    provider: str
    order_number: str | None
    is_accepted: bool


class FrontedShop:
    """The shop's notify URL."""

    def __init__(self, started_at: datetime, plan: FrontPlan) -> None:
        self._started_at = started_at
        self._plan = plan
        self.is_behaving = False
        self.heard: list[Heard] = []

    def mood(self, now: datetime) -> Mood:
        seconds = (now - self._started_at).total_seconds()
        moods = [mood for start, end, mood in self._plan.spells if start <= seconds < end]
        return Mood.WELL if self.is_behaving or not moods else moods[0]

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        mood = self.mood(now)
        if mood is Mood.DOWN:
            return Reaction(NotSent("the shop is down"))
        provider = request.target.partition("?")[0].rpartition("/")[2]
        is_accepted = mood in (Mood.WELL, Mood.SLOW)
        self.heard.append(Heard(request.header(NOTICE_ID) or "", provider, _verified(provider, request), is_accepted))
        if is_accepted:
            return Reaction(HttpReply(200, body=SUCCESS), _SLOW_SECONDS if mood is Mood.SLOW else 0.05)
        return Reaction(HttpReply(500, body=b"trouble") if mood is Mood.FAILING else HttpReply(200, body=b"<html>please wait</html>"))


def _verified(provider: str, request: HttpRequest) -> str | None:
    """The order that a genuine notice is about."""
    try:
        notice: Any
        if provider == "epay":
            query = request.target.partition("?")[2].encode()
            notice = epay.parse_notice(decode_form(query), parties.EPAY_KEY, pid=parties.PID)
        else:
            key = parties.key_pair("alipay").public_key()
            notice = alipay.parse_notice(decode_form(request.body), key, app_id=parties.APP_ID, seller_id=parties.SELLER_ID)
    except ProtocolError:
        return None
    order_number: str = notice.order_number
    return order_number
