"""A card supplier that speaks the dujiao-next upstream interface (`protocols.dujiao_next`), honestly or not.

`handle` takes a signed call at `/api/v1/upstream/…` and reacts. Beyond the published interface it answers
`GET /orders?downstream_order_no=…`. Where an order has a callback URL, its delivery is also told by a signed
callback, repeated after the pauses of CALLBACK_SCHEDULE_SECONDS until the shop answers with `"ok": true`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from protocols.dujiao_next import SignatureRefused, SupplierAccess, build_callback, verify
from protocols.dujiao_next.requests import API_ROOT
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from sandbox.behaviour.catalogue import SupplierProduct
from sandbox.behaviour.faults import FaultBook, SupplierFaults
from sandbox.behaviour.ledger import Choose, Delivery, Ledger, OrderRefused, SupplierOrderEntry, newest
from sandbox.behaviour.reaction import Reaction
from sandbox.behaviour.supplier_wire import item_content, order_content, product_content, refusal, success

__all__ = ["CardSupplier", "Delivery", "DueCallback", "SupplierProduct"]

CALLBACK_SCHEDULE_SECONDS = (5.0, 30.0, 120.0, 600.0)


@dataclass(frozen=True)
class DueCallback:
    """One callback to be sent now; `request` is signed for the path of `url`."""

    supplier_code: str
    order_id: int
    attempt: int
    url: str
    request: HttpRequest


class CardSupplier:
    """One supplier and our account there."""

    def __init__(
        self,
        code: str,
        access: SupplierAccess,
        products: Iterable[SupplierProduct],
        *,
        balance: str = "100000.00",
        choose: Choose = newest,
    ) -> None:
        self.code = code
        self.name = code
        self.faults: FaultBook[SupplierFaults] = FaultBook(SupplierFaults())
        self.ledger = Ledger(code, products, balance=balance, choose=choose)
        self._access = access
        self._callback_counts: dict[int, int] = {}
        self._callback_due: dict[int, datetime] = {}

    def handle(self, request: HttpRequest, now: datetime) -> Reaction:
        """React to one call."""
        faults = self.faults.holding(now, self._order_number(request))
        if faults.is_down:
            return Reaction(NotSent("sandbox"))
        return Reaction(self._result(request, faults, now), faults.slow_seconds)

    def deliveries(self, now: datetime) -> list[Delivery]:
        """Every card handed over up to now."""
        return self.ledger.deliveries(now)

    def next_callback_at(self) -> datetime | None:
        """When the next callback is due; None while none is."""
        return min(self._callback_due.values(), default=None)

    def due_callbacks(self, now: datetime) -> list[DueCallback]:
        """The callbacks to send now. Calling it counts as sending: their next turn is set."""
        callbacks: list[DueCallback] = []
        for order_id, due_at in list(self._callback_due.items()):
            entry = self.ledger.orders[order_id]
            if due_at > now:
                continue
            count = self._callback_counts[order_id] = self._callback_counts.get(order_id, 0) + 1
            if entry.is_cancelled or count > len(CALLBACK_SCHEDULE_SECONDS):
                del self._callback_due[order_id]
            else:
                self._callback_due[order_id] = now + timedelta(seconds=CALLBACK_SCHEDULE_SECONDS[count - 1])
            if not entry.is_cancelled and entry.callback_url is not None:
                callbacks.append(self._callback(entry, entry.callback_url, count, now))
        return callbacks

    def callback_answered(self, callback: DueCallback, result: HttpReply | TransportFault) -> bool:
        """Take the shop's answer to a callback; True where it accepted, which ends the repetition."""
        is_accepted = isinstance(result, HttpReply) and result.status == 200 and b'"ok":true' in result.body
        if is_accepted:
            self._callback_due.pop(callback.order_id, None)
        return is_accepted

    def _result(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        if faults.is_failing:
            return refusal("internal_error")
        try:
            verify(request, self._access.api_key, self._access.api_secret, now=now)
            return self._route(request, faults, now)
        except SignatureRefused as refused:
            return refusal(refused.code)
        except OrderRefused as refused:
            return refusal(refused.code)

    def _route(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        match (request.method, *_segments(request)):
            case ("POST", "ping"):
                return success(
                    site_name=self.code,
                    protocol_version="1.0",
                    user_id=1,
                    balance=f"{self.ledger.balance:.2f}",
                    currency="CNY",
                    member_level=None,
                )
            case ("GET", "products"):
                return self._products(faults)
            case ("POST", "orders"):
                return self._create(request, faults, now)
            case ("GET", "orders"):
                asked = dict(request.query).get("downstream_order_no", "")
                return self._told(self.ledger.find(asked), faults, now)
            case ("GET", "orders", order_id):
                return self._told(self._by_id(order_id), faults, now)
            case ("POST", "orders", order_id, "cancel"):
                entry = self._by_id(order_id)
                if entry is None or faults.is_denying_orders:
                    raise OrderRefused("order_not_found")
                self.ledger.cancel(entry, now)
                self._callback_due.pop(entry.order_id, None)
                return success(order_id=entry.order_id, order_no=entry.order_number, status="canceled")
        return HttpReply(404, (("Content-Type", "text/plain"),), b"404 page not found")

    def _create(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        content = _json_object(request.body)
        sku_id, quantity, number = (content.get(k) for k in ("sku_id", "quantity", "downstream_order_no"))
        if not isinstance(sku_id, int) or not isinstance(quantity, int) or quantity < 1:
            raise OrderRefused("bad_request")
        product = self.ledger.products.get(sku_id)
        if product is not None and product.is_top_up and not content.get("manual_form_data"):
            raise OrderRefused("bad_request")
        url = content.get("callback_url")
        entry = self.ledger.order(sku_id, quantity, str(number or ""), faults, now, callback_url=url if isinstance(url, str) else None)
        self._plan_callback(entry)
        if (spoiled := spoiled_answer(faults)) is not None:
            return spoiled
        # As the guide shows it, the answer to a create names no card: it comes with a get or a callback.
        return success(
            order_id=entry.order_id,
            order_no=entry.order_number,
            status="canceled" if entry.is_cancelled else "paid",
            amount=f"{entry.amount:.2f}",
            currency="CNY",
        )

    def _plan_callback(self, entry: SupplierOrderEntry) -> None:
        """The delivery of a new order will be told where its buyer wants to hear of it."""
        if entry.callback_url is not None and entry.order_id not in self._callback_counts:
            self._callback_counts[entry.order_id] = 0
            self._callback_due[entry.order_id] = entry.ready_at

    def _products(self, faults: SupplierFaults) -> HttpReply:
        items = [
            product_content(
                product,
                stock_count=0 if faults.is_out_of_stock else self.ledger.stock_counts[product.sku_id],
                is_active=not faults.is_delisted,
            )
            for product in self.ledger.products.values()
        ]
        return success(items=items, total=len(items), page=1, page_size=100)

    def _told(self, entry: SupplierOrderEntry | None, faults: SupplierFaults, now: datetime) -> HttpReply:
        if entry is None or faults.is_denying_orders:
            raise OrderRefused("order_not_found")
        return success(**order_content(entry, now), items=[item_content(entry)])

    def _callback(self, entry: SupplierOrderEntry, url: str, attempt: int, now: datetime) -> DueCallback:
        content = {"event": "order.delivered", **order_content(entry, now), "timestamp": int(now.timestamp())}
        request = build_callback(self._access, content, now=now, url_path=urlsplit(url).path)
        return DueCallback(self.code, entry.order_id, attempt, url, request)

    def _by_id(self, order_id: str) -> SupplierOrderEntry | None:
        return self.ledger.orders.get(int(order_id)) if order_id.isascii() and order_id.isdigit() else None

    def _order_number(self, request: HttpRequest) -> str | None:
        """Our number of the order a call is about, so that faults of that order can hold."""
        match (request.method, *_segments(request)):
            case ("POST", "orders"):
                try:
                    return str(_json_object(request.body).get("downstream_order_no"))
                except OrderRefused:
                    return None
            case ("GET", "orders"):
                return dict(request.query).get("downstream_order_no")
            case (_, "orders", order_id, *_):
                entry = self._by_id(order_id)
                return entry.downstream_order_no if entry is not None else None
        return None


def spoiled_answer(faults: SupplierFaults) -> HttpReply | TransportFault | None:
    """What its buyer gets to see of an order that was made, where faults hide the answer; None: the answer."""
    if faults.is_answer_lost:
        return AnswerLost("sandbox")
    if faults.is_failing_after_success:
        return HttpReply(502, (("Content-Type", "text/html"),), b"<html><h1>502 Bad Gateway</h1></html>")
    return None


def _segments(request: HttpRequest) -> list[str]:
    """The parts of the path below the API's root; one empty part outside of it."""
    root, _, rest = request.url_path.partition(API_ROOT + "/")
    return rest.split("/") if not root else [""]


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OrderRefused("bad_request") from error
    if not isinstance(content, dict):
        raise OrderRefused("bad_request")
    return content
