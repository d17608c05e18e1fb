"""The shops' endpoints for webhooks, which verify what comes as Standard Webhooks says and keep it, for the checker.

They are slow, away, failing or talk nonsense, as the plan has it, and are well again afterwards. What is not rightly signed they refuse.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent
from redress.simulation.clock import START
from redress.simulation.network import CLIENT_TIMEOUT_SECONDS
from redress.simulation.webhook_plans import PRIVATE_ADDRESS, EndpointMood, EndpointPlan
from sandbox.behaviour.reaction import Reaction

_FAILURES = {
    EndpointMood.FAILING: HttpReply(500, body=b"trouble"),
    EndpointMood.BABBLING: HttpReply(302, (("location", f"http://{PRIVATE_ADDRESS}/"),), b"\xff<html"),
    EndpointMood.GONE: HttpReply(410),
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that came to an endpoint. `is_taken`: what was decided there, whatever was heard of it."""

    at: datetime
    endpoint: str
    path: str
    message_id: str
    timestamp: str
    signatures: tuple[str, ...]
    body: bytes
    is_taken: bool

    def is_signed_with(self, secrets: Sequence[str]) -> bool:
        """Whether one of the secrets made one of the signatures."""
        content = b".".join((self.message_id.encode(), self.timestamp.encode(), self.body))
        return any(f"v1,{_signature(secret, content)}" in self.signatures for secret in secrets)


@dataclass(slots=True)
class WebhookBooks:
    """What shops know about their webhooks, for the checker."""

    tries: int = 0
    endpoints: dict[str, tuple[str, EndpointPlan]] = field(default_factory=dict)
    """Name → shop and plan."""
    secrets: dict[str, list[str]] = field(default_factory=dict)
    """Name → every secret that its shop was shown."""
    names: dict[UUID, str] = field(default_factory=dict)
    """Each registration, and the endpoint that it is of."""
    owed_since: dict[UUID, dict[str, int]] = field(default_factory=dict)
    """Of the registrations that stand and are not disabled, the numbers of the last events of each source before that was so."""
    posted: list[Posted] = field(default_factory=list)


class Receiver:
    """One endpoint."""

    def __init__(self, shop_id: str, plan: EndpointPlan, books: WebhookBooks) -> None:
        self._plan = plan
        self._books = books
        books.endpoints[plan.name] = (shop_id, plan)
        books.secrets[plan.name] = []

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        mood = self._plan.mood((now - START).total_seconds())
        if mood is EndpointMood.DOWN:
            return Reaction(NotSent("the endpoint is down"))
        posted = self._read(request, now, mood)
        self._books.posted.append(posted)
        if mood in _FAILURES:
            return Reaction(_FAILURES[mood])
        if mood is EndpointMood.UNHEARD:
            return Reaction(AnswerLost("timed out"))
        late = CLIENT_TIMEOUT_SECONDS + 2.0 if mood is EndpointMood.SLOW else 0.05
        return Reaction(HttpReply(204 if posted.is_taken else 401), late)

    def _read(self, request: HttpRequest, now: datetime, mood: EndpointMood) -> Posted:
        def read(is_taken: bool) -> Posted:
            return Posted(
                at=now,
                endpoint=self._plan.name,
                path=request.target,
                message_id=request.header("webhook-id") or "",
                timestamp=request.header("webhook-timestamp") or "",
                signatures=tuple((request.header("webhook-signature") or "").split()),
                body=request.body,
                is_taken=is_taken,
            )

        return read(mood not in _FAILURES and read(is_taken=False).is_signed_with(self._books.secrets[self._plan.name]))


def intranet(request: HttpRequest, now: datetime) -> Reaction:
    """Something in the installation's own network, that answers whoever asks."""
    return Reaction(HttpReply(200, body=b"welcome"))


def _signature(secret: str, content: bytes) -> str:
    return b64encode(hmac.new(b64decode(secret.removeprefix("whsec_")), content, "sha256").digest()).decode()
