"""A notify service on the memory store with a shop that has webhooks, and a receiver of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.activity import Tools
from chassis.attempts import intent_of
from chassis.runtime.opening import opener_of
from chassis.store.rows import IntentRow, IntentStatus
from chassis.tokens import Principal
from contracts.order import CardDelivered, OrderClosed, OrderLine, OrderPlaced
from contracts.values import Money
from protocols.http import HttpReply, HttpRequest, TransportFault
from services.notify.service import notify
from services.notify.settings import NotifySettings
from services.notify.webhooks.activities import PostMessage
from tests.desk import MemoryDesk
from tests.harness import START

SHOP = "shop"
URL = "http://127.0.0.1:9/hook?a=1"
PRICE = Money(2_500, "CNY")
SCOPES = frozenset({"webhooks:read", "webhooks:write"})


class Receiver:
    """Every endpoint of the world: what arrived, and what is answered, by URL; 200 where nothing is said."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, HttpRequest]] = []
        self.answers: dict[str, int | HttpReply | type[TransportFault]] = {}

    async def __call__(self, base_url: str, request: HttpRequest) -> HttpReply:
        url = base_url + request.target
        answer = self.answers.get(url, 200)
        if isinstance(answer, type):
            raise answer
        self.arrived.append((url, request))
        return answer if isinstance(answer, HttpReply) else HttpReply(answer)

    def ids(self, url: str = URL) -> list[str]:
        return [request.header("webhook-id") or "" for to, request in self.arrived if to == url]


class World:
    """See the module. `call` is a request of the shop's."""

    def __init__(self, **settings: Any) -> None:
        self.desk = MemoryDesk(notify, NotifySettings(are_private_targets_allowed=True, **settings))
        self.bench = self.desk.bench
        self.receiver = Receiver()
        opener = opener_of(self.desk.store, self.desk.vault)
        tools = Tools(self.desk.settings, self.receiver, self.desk.vault, self.desk.fingerprints, lambda: self.bench.now, opener)
        self.activity = PostMessage(tools)
        self.headers = self.desk.admit("shop", Principal(SHOP, "shop", SCOPES))
        self.others = self.desk.admit("other", Principal("other", "shop", SCOPES))

    async def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        async with self.desk.client() as client:
            return await client.request(method, path, json=body, headers=self.headers if headers is None else headers)

    async def register(self, url: str = URL, *types: str) -> Any:
        """A webhook of the shop's; the answer's JSON."""
        answer = await self.call("POST", "/webhooks", {"url": url, "types": list(types)})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def work(self, **duration: float) -> int:
        """Perform every intent that is due within the time given, in order of time; how many tries that took."""
        until, tries = self.bench.now + timedelta(**duration), 0
        while due := [row for row in self._open() if row.due_at <= until]:
            row = min(due, key=lambda each: each.due_at)
            if row.due_at > self.bench.now:
                self.bench.advance(seconds=(row.due_at - self.bench.now).total_seconds())
                continue  # a timer may have taken it back
            attempt = self.bench.start(row.key)
            outcome: Any = await self.activity.perform(intent_of(row, self.activity))  # type: ignore[arg-type]
            self.bench.outcome(row.key, outcome, attempt=attempt)
            tries += 1
        self.bench.advance(seconds=(until - self.bench.now).total_seconds())
        self.desk.refresh_views()
        return tries

    def _open(self) -> list[IntentRow]:
        return self.bench.intents(IntentStatus.PENDING)

    async def log(self, webhook_id: str) -> list[dict[str, Any]]:
        """The delivery log, the oldest first."""
        self.desk.refresh_views()
        answer = await self.call("GET", f"/webhooks/{webhook_id}/deliveries")
        return list(reversed(answer.json()["deliveries"]))


def placed(number: str = "K1", shop: str = SHOP) -> OrderPlaced:
    return OrderPlaced(
        order_number=number,
        shop_id=shop,
        order_id=f"id-{number}",
        lines=(OrderLine(line=1, product_code="game", quantity=1, unit_price=PRICE),),
        amount=PRICE,
        contact_fingerprint="v1:00",
        expires_at=START + timedelta(minutes=15),
        is_taken_over=False,
    )


def delivered(number: str = "K1") -> CardDelivered:
    return CardDelivered(
        order_number=number,
        shop_id=SHOP,
        order_id=f"id-{number}",
        line=1,
        unit=1,
        need_id="n",
        product_code="game",
        card_id="c",
        card_preview="AB••••9K",
        supplier_code="own",
        delivery_milliseconds=120,
    )


def closed(number: str = "K1") -> OrderClosed:
    return OrderClosed(order_number=number, shop_id=SHOP, order_id=f"id-{number}", outcome="delivered")
