"""What must hold between what the shops' services said and what their endpoints heard (docs/guide/webhooks.md, ADR 20)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from chassis.store.rows import EventRow
from redress.simulation.evidence import Evidence
from redress.simulation.receivers import Posted

NOTIFY = "notify"
SOURCES = ("order", "inventory")
_UNIT = "order_number line unit"
WORDS = {
    "OrderPlaced": ("order.placed", "order_number order_id lines amount expires_at is_taken_over"),
    "PaymentConfirmed": ("order.paid", "order_number order_id provider provider_trade_number amount paid_at is_late"),
    "OrderExpired": ("order.expired", "order_number order_id"),
    "OrderClosed": ("order.closed", "order_number order_id outcome"),
    "PaymentRejected": ("payment.rejected", "order_number provider reason provider_trade_number"),
    "PaymentDuplicated": ("payment.duplicated", "order_number order_id provider provider_trade_number amount"),
    "CardDelivered": ("unit.delivered", f"{_UNIT} product_code card_id card_preview delivery_milliseconds"),
    "DeliverySlow": ("unit.slow", f"{_UNIT} product_code expected_milliseconds"),
    "DeliveryOverdue": ("unit.overdue", f"{_UNIT} product_code overdue_seconds"),
    "DeliveryFailed": ("unit.failed", f"{_UNIT} product_code reason"),
    "CardOpened": ("unit.revealed", f"{_UNIT} card_id opened_count"),
    "NeedAwaitsPerson": ("unit.awaits_person", f"{_UNIT} product_code reason"),
    "ProductListed": ("product.listed", "product_code name kind"),
    "ProductSuspended": ("product.off_sale", "product_code free_count supplier_count reason"),
    "ProductResumed": ("product.on_sale", "product_code free_count supplier_count"),
    "StockLow": ("product.stock_low", "product_code free_count supplier_count low_count"),
}
"""What each message is called in public, and the fields that go with it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A message that shops are told of, as it stands in its service's log.

    `webhook_id`: what it is called on its way. `fields`: what may be told of it; `values`: what it says in them.
    """

    service: str
    type: str
    webhook_id: str
    fields: frozenset[str]
    values: dict[str, Any]
    at: datetime
    row: EventRow

    @property
    def about(self) -> tuple[str, UUID, str]:
        """Messages of one stream about one order, or one product, are heard in its order."""
        return self.service, self.row.stream_id, self.values.get("order_number") or self.values["product_code"]


def _told(service: str, row: EventRow) -> _Told | None:
    name = row.type.split(".")[2] if row.type is not None else ""
    if name not in WORDS or row.value is None or row.headers is None:
        return None
    word, fields = WORDS[name][0], frozenset(WORDS[name][1].split())
    headers, values = msgspec.json.decode(row.headers), msgspec.json.decode(row.value)
    called = headers["ce_id"].replace("/", "_").replace("@", "_")
    kept = {name: value for name, value in values.items() if name in fields}
    return _Told(service, word, called, fields, kept, datetime.fromisoformat(headers["ce_time"]), row)


def shops_are_told_what_was_said(evidence: Evidence) -> Iterator[str]:
    """All of it that they want, nothing else, in order; and the log of deliveries says so."""
    if NOTIFY not in evidence.stores:
        return
    standing = [told for service in SOURCES for row in evidence.every_row(service) if (told := _told(service, row)) is not None]
    log = _log_of(evidence)
    yield from _posts_tell_what_was_said(evidence, standing)
    yield from _deliveries_end_as_documented(evidence, log)
    yield from _what_is_wanted_arrives(evidence, standing, log)
    yield from _orders_are_heard_in_order(evidence, standing, log)


def _posts_tell_what_was_said(evidence: Evidence, standing: list[_Told]) -> Iterator[str]:
    """Each post is of a message that a service published, of the endpoint's shop and of a type that it wants, under that message's id."""
    lost = [told for service in SOURCES for row, _ in evidence.lost(service) if (told := _told(service, row)) is not None]
    said = {each.webhook_id: each for each in (*lost, *standing)}
    for post in {(post.endpoint, post.message_id, post.body): post for post in evidence.webhooks.posted}.values():
        shop_id, plan = evidence.webhooks.endpoints[post.endpoint]
        told = said.get(post.message_id)
        if told is None:
            yield f"{post.endpoint} heard {post.message_id}, which nobody said"
        elif told.row.shop_id != shop_id:
            yield f"{post.endpoint} of {shop_id} heard {post.message_id} of {told.row.shop_id}"
        elif plan.types and told.type not in plan.types:
            yield f"{post.endpoint} heard {told.type}, which it does not want"
        elif not _is_body_of(told, post.body):
            yield f"{post.endpoint} heard of {post.message_id} what was not said: {post.body[:300]!r}"


def _is_body_of(told: _Told, body: bytes) -> bool:
    heard = msgspec.json.decode(body)
    data = heard["data"]
    is_whole = told.values.keys() <= data.keys() <= told.fields
    is_true = all(data[name] == value for name, value in told.values.items())
    return is_whole and is_true and heard["type"] == told.type and datetime.fromisoformat(heard["timestamp"]) == told.at


def posts_are_rightly_signed(evidence: Evidence) -> Iterator[str]:
    """With a secret that its shop was shown; but for one that a restore took away before anybody saw it."""
    if evidence.is_restored(NOTIFY):
        return
    for post in evidence.webhooks.posted:
        if not post.is_signed_with(evidence.webhooks.secrets[post.endpoint]):
            yield f"{post.endpoint} heard {post.message_id}, signed with no secret of its own"


def posts_go_where_they_may(evidence: Evidence) -> Iterator[str]:
    """To the path that was registered, at a public address, dated by the sender's clock."""
    for post in evidence.webhooks.posted:
        if post.path != evidence.webhooks.endpoints[post.endpoint][1].path:
            yield f"{post.endpoint} was posted to under {post.path}"
    for call in evidence.calls:
        if call.caller.service == NOTIFY:
            if not ip_address(urlsplit(call.base_url).hostname or "").is_global:
                yield f"{call.caller.intent_key} was posted to {call.base_url}"
            if call.request.header("webhook-timestamp") != str(int(call.sent_at.timestamp())):
                yield f"{call.caller.intent_key} is dated {call.request.header('webhook-timestamp')}, and was sent at {call.sent_at}"


