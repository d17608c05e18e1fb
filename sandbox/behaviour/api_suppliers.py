"""A card supplier with a server of its own that answers the supplier API (`protocols.supplier_api`), honestly or not.

It keeps books and misbehaves as the one of `suppliers` does; only the words differ. `card_states` holds what it says of a card when
asked; one that is not in it is valid, or invalid where it does not look like a card. Asked about a card without an order's number, it
knows those of `card_states` and takes any other that looks like a card for one that it sold in a file.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from protocols.dujiao_next import SupplierAccess
from protocols.http import JSON_CONTENT_TYPE, HttpReply, HttpRequest, TransportFault
from protocols.supplier import SignatureRefused
from protocols.supplier_api import (
    API_ROOT,
    FAILURES,
    Access,
    Balance,
    CardAnswer,
    CardQuestion,
    CardState,
    Failure,
    Goods,
    GoodsPage,
    Order,
    OrderRequest,
    OrderState,
    build_callback,
    verify,
)
from sandbox.behaviour.catalogue import CARD_PATTERN, SupplierProduct
from sandbox.behaviour.faults import SupplierFaults
from sandbox.behaviour.ledger import Choose, OrderRefused, SupplierOrderEntry, newest
from sandbox.behaviour.suppliers import CardSupplier, DueCallback, spoiled_answer

_CODES = {"sku_unavailable": "not_on_sale", "insufficient_stock": "out_of_stock", "cancel_not_allowed": "not_cancellable"}
"""The failure codes of the ledger that are called otherwise here."""

DEFAULT_PAGE = 100


class ApiSupplier(CardSupplier):
    """One supplier with a server of its own."""

    def __init__(
        self,
        code: str,
        access: SupplierAccess,
        products: Iterable[SupplierProduct],
        *,
        balance: str = "100000.00",
        choose: Choose = newest,
    ) -> None:
        super().__init__(code, access, products, balance=balance, choose=choose)
        self.card_states: dict[str, CardState] = {}

    def callback_answered(self, callback: DueCallback, result: HttpReply | TransportFault) -> bool:
        is_accepted = isinstance(result, HttpReply) and 200 <= result.status < 300
        if is_accepted:
            self._callback_due.pop(callback.order_id, None)
        return is_accepted

    def _result(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        if faults.is_failing:
            return HttpReply(500, (("Content-Type", "text/plain"),), b"internal error")
        try:
            verify(request, self._access.api_key, self._access.api_secret, now=now)
            return self._answered(request, faults, now)
        except (SignatureRefused, OrderRefused) as refused:
            return _refusal(_CODES.get(refused.code, refused.code))
        except (msgspec.DecodeError, ValueError):
            return _refusal("bad_request")

    def _answered(self, request: HttpRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        match (request.method, *_segments(request)):
            case ("PUT", "orders", number):
                return self._made(number, msgspec.json.decode(request.body, type=OrderRequest), faults, now)
            case ("GET", "orders", number):
                return _reply(self._order(self._known(number, faults), now))
            case ("POST", "orders", number, "cancellation"):
                entry = self._known(number, faults)
                self.ledger.cancel(entry, now)
                self._callback_due.pop(entry.order_id, None)
                return _reply(self._order(entry, now))
            case ("GET", "balance"):
                return _reply(Balance(amount=f"{self.ledger.balance:.2f}", currency="CNY"))
            case ("GET", "goods"):
                return self._page(dict(request.query), faults)
            case ("GET", "goods", sku_id):
                product = self.ledger.products.get(int(sku_id))
                return _reply(self._goods(product, faults)) if product is not None else _refusal("not_on_sale")
            case ("POST", "card-status"):
                return self._card_state(msgspec.json.decode(request.body, type=CardQuestion), faults, now)
        return HttpReply(404, (("Content-Type", "text/plain"),), b"404 page not found")

    def _made(self, number: str, asked: OrderRequest, faults: SupplierFaults, now: datetime) -> HttpReply | TransportFault:
        known = self.ledger.find(number)
        if known is not None and (known.ordered.sku_id, known.quantity) != (asked.sku_id, asked.quantity):
            return _refusal("number_taken")
        product = self.ledger.products.get(asked.sku_id)
        if product is not None and product.is_top_up and not asked.fields:
            return _refusal("bad_request")
        entry = self.ledger.order(asked.sku_id, asked.quantity, number, faults, now, callback_url=asked.callback_url)
        self._plan_callback(entry)
        return spoiled_answer(faults) or _reply(self._order(entry, now), 200 if entry is known else 201)

    def _page(self, query: dict[str, str], faults: SupplierFaults) -> HttpReply:
        after, limit = int(query.get("after", "-1")), int(query.get("limit", str(DEFAULT_PAGE)))
        behind = sorted((each for each in self.ledger.products.values() if each.sku_id > after), key=lambda each: each.sku_id)
        page = behind[:limit]
        next_after = page[-1].sku_id if len(behind) > len(page) and page else None
        return _reply(GoodsPage(goods=tuple(self._goods(each, faults) for each in page), next_after=next_after))

    def _card_state(self, asked: CardQuestion, faults: SupplierFaults, now: datetime) -> HttpReply:
        if asked.number is not None:
            entry = self._known(asked.number, faults)
            if not entry.is_delivered(now) or asked.card not in entry.cards:
                return _refusal("order_not_found")
        looks_right = re.fullmatch(CARD_PATTERN, asked.card) is not None
        state = self.card_states.get(asked.card, "valid" if looks_right else "invalid")
        return _reply(CardAnswer(status=state, checked_at=now.isoformat()))

    def _goods(self, product: SupplierProduct, faults: SupplierFaults) -> Goods:
        return Goods(
            sku_id=product.sku_id,
            name=product.product_code,
            price=product.price,
            currency="CNY",
            is_on_sale=not faults.is_delisted,
            stock_count=0 if faults.is_out_of_stock else self.ledger.stock_counts[product.sku_id],
        )

    def _known(self, number: str, faults: SupplierFaults) -> SupplierOrderEntry:
        entry = self.ledger.find(number)
        if entry is None or faults.is_denying_orders:
            raise OrderRefused("order_not_found")
        return entry

    def _order(self, entry: SupplierOrderEntry, now: datetime) -> Order:
        is_delivered = entry.is_delivered(now)
        return Order(
            number=entry.downstream_order_no,
            sku_id=entry.delivered.sku_id,
            quantity=entry.quantity,
            status=_status(entry, is_delivered=is_delivered),
            amount=f"{entry.amount:.2f}",
            currency="CNY",
            cards=entry.cards if is_delivered and not entry.delivered.is_top_up else (),
        )

    def _callback(self, entry: SupplierOrderEntry, url: str, attempt: int, now: datetime) -> DueCallback:
        access = Access(self._access.api_key, self._access.api_secret)
        request = build_callback(access, self._order(entry, now), target=urlsplit(url).path, now=now)
        return DueCallback(self.code, entry.order_id, attempt, url, request)

    def _order_number(self, request: HttpRequest) -> str | None:
        match _segments(request):
            case ("orders", number, *_):
                return number
        return None


def _status(entry: SupplierOrderEntry, *, is_delivered: bool) -> OrderState:
    if entry.delivered.is_top_up:
        return "failed" if entry.is_cancelled else "succeeded" if is_delivered else "accepted"
    return "cancelled" if entry.is_cancelled else "delivered" if is_delivered else "processing"


def _segments(request: HttpRequest) -> list[str]:
    root, _, rest = request.url_path.partition(API_ROOT + "/")
    return rest.split("/") if not root else [""]


def _reply(message: msgspec.Struct, status: int = 200) -> HttpReply:
    return HttpReply(status, (("Content-Type", JSON_CONTENT_TYPE),), msgspec.json.encode(message))


def _refusal(code: str) -> HttpReply:
    return _reply(Failure(error=code, message=code.replace("_", " ")), FAILURES[code][0])
