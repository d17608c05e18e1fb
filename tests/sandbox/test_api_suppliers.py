"""The supplier with a server of its own: each answer is one that the OpenAPI document describes, and it can lie as the others can."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from protocols import supplier_api
from protocols.dujiao_next import SupplierAccess
from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from protocols.supplier import SupplierError
from protocols.supplier_api import Access, CardAnswer, GoodsPage, Order, openapi
from sandbox.behaviour.api_suppliers import ApiSupplier
from sandbox.behaviour.faults import SupplierFaults
from tests.sandbox.parties import GAME, MUSIC, START, at

ACCESS = Access("test-key", "test-secret")
DOCUMENT = openapi.document()
MESSAGES = {message.__name__: message for message in openapi.MESSAGES}


class Called:
    """A supplier, and every call that was made to it."""

    def __init__(self) -> None:
        self.supplier = ApiSupplier("north", SupplierAccess(ACCESS.key, ACCESS.secret), [GAME, MUSIC], balance="100.00")
        self.now = START

    def raw(self, request: HttpRequest) -> HttpReply | TransportFault:
        return self.supplier.handle(request, self.now).result

    def __call__(self, request: HttpRequest) -> HttpReply:
        """The answer, which must be one that the document describes for this call."""
        reply = self.raw(request)
        assert isinstance(reply, HttpReply)
        described = described_answer(request, reply.status)
        decoded = msgspec.json.decode(reply.body, type=described)
        assert msgspec.json.decode(msgspec.json.encode(decoded)) == msgspec.json.decode(reply.body), "it says more than is described"
        return reply

    def order(self, number: str = "A1", *, sku_id: int = 7, quantity: int = 1, **options: Any) -> Order | SupplierError:
        request = supplier_api.build_create(ACCESS, number, sku_id=sku_id, quantity=quantity, now=self.now, **options)
        return supplier_api.parse_order_reply(self(request), number=number)

    def find(self, number: str = "A1") -> Order | SupplierError:
        return supplier_api.parse_order_reply(self(supplier_api.build_get(ACCESS, number, now=self.now)), number=number)

    def card_state(self, card: str) -> CardAnswer | SupplierError:
        return supplier_api.parse_card_reply(self(supplier_api.build_card_question(ACCESS, "A1", card, now=self.now)))


def described_answer(request: HttpRequest, status: int) -> Any:
    path = request.url_path.removeprefix(supplier_api.API_ROOT)
    for template, calls in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            answer = calls[request.method.lower()]["responses"][str(status)]
            return MESSAGES[answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    raise AssertionError(f"{path} is not described")


def code_of(answer: object) -> str:
    assert isinstance(answer, SupplierError)
    return answer.code


def order_of(answer: Order | SupplierError) -> Order:
    assert isinstance(answer, Order)
    return answer


def test_an_order_is_made_once_under_its_number() -> None:
    called = Called()
    first = order_of(called.order())
    assert (first.status, len(first.cards), first.amount) == ("delivered", 1, "45.00")
    assert called.order() == first == called.find()
    assert code_of(called.order(quantity=2)) == "number_taken"
    assert len(called.supplier.ledger.orders) == 1


def test_whoever_lies_about_that_sells_twice() -> None:
    called = Called()
    called.supplier.faults.set(SupplierFaults(is_ordering_twice=True))
    called.order()
    called.order()
    assert len(called.supplier.deliveries(START)) == 2


def test_an_order_can_be_cancelled_until_it_is_delivered() -> None:
    called = Called()
    called.supplier.faults.set(SupplierFaults(late_seconds=5))
    assert order_of(called.order()).status == "processing"
    for _ in range(2):
        reply = called(supplier_api.build_cancel(ACCESS, "A1", now=called.now))
        assert order_of(supplier_api.parse_order_reply(reply, number="A1")).status == "cancelled"
    assert called.supplier.ledger.balance == 100
    called.order("A2")
    called.now = at(6)
    refused = called(supplier_api.build_cancel(ACCESS, "A2", now=called.now))
    assert code_of(supplier_api.parse_order_reply(refused, number="A2")) == "not_cancellable"
    assert order_of(called.find()).cards == ()


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (SupplierFaults(is_out_of_stock=True), "out_of_stock"),
        (SupplierFaults(is_without_balance=True), "insufficient_balance"),
        (SupplierFaults(is_delisted=True), "not_on_sale"),
    ],
)
def test_each_refusal_has_its_code(faults: SupplierFaults, code: str) -> None:
    called = Called()
    called.supplier.faults.set(faults)
    assert code_of(called.order()) == code
    assert called.supplier.ledger.orders == {}


def test_a_supplier_can_be_down_fail_and_lose_or_spoil_its_answer() -> None:
    called = Called()
    request = supplier_api.build_create(ACCESS, "A1", sku_id=7, now=START)
    called.supplier.faults.set(SupplierFaults(is_down=True))
    assert isinstance(called.raw(request), NotSent)
    called.supplier.faults.set(SupplierFaults(is_failing=True, slow_seconds=3))
    assert called.supplier.handle(request, START).latency_seconds == 3
    assert called.supplier.ledger.orders == {}
    called.supplier.faults.set(SupplierFaults(is_answer_lost=True))
    assert isinstance(called.raw(request), AnswerLost)
    called.supplier.faults.set(SupplierFaults(is_failing_after_success=True))
    spoiled = called.raw(request)
    assert isinstance(spoiled, HttpReply)
    assert spoiled.status == 502
    assert len(called.supplier.ledger.orders) == 1


def test_a_supplier_can_deny_an_order_that_it_took_money_for() -> None:
    called = Called()
    called.order()
    called.supplier.faults.set(SupplierFaults(is_denying_orders=True), order_number="A1")
    assert code_of(called.find()) == "order_not_found"
    assert called.supplier.ledger.balance == 55


def test_a_supplier_can_send_other_goods_and_say_so() -> None:
    called = Called()
    called.supplier.faults.set(SupplierFaults(is_wrong_product=True))
    order = order_of(called.order())
    assert (order.sku_id, order.cards[0].startswith("MUSIC-")) == (MUSIC.sku_id, True)


def test_what_it_sells_is_told_page_by_page() -> None:
    called = Called()
    pages, after = list[GoodsPage](), None
    while len(pages) < 5:
        page = supplier_api.parse_page_reply(called(supplier_api.build_page(ACCESS, after=after, limit=1, now=START)))
        assert isinstance(page, GoodsPage)
        pages.append(page)
        after = page.next_after
        if after is None:
            break
    assert [(each.sku_id, each.stock_count, each.price) for page in pages for each in page.goods] == [(7, 5, "45.00"), (8, 5, "30.00")]
    assert [page.next_after for page in pages] == [7, None]
    one = supplier_api.parse_goods_reply(called(supplier_api.build_goods(ACCESS, 7, now=START)), sku_id=7)
    assert one == pages[0].goods[0]
    assert code_of(supplier_api.parse_goods_reply(called(supplier_api.build_goods(ACCESS, 9, now=START)), sku_id=9)) == "not_on_sale"
    balance = supplier_api.parse_balance_reply(called(supplier_api.build_balance(ACCESS, now=START)))
    assert balance == supplier_api.Balance(amount="100.00", currency="CNY")


def test_it_says_whether_a_card_still_works() -> None:
    called = Called()
    (card,) = order_of(called.order()).cards
    assert called.card_state(card) == CardAnswer(status="valid", checked_at=START.isoformat())
    for state in ("temporary_fault", "used", "invalid"):
        called.supplier.card_states[card] = state
        answer = called.card_state(card)
        assert isinstance(answer, CardAnswer)
        assert answer.status == state
    assert code_of(called.card_state("GAME-AAAA-BBBB-CCCC")) == "order_not_found", "a card that was never sold is nobody's business"


def test_strangers_and_nonsense_are_refused() -> None:
    called = Called()
    stranger = supplier_api.build_get(Access("test-key", "guess"), "A1", now=START)
    assert code_of(supplier_api.parse_order_reply(called(stranger), number="A1")) == "invalid_signature"
    old = supplier_api.build_get(ACCESS, "A1", now=START - timedelta(minutes=6))
    assert code_of(supplier_api.parse_order_reply(called(old), number="A1")) == "stale_timestamp"
    body = b'{"sku_id":"seven"}'
    headers = supplier_api.signed_headers(ACCESS.key, ACCESS.secret, "PUT", "/supplier/v1/orders/A1", body, now=START)
    nonsense = HttpRequest("PUT", "/supplier/v1/orders/A1", headers=headers, body=body)
    assert code_of(supplier_api.parse_order_reply(called(nonsense), number="A1")) == "bad_request"
    assert called.supplier.ledger.orders == {}


def test_a_delivery_is_told_until_any_2xx_takes_it_and_again_after_that_never() -> None:
    called = Called()
    called.order(callback_url="http://shop.example/callback")
    for attempt in (1, 2):
        (callback,) = called.supplier.due_callbacks(called.now)
        told = supplier_api.parse_callback(callback.request, ACCESS, now=called.now)
        assert (callback.attempt, told.number, len(told.cards)) == (attempt, "A1", 1)
        assert not called.supplier.callback_answered(callback, HttpReply(500))
        called.now += timedelta(minutes=1)
    (callback,) = called.supplier.due_callbacks(called.now)
    assert called.supplier.callback_answered(callback, HttpReply(204))
    assert called.supplier.next_callback_at() is None