@dataclass(slots=True)
class _Log:
    """What notify's own log says: how often (queue, message) was queued and ended, and which (endpoint, message) were given up."""

    queued: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    ended: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    failed_tries: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    taken: set[tuple[str, str]] = field(default_factory=set)
    given_up: set[tuple[str, str]] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)


def _log_of(evidence: Evidence) -> _Log:
    log = _Log()
    books, endpoint_of, off = evidence.webhooks, dict[UUID, UUID](), set[UUID]()
    for row in evidence.every_row(NOTIFY):
        _, kind, happened = row.topic.partition("@")[0].split(".")
        state: dict[str, Any] = msgspec.json.decode(row.state)
        if kind == "Endpoint":
            if happened in ("Disabled", "Removed"):
                off.add(row.stream_id)
            elif happened == "Enabled":
                off.discard(row.stream_id)
            continue
        key = (row.stream_id, state.get("message_id", ""))
        if happened == "Opened":
            endpoint_of[row.stream_id] = UUID(state["endpoint_id"])
            continue
        named = (books.names.get(endpoint_of[row.stream_id], ""), key[1])
        if happened in ("Queued", "QueuedAgain"):
            log.queued[key] += 1
            log.failed_tries[key] = 0
            if endpoint_of[row.stream_id] in off:
                log.breaches.append(f"{key[1]} was queued at {named[0]}, which was disabled")
        elif happened == "NotTaken":
            log.failed_tries[key] += 1
        elif happened == "Delivered":
            log.ended[key] += 1
            log.taken.add(named)
        elif happened == "GivenUp":
            log.ended[key] += 1
            log.given_up.add(named)
            is_tried_out = log.failed_tries[key] + 1 == books.tries
            if not (endpoint_of[row.stream_id] in off if state["reason"] == "disabled" else is_tried_out):
                log.breaches.append(f"{key[1]} was given up at {named[0]} ({state['reason']}) after {log.failed_tries[key] + 1} tries")
    return log


