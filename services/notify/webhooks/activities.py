"""Posting a message to a shop's endpoint, signed as Standard Webhooks wants it.

A status from 200 to 299 is *taken*. Anything else, and no answer, is *not taken* and tried again: the message keeps its id, by which the
receiver passes over what it had, so a try whose answer was lost is simply made again. A redirect is not followed. An answer 429 or 503
may say how long the receiver wants to be left alone. The secrets are opened before anything is sent; one that is gone from the vault
makes the try fail and nothing worse. While our own store is away there is no try.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlsplit

from chassis.activity import Activity, Intent, Outcome, Patience, Refused, Tools, confirmed
from protocols import standard_webhooks
from protocols.http import AnswerLost, HttpRequest, TransportFault
from protocols.retry_after import retry_after_seconds
from services.notify.webhooks.intents import Post, Taken

GONE = 410
"""The receiver wants nothing more, ever."""
MAY_ASK_FOR_QUIET = frozenset({429, 503})
_STATUS = "http_"
MOST_KNOWN_SECRETS = 1_000


class PostMessage(Activity[Post]):
    """Confirmed: taken. Refused: not taken, the code says why (`reason_of`)."""

    intent_class: ClassVar[type[Intent]] = Post
    patience: ClassVar[Patience] = Patience(attempt_seconds=10.0, margin_seconds=1.0, first_ask_seconds=5.0, longest_ask_seconds=600.0)
    concurrency: ClassVar[int] = 4

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._secrets: dict[str, str] = {}

    async def perform(self, intent: Post) -> Outcome:
        secrets = await self._opened(intent.secret_references)
        if not secrets:
            return Refused("no_secret", is_temporary=True)
        now, body = self.tools.now(), intent.body.encode()
        signed = standard_webhooks.signed_headers(secrets, message_id=intent.message_id, timestamp=int(now.timestamp()), body=body)
        headers = (("content-type", "application/json"), ("user-agent", "Redress-Webhooks/1"), *signed)
        origin, target = _parts(intent.url)
        try:
            reply = await self.tools.http(origin, HttpRequest("POST", target, headers=headers, body=body))
        except AnswerLost:
            return Refused("no_answer", is_temporary=True)
        except TransportFault as fault:
            return Refused(fault.code, is_temporary=True)
        if 200 <= reply.status < 300:
            return confirmed(Taken(reply.status))
        quiet_seconds = retry_after_seconds(reply, now) if reply.status in MAY_ASK_FOR_QUIET else None
        return Refused(f"{_STATUS}{reply.status}", is_temporary=True, retry_after_seconds=quiet_seconds)

    async def ask(self, intent: Post) -> Outcome:
        """An attempt that was cut off is made again: the receiver knows the message by its id."""
        return await self.perform(intent)

    async def _opened(self, references: tuple[str, ...]) -> list[str]:
        for reference in references:
            if reference in self._secrets:
                continue
            if len(self._secrets) >= MOST_KNOWN_SECRETS:
                self._secrets.clear()
            secret = await self.tools.open_kept(reference)
            if secret is not None:
                self._secrets[reference] = secret.decode()
        return [self._secrets[each] for each in references if each in self._secrets]


def reason_of(code: str) -> tuple[int | None, str]:
    """The HTTP status of an answer, None where there was none, and the reason in one word."""
    status = code.removeprefix(_STATUS)
    return (int(status), code) if code.startswith(_STATUS) and status.isdigit() else (None, code)


def _parts(url: str) -> tuple[str, str]:
    """Origin, and path with query, of an address that was checked when it was registered."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}", (split.path or "/") + (f"?{split.query}" if split.query else "")
