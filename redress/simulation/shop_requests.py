"""The requests of people to the services, as the services' own routes make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from chassis.aggregate import fold
from chassis.attempts import vault_row
from chassis.fingerprint import Fingerprints, normalised_card, normalised_contact
from chassis.store.memory import MemoryStore
from chassis.store.rows import EventRow, InboxKey
from chassis.unit import Answered, Cause, CommandUnit
from chassis.vault import Sealed, Vault
from contracts.values import Money, ProductField, money_from_decimal_text
from protocols.dujiao_next import SignatureRefused, SupplierOrderStatus, callback_reply, parse_callback
from protocols.http import HttpReply, HttpRequest
from redress.simulation import parties
from redress.simulation.account_requests import consignor_admitted, deposit_opened, put_on_account
from redress.simulation.accounts_plan import CONSIGNOR, OWN_STOCK, AccountsPlan
from redress.simulation.kinds import ACCOUNT, CARD, MANUAL, REUSABLE, TOP_UP, ProductPlan
from redress.simulation.payers import ChoiceSeen
from redress.simulation.payment_choice import choice_of
from redress.simulation.plan import PRICES, SHOP_ID, OrderPlan
from redress.simulation.requests import Request
from redress.simulation.scene import Scene
from sandbox.behaviour.catalogue import CARD_PATTERN
from sandbox.behaviour.suppliers import CardSupplier, DueCallback
from services.inventory.by_hand.commands import ClaimNeed, DeliverByHand
from services.inventory.by_hand.content import seal_delivery
from services.inventory.service import inventory
from services.inventory.sourcing.commands import (
    MAX_RERUN_NEEDS,
    NoteCallback,
    RegisterSupplier,
    RerunNeed,
    RerunNeeds,
    SuspendSupplier,
)
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.numbers import need_id_of
from services.inventory.sourcing.intents import SupplierDelivery
from services.inventory.sourcing.receiving import receive
from services.inventory.stock.card_fields import preview_of
from services.inventory.stock.commands import CompleteBatch, ImportCards, ListProduct, OfferProduct, OpenCards, SealedCard
from services.inventory.stock.domain.product import Product
from services.inventory.stock.domain.product_kind import USUAL_ACCOUNT, account_pattern
from services.order.callbacks.in_front import keeping_of, kept_key
from services.order.callbacks.settings import CallbackMode
from services.order.channels.port import RawNotice
from services.order.domain.lines import Line, UnitKey, need_id
from services.order.domain.notice import NOT_PAID, PASSING_REASONS, TRADE_NOT_CONFIRMED, UNKNOWN_ORDER, WRONG_AMOUNT, PaymentNotice
from services.order.domain.order import Order
from services.order.notices.commands import NoticeJudged, RefuseNotice, TakeNotice
from services.order.notices.reading import Unfit, failure_answer, read_notice, success_answer
from services.order.paying.commands import CreateCheckout
from services.order.placing.account_form import seal_account
from services.order.placing.commands import PlaceOrder
from services.order.service import order
from services.order.settings import OrderSettings, ShopSettings

OUR_CARD_PATTERN = f"(OWN[0-9]+(-[0-9A-Z]{{4,5}}){{3}}|{CARD_PATTERN})"


FORM = (ProductField("account", "Account"),)
"""What a buyer fills in, for products of these kinds."""
FILLED_IN = (MANUAL, TOP_UP)


class ShopRequests:
    """Makes each request afresh for every copy of it that arrives."""

    def __init__(
        self,
        scene: Scene,
        products: Mapping[str, ProductPlan],
        accounts: AccountsPlan,
        shop_settings: ShopSettings,
        vaults: dict[str, Vault],
        fingerprints: Fingerprints,
        shop_id: str = SHOP_ID,
    ) -> None:
        self._shop_id = shop_id
        self._staff = "staff" if shop_id == SHOP_ID else f"staff of {shop_id}"
        self._scene = scene
        self._products = products
        self._accounts = accounts
        self._shop_settings = shop_settings
        self._vaults = vaults
        self._fingerprints = fingerprints
        self._command_count = 0
        self._press_count = 0

    # what staff asks for

    def opened(self) -> list[Request]:
        commands: list[Any] = [RegisterSupplier(shop_id=self._shop_id, supplier_code=OWN_STOCK, kind="own_stock")]
        commands += [self._listing(code) for code in sorted(PRICES)]
        commands += consignor_admitted() if self._accounts.stock_of == CONSIGNOR else []
        return [self._staff_request(f"opening-{number}", command) for number, command in enumerate(commands)]

    def _listing(self, code: str) -> ListProduct:
        product = self._products[code]
        pattern = OUR_CARD_PATTERN if product.kind in (CARD, REUSABLE) else None
        return ListProduct(
            shop_id=self._shop_id,
            product_code=code,
            name=code,
            kind=product.kind,
            card_pattern=pattern,
            use_limit=product.use_limit,
            fields=FORM if product.kind in FILLED_IN else (),
        )

    def _card_pattern(self, code: str) -> str | None:
        return account_pattern(USUAL_ACCOUNT) if self._products[code].kind == ACCOUNT else OUR_CARD_PATTERN

    def supplier_joined(self, supplier: CardSupplier) -> list[Request]:
        joining = RegisterSupplier(shop_id=self._shop_id, supplier_code=supplier.code, kind="dujiao_next")
        offers = [offer for code in sorted(PRICES) for offer in self.offered(code, PRICES[code], [supplier.code])]
        terms = put_on_account(supplier.code) if supplier.code in self._accounts.on_account else []
        terms += [each for plan in self._accounts.deposits if plan.supplier_code == supplier.code for each in deposit_opened(plan)]
        keeping = [self._staff_request(f"keeping-{supplier.code}-{number}", command) for number, command in enumerate(terms)]
        return [self._staff_request(f"joining-{supplier.code}", joining), *keeping, *offers]

    def offered(self, product_code: str, price: str, supplier_codes: list[str]) -> list[Request]:
        return [
            self._staff_request(
                f"offer-{product_code}-{code}-{price}",
                OfferProduct(
                    shop_id=self._shop_id,
                    product_code=product_code,
                    supplier_code=code,
                    sku_id=parties.SKU_IDS[product_code],
                    price=_yuan(price),
                ),
            )
            for code in supplier_codes
            if self._products[product_code].is_bought
        ]

    def supplier_suspended(self, supplier_code: str, is_suspended: bool) -> Request:
        command = SuspendSupplier(shop_id=self._shop_id, supplier_code=supplier_code, is_suspended=is_suspended)
        return Request("inventory", lambda _: self._unit(command, None, msgspec.json.encode(command)))

    def need_run_again(self, need_id: str) -> Request:
        return self._staff_request(f"run-{need_id}", RerunNeed(need_id=UUID(need_id), staff="staff"))

    def need_claimed(self, need_id: str, clerk: str) -> Request:
        command = ClaimNeed(need_id=UUID(need_id), staff=clerk)
        return Request("inventory", lambda _: self._unit(command, None, msgspec.json.encode(command)))

    def need_delivered(self, need_id: str, clerk: str, product_code: str) -> Request:
        """A text for a product of the kind manual, a card of the shop's own for another."""

        def deliver(store: MemoryStore) -> CommandUnit | None:
            product = self._product(product_code, store)
            if product is None:
                return None
            secret = self._products[product_code].secret(
                f"OWN9-{product_code[:4].upper()}-{UUID(need_id).hex[:4].upper()}-{clerk.upper():0<4}"
            )
            fingerprint, sealed, preview = seal_delivery(secret, product, UUID(need_id), self._vaults["inventory"], self._fingerprints)
            command = DeliverByHand(
                need_id=UUID(need_id), staff=clerk, fingerprint=fingerprint, reference=sealed.reference, preview=preview
            )
            return self._unit(command, None, msgspec.json.encode(command), [sealed])

        return Request("inventory", deliver)

    def _product(self, code: str, store: MemoryStore) -> Product | None:
        product: Product | None = fold(inventory.codec.decode_all(store.stream(Product.create_id(self._shop_id, code))))
        return product

    def needs_run_again(self, need_ids: list[str]) -> list[Request]:
        ids = [UUID(each) for each in need_ids]
        steps = [tuple(ids[begin : begin + MAX_RERUN_NEEDS]) for begin in range(0, len(ids), MAX_RERUN_NEEDS)]
        return [self._rerun(RerunNeeds(shop_id=self._shop_id, need_ids=each, staff="staff")) for each in steps]

    def _rerun(self, command: RerunNeeds) -> Request:
        body = msgspec.json.encode(command)

        def press(_: MemoryStore) -> CommandUnit:
            self._press_count += 1
            return self._unit(command, InboxKey(self._staff, "needs/run-again", f"press-{self._press_count}"), body)

        return Request("inventory", press)

    def told(self, key: str, command: Any) -> Request:
        """Somebody of the shop says this to inventory."""
        return self._staff_request(key, command)

    def fingerprint_of(self, secret: str) -> str:
        return self._fingerprints.of("card", normalised_card(secret))

    def cards_imported(self, product_code: str, batch: str, secrets: list[str], supplier_code: str | None = None) -> list[Request]:
        stock_of = supplier_code or self._accounts.stock_of

        def chunk(_: Any) -> CommandUnit:
            sealed, cards = [], []
            for line, secret in enumerate(secrets, 1):
                fingerprint = self._fingerprints.of("card", normalised_card(secret))
                sealed.append(self._vaults["inventory"].seal("card", self._shop_id, fingerprint, secret))
                cards.append(SealedCard(line, sealed[-1].reference, fingerprint, preview_of(secret, self._card_pattern(product_code))))
            command = ImportCards(
                shop_id=self._shop_id,
                batch_id=batch,
                product_code=product_code,
                supplier_code=stock_of,
                chunk_number=1,
                cards=tuple(cards),
            )
            return self._unit(command, InboxKey(self._staff, "/batches", batch), repr(secrets).encode(), sealed)

        return [Request("inventory", chunk), self._staff_request(f"{batch}-end", CompleteBatch(shop_id=self._shop_id, batch_id=batch))]

    def _staff_request(self, key: str, command: Any) -> Request:
        body = msgspec.json.encode(command)
        return Request("inventory", lambda _: self._unit(command, InboxKey(self._staff, type(command).__name__, key), body))

    # what buyers and providers ask for

    def order_placed(self, plan: OrderPlan) -> Request:
        def place(_: Any) -> CommandUnit:
            owner = str(Order.create_id(self._shop_id, plan.number))
            contact = self._vaults["order"].seal("contact", self._shop_id, owner, plan.contact)
            accounts = [
                seal_account(
                    number,
                    {"account": plan.contact},
                    shop_id=self._shop_id,
                    owner_id=owner,
                    vault=self._vaults["order"],
                    fingerprints=self._fingerprints,
                    is_personal=self._products[code].kind == MANUAL,
                )
                for number, (code, _) in enumerate(plan.lines, 1)
                if self._products[code].kind in FILLED_IN
            ]
            command = PlaceOrder(
                shop_id=self._shop_id,
                order_number=plan.number,
                lines=tuple(
                    Line(number, code, quantity, _yuan(price))
                    for number, ((code, quantity), price) in enumerate(zip(plan.lines, plan.prices, strict=True), 1)
                ),
                amount=_yuan(plan.total),
                contact_fingerprint=self._fingerprints.of("contact", normalised_contact(plan.contact)),
                contact_reference=contact.reference,
                origin_reference=None,
                is_taken_over=False,
                accounts=tuple(given for given, _ in accounts),
                channel=plan.named_provider if self._shop_id == SHOP_ID else None,
            )
            return self._unit(
                command,
                InboxKey(f"shop/{self._shop_id}", "/orders", plan.number),
                plan.number.encode(),
                [contact, *(sealed for _, sealed in accounts)],
            )

        return Request("order", place)

    def paid_outright(self, order: OrderPlan) -> Request:
        """A proven payment, whatever provider it came by."""
        command = TakeNotice(
            shop_id=self._shop_id,
            provider="alipay",
            identity=f"{self._shop_id}/{order.number}",
            order_number=order.number,
            trade_number=f"T-{self._shop_id}-{order.number}",
            amount=_yuan(order.total),
            paid_at=self._scene.clock.now,
            is_payment=True,
            needs_confirmation=False,
        )
        return Request("order", lambda store: self._judging_known(command, store))

    def payment_wanted(self, order: OrderPlan, provider: str) -> Request:
        command = CreateCheckout(shop_id=self._shop_id, order_number=order.number, provider=provider)
        return Request("order", lambda _: self._unit(command, None, msgspec.json.encode(command)))

    def payments_shown(self, order: OrderPlan, see: Callable[[ChoiceSeen], None]) -> Request:
        """Nothing is decided by it: whoever looks is answered at once."""
        settings = OrderSettings(shops={SHOP_ID: self._shop_settings}, public_url=parties.base_url_of("order"))

        def look(store: MemoryStore) -> None:
            choice = choice_of(order.number, store, settings, self._scene.clock.now)
            if choice is not None:
                see(choice)

        return Request("order", look)

    def notice_sent(self, provider: str, request: HttpRequest) -> Request:
        query, headers = request.target.partition("?")[2].encode(), {name.lower(): value for name, value in request.headers}
        raw = RawNotice(request.method, query, headers, request.body, self._scene.clock.now)
        read = read_notice(provider, self._shop_id, self._shop_settings, raw)
        command: TakeNotice | RefuseNotice
        if isinstance(read, Unfit):
            assert read.order_number is not None
            command = RefuseNotice(
                shop_id=self._shop_id,
                provider=provider,
                identity=read.identity,
                order_number=read.order_number,
                trade_number=read.trade_number,
                reason=read.reason,
            )
        else:
            command = read
        if isinstance(command, TakeNotice) and self._shop_settings.callback(provider).mode is CallbackMode.IN_FRONT:
            return self._kept_and_judged(command, raw)
        if isinstance(command, TakeNotice) and not command.needs_confirmation:
            return Request("order", lambda _: self._judging(command, 0), lambda answer, store: self._judging_again(command, answer, store))
        return Request("order", lambda store: self._judging_known(command, store))

    def _kept_and_judged(self, command: TakeNotice, raw: RawNotice) -> Request:
        """As `services/order/notices/api.py` takes a genuine notice where it stands in front of the shop."""
        callback = self._shop_settings.callback(command.provider)

        def keep(_: Any) -> CommandUnit:
            kept, sealed = keeping_of(self._vaults["order"], callback, command, raw)
            key = InboxKey(f"provider/{command.provider}", f"/notices/{command.provider}/{SHOP_ID}", kept_key(kept))
            return self._unit(kept, key, command.identity.encode(), [sealed])

        def judge(answer: Answered, store: MemoryStore) -> CommandUnit | None:
            return self._judging_known(command, store) if b"forwarding_id" in answer.body else None

        return Request("order", keep, judge)

    def _judging_again(self, command: TakeNotice, answer: Answered, store: MemoryStore) -> CommandUnit | None:
        """A notice that was handed over unseen, and refused before for something that time may change, is judged anew."""
        if not (answer.is_repeat and answer.status == 400):
            return None
        reason = msgspec.json.decode(answer.body, type=NoticeJudged).reason
        return self._judging_known(command, store) if reason in PASSING_REASONS else None

    def _judging_known(self, command: TakeNotice | RefuseNotice, store: MemoryStore) -> CommandUnit:
        """As `services/order/notices/api.py` hands a notice over: under its identity and how far its judgement had got."""
        known = store.stream(PaymentNotice.create_id(self._shop_id, command.provider, command.identity))
        notice: PaymentNotice | None = fold(order.codec.decode_all(known))
        is_open = notice is not None and notice.is_open_to_judgement
        return self._judging(command, None if is_open else 0 if notice is None else notice.version)

    def _judging(self, command: TakeNotice | RefuseNotice, version: int | None) -> CommandUnit:
        key = InboxKey(f"provider/{command.provider}", f"/notices/{command.provider}/{self._shop_id}", f"{command.identity}/{version}")
        return self._unit(command, None if version is None else key, command.identity.encode())

    def notice_reply(self, provider: str, answer: Answered) -> HttpReply:
        in_front = self._shop_settings.callback(provider).mode is CallbackMode.IN_FRONT
        is_taken = answer.status == 200 or (in_front and answer.status == 400 and _is_kept(answer))
        said = success_answer(provider, self._shop_settings) if is_taken else failure_answer(provider, "refused")
        return HttpReply(said.status, body=said.body)

    def callback_sent(self, callback: DueCallback) -> Request:
        def note(store: MemoryStore) -> CommandUnit | None:
            """As `services/inventory/sourcing/api.py` takes a callback in."""
            try:
                told = parse_callback(callback.request, parties.ACCESS, now=self._scene.clock.now)
            except SignatureRefused:
                return None  # it was on its way for too long
            number = told.downstream_order_no or ""
            need_id = need_id_of(number)
            assert need_id is not None
            need: Need | None = fold(inventory.codec.decode_all(store.stream(need_id)))
            if need is None or number not in (*need.orders, *need.numbers_at(callback.supplier_code)):
                return None
            product = self._product(need.product_code, store)
            delivery: SupplierDelivery | None = None
            sealed: tuple[Sealed, ...] = ()
            if told.status is SupplierOrderStatus.DELIVERED:
                delivery, sealed = receive(
                    told,
                    shop_id=self._shop_id,
                    sku_id=need.orders[number].sku_id if number in need.orders else None,
                    card_pattern=product.card_pattern if product is not None else None,
                    vault=self._vaults["inventory"],
                    fingerprints=self._fingerprints,
                    is_top_up=self._products[need.product_code].kind == TOP_UP,
                )
            command = NoteCallback(need_id=need.id, supplier_code=callback.supplier_code, number=number, delivery=delivery)
            return self._unit(command, None, number.encode(), sealed)

        return Request("inventory", note)

    def callback_reply(self, answer: Answered) -> HttpReply:
        return callback_reply() if answer.status == 200 else HttpReply(answer.status, body=answer.body)

    def card_opened(self, plan: OrderPlan, card_id: str) -> Request:
        command = OpenCards(card_ids=(UUID(card_id),), order_number=plan.number, purpose="reveal")
        inbox_key = InboxKey("order", "/vault/open", f"{plan.number}/{card_id}")
        return Request("inventory", lambda _: self._unit(command, inbox_key, card_id.encode()))

    def delivered_cards(self, rows: list[EventRow]) -> list[str]:
        given = [(row.subject or "", event) for row, event in zip(rows, order.codec.decode_all(rows), strict=True)]
        return [
            event.card_id
            for number, event in given
            if isinstance(event, Order.UnitDelivered)
            and event.card_id != str(need_id(self._shop_id, number, UnitKey(event.line, event.unit)))
        ]

    def _unit(self, command: Any, inbox_key: InboxKey | None, body: bytes, sealed: Iterable[Sealed] = ()) -> CommandUnit:
        self._command_count += 1
        name = f"{self._staff}/command-{self._command_count}" if inbox_key is None else "/".join(inbox_key)
        cause = Cause(f"correlation-{self._staff}-{self._command_count}", f"request/{name}")
        rows = tuple(vault_row(each, self._scene.clock.now) for each in sealed)
        return CommandUnit(command, cause, inbox_key, sha256(body).digest(), rows)


def _yuan(text: str) -> Money:
    return money_from_decimal_text(text, "CNY")


def _is_kept(answer: Answered) -> bool:
    """Whether a notice that we refuse ourselves was a genuine one, which the shop behind us is told of."""
    reason = msgspec.json.decode(answer.body, type=NoticeJudged).reason
    return reason in (NOT_PAID, TRADE_NOT_CONFIRMED, UNKNOWN_ORDER, WRONG_AMOUNT)
