"""Carries due notices and callbacks to the shop, over real HTTP.

Every `TICK_SECONDS` each party is asked what is due; each message is sent on its own, so that a slow shop delays nobody else, with at most
MAX_IN_FLIGHT under way. The parties keep the schedules; here is only the sending, and the record of how it went.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from protocols.http import HttpReply, HttpRequest, TransportFault
from sandbox.behaviour.payments import DueNotice
from sandbox.behaviour.suppliers import CardSupplier, DueCallback
from sandbox.wire import open_client, send
from sandbox.world import NoticeAttempt, Sandbox

TICK_SECONDS = 0.05
TIMEOUT_SECONDS = 10.0
MAX_IN_FLIGHT = 50


class Messenger:
    """The sandbox's outgoing messages. `run` until cancelled."""

    def __init__(self, sandbox: Sandbox, clock: Callable[[], datetime]) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._places = asyncio.Semaphore(MAX_IN_FLIGHT)

    async def run(self) -> None:
        """Send what falls due, for ever; cancelling it cancels what is under way."""
        async with open_client() as client, asyncio.TaskGroup() as sending:
            while True:
                now = self._clock()
                for provider in self._sandbox.providers.values():
                    for notice in provider.due_notices(now):
                        sending.create_task(self._tell(client, notice))
                for supplier in self._sandbox.suppliers.values():
                    for callback in supplier.due_callbacks(now):
                        sending.create_task(self._call_back(client, supplier, callback))
                await asyncio.sleep(TICK_SECONDS)

    async def _tell(self, client: httpx2.AsyncClient, notice: DueNotice) -> None:
        sent_at = self._clock()
        result = await self._sent(client, self._sandbox.notify_bases[notice.provider], notice.request)
        is_accepted = self._sandbox.providers[notice.provider].answered(notice, result)
        self._record(notice.provider, notice.order_number, notice.attempt, sent_at, result, is_accepted=is_accepted)

    async def _call_back(self, client: httpx2.AsyncClient, supplier: CardSupplier, callback: DueCallback) -> None:
        sent_at = self._clock()
        parts = urlsplit(callback.url)
        result = await self._sent(client, f"{parts.scheme}://{parts.netloc}", callback.request)
        is_accepted = supplier.callback_answered(callback, result)
        number = supplier.ledger.orders[callback.order_id].downstream_order_no
        self._record(supplier.code, number, callback.attempt, sent_at, result, is_accepted=is_accepted)

    async def _sent(self, client: httpx2.AsyncClient, base_url: str, request: HttpRequest) -> HttpReply | TransportFault:
        async with self._places:
            return await send(client, base_url, request, timeout_seconds=TIMEOUT_SECONDS)

    def _record(
        self,
        party: str,
        order_number: str,
        attempt: int,
        sent_at: datetime,
        result: HttpReply | TransportFault,
        *,
        is_accepted: bool,
    ) -> None:
        self._sandbox.attempts.append(
            NoticeAttempt(
                party=party,
                order_number=order_number,
                attempt=attempt,
                sent_at=sent_at,
                is_accepted=is_accepted,
                status=result.status if isinstance(result, HttpReply) else None,
            )
        )
