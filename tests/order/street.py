"""A provider, Redress and the shop behind it in one street: notices come in over HTTP, tries are performed when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec

from chassis.activity import Activity, Outcome, Performed, Tools
from chassis.attempts import sealed_of, vault_row
from chassis.store.rows import IntentRow, IntentStatus
from protocols.http import HttpReply, HttpRequest, TransportFault
from redress.outbound import PrivateTarget
from services.order.callbacks.activities import Forward
from services.order.callbacks.intents import ForwardNotice
from services.order.callbacks.settings import CallbackSettings
from services.order.domain.forwarding import Forwarding, ForwardingState
from services.order.notices.activities import AskProvider
from services.order.notices.intents import ConfirmPayment
from services.order.paying.activities import AskHowPaymentStands
from services.order.paying.intents import PollPayment
from services.order.service import order as order_service
from services.order.settings import OrderSettings
from tests.desk import MemoryDesk
from tests.order.builders import SHOP, place, product_listed
from tests.order.conftest import shop_settings

SHOP_URL = "https://cards.example/pay/notify?from=pay"
ACTIVITIES: dict[str, tuple[type[Activity[Any]], type[Any]]] = {
    "forward_notice": (Forward, ForwardNotice),
    "confirm_payment": (AskProvider, ConfirmPayment),
    "poll_payment": (AskHowPaymentStands, PollPayment),
}
TAKEN = HttpReply(200, body=b"success")


@dataclass
class FakeShop:
    """The shop's own callback URL: what came there, and what it says next (its last word for ever)."""

    says: list[HttpReply | TransportFault] = field(default_factory=lambda: [TAKEN])
    heard: list[HttpRequest] = field(default_factory=list)

    def answer(self, request: HttpRequest) -> HttpReply:
        self.heard.append(request)
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, TransportFault):
            raise said
        return said


class Street:
    """`callback` holds for all providers of the shop. `pays`: what the epay gateway says when it is asked."""

    def __init__(self, callback: CallbackSettings, **accounts: Any) -> None:
        callbacks = dict.fromkeys(("alipay", "epay", "wechat"), callback)
        shop = msgspec.structs.replace(shop_settings(), callbacks=callbacks, **accounts)
        self.settings = OrderSettings(shops={SHOP: shop}, is_private_target_allowed=True)
        self.desk = MemoryDesk(order_service, self.settings)
        self.bench = self.desk.bench
        self.bench.tell(product_listed())
        place(self.bench)
        self.shop = FakeShop()
        self.base_url = "https://cards.example"
        self.pays: Callable[[], HttpReply] = lambda: HttpReply(503)

    async def send(self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx2.Response:
        async with self.desk.client() as client:
            return await client.request(method, path, content=body, headers=headers or {})

    async def send_while_working(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """The provider waits for its answer while the tries that are due are made."""
        sent = asyncio.create_task(self.send(method, path, **options))
        while not sent.done():
            await self.perform()
            await asyncio.sleep(0.005)
        return await sent

    def due(self) -> list[IntentRow]:
        return [row for row in self.bench.intents(IntentStatus.PENDING, IntentStatus.UNKNOWN) if row.due_at <= self.bench.now]

    async def perform(self) -> int:
        """Make the tries that are due; how many."""
        rows = self.due()
        for row in rows:
            brought = await self._activity(row)
            outcome, sealed = (brought.outcome, brought.sealed) if isinstance(brought, Performed) else (brought, ())
            is_asked = row.status is IntentStatus.UNKNOWN
            if is_asked:
                self.bench.answer(row.key, outcome)
            else:
                self.bench.outcome(row.key, outcome, sealed=tuple(vault_row(each, self.bench.now) for each in sealed))
        return len(rows)

    async def pass_time(self, *, hours: float) -> None:
        """Let time go by, and everything that comes due in it be tried."""
        until = self.bench.now.timestamp() + hours * 3_600
        while True:
            await self.perform()
            waiting = [row.due_at for row in self.bench.intents(IntentStatus.PENDING)]
            if not waiting or min(waiting).timestamp() > until:
                break
            self.bench.advance(seconds=max((min(waiting) - self.bench.now).total_seconds(), 0.0))
        self.bench.advance(seconds=max(until - self.bench.now.timestamp(), 0.0))

    def forwardings(self) -> list[Forwarding]:
        """In the order in which their notices came."""
        ids = {row.stream_id: None for row in self.desk.store.events_after(0, 10_000) if row.kind == Forwarding.TOPIC}
        found = [self.bench.aggregate(each) for each in ids]
        return [each for each in found if isinstance(each, Forwarding)]

    @property
    def forwarding(self) -> Forwarding:
        (only,) = self.forwardings()
        return only

    def state(self) -> ForwardingState:
        return self.forwarding.state

    async def _activity(self, row: IntentRow) -> Outcome | Performed:
        activity, form = ACTIVITIES[row.kind]
        tools = Tools(
            self.settings,
            self._call,
            self.desk.vault,
            self.desk.fingerprints,
            self.desk.now,
            self._open_kept,
            http_public=self._call_public,
        )
        return await activity(tools).perform(msgspec.json.decode(row.payload, type=form))

    async def _open_kept(self, reference: str) -> bytes | None:
        rows = self.desk.store.vault([reference])
        return self.desk.vault.open(sealed_of(rows[0])) if rows else None

    async def _call_public(self, base_url: str, request: HttpRequest) -> HttpReply:
        """As `redress.outbound` does where a name leads to an address that is not public."""
        raise PrivateTarget

    async def _call(self, base_url: str, request: HttpRequest) -> HttpReply:
        if base_url == "https://epay.example":
            return self.pays()
        assert base_url == self.base_url
        return self.shop.answer(request)