def _deliveries_end_as_documented(evidence: Evidence, log: _Log) -> Iterator[str]:
    """Each that was queued ends once: taken, as the endpoint knows, or given up after the last try, or where the endpoint is disabled."""
    yield from log.breaches
    for key, count in log.queued.items():
        if log.ended[key] != count:
            yield f"{key[1]} was queued {count} times in {key[0]}, and ended {log.ended[key]} times"
    taken = {(post.endpoint, post.message_id) for post in evidence.webhooks.posted if post.is_taken}
    for name, message_id in log.taken - taken:
        yield f"{message_id} counts as delivered to {name}, which never took it"


def _what_is_wanted_arrives(evidence: Evidence, standing: list[_Told], log: _Log) -> Iterator[str]:
    """What was said while an endpoint stood is taken by it, or was given up as the log says."""
    settled = log.given_up | {(post.endpoint, post.message_id) for post in evidence.webhooks.posted if post.is_taken}
    for told in standing:
        for name in _owing(evidence, told):
            if (name, told.webhook_id) not in settled:
                yield f"{told.type} {told.webhook_id} was never taken by {name}"


def _owing(evidence: Evidence, told: _Told) -> set[str]:
    """The endpoints that a message is owed to: of its shop, wanting its type, standing when it was said and ever since."""
    books = evidence.webhooks
    found = {books.names[each] for each, since in books.owed_since.items() if each in books.names and told.row.log_id > since[told.service]}
    return {
        name
        for name in found
        if books.endpoints[name][0] == told.row.shop_id and told.type in (books.endpoints[name][1].types or (told.type,))
    }


def _orders_are_heard_in_order(evidence: Evidence, standing: list[_Told], log: _Log) -> Iterator[str]:
    """Nothing is posted before what the same stream said of the same order was taken, or given up; at endpoints registered once."""
    books = evidence.webhooks
    given_up = log.given_up | _given_up_and_forgotten(evidence)
    registered = Counter(books.names.values())
    first: dict[tuple[str, str], datetime] = {}
    taken: dict[tuple[str, str], datetime] = {}
    for post in evidence.webhooks.posted:
        first.setdefault(_key(post), post.at)
        if post.is_taken:
            taken.setdefault(_key(post), post.at)
    streams: dict[tuple[str, tuple[str, UUID, str]], list[str]] = defaultdict(list)
    for told in standing:
        for name in _owing(evidence, told):
            if registered[name] == 1:
                streams[name, told.about].append(told.webhook_id)
    for (name, _), ids in streams.items():
        for earlier, later in pairwise(ids):
            came, was_taken = first.get((name, later)), taken.get((name, earlier))
            if came is not None and (name, earlier) not in given_up and (was_taken is None or was_taken > came):
                yield f"{name} heard {later} before it had taken {earlier}"


def _given_up_and_forgotten(evidence: Evidence) -> set[tuple[str, str]]:
    """What notify gave up in a span that a restore took from it: what came next was rightly posted then."""
    given_up = (row for row, _ in evidence.lost(NOTIFY) if row.topic.partition("@")[0] == "notify.DeliveryQueue.GivenUp")
    states = [msgspec.json.decode(row.state) for row in given_up]
    return {(evidence.webhooks.names.get(UUID(each["endpoint_id"]), ""), each["message_id"]) for each in states}


def _key(post: Posted) -> tuple[str, str]:
    return post.endpoint, post.message_id
