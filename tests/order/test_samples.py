"""One golden sample of each stored event, for ever: what was recorded once must always be readable, field by field.

A missing sample is written by `python -m tests.order.test_samples`; one that is there is never changed.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from chassis.aggregate import new_event
from chassis.service import events_of
from chassis.store.rows import EventRow
from contracts.values import AfterSalesPolicy, Money, ProductField
from services.order.domain.after_sales import FrozenPolicy
from services.order.domain.channel_limits import DEFAULT_CHANNEL_LIMITS
from services.order.domain.channel_period import ChannelPeriod
from services.order.domain.channel_watch import ChannelWatch
from services.order.domain.checkout import Checkout
from services.order.domain.connection import Connection, Mode
from services.order.domain.forwarding import Forwarding
from services.order.domain.limits import DEFAULT_LIMITS, DEFAULT_SEARCH_LIMITS
from services.order.domain.lines import Line
from services.order.domain.listing import Listing
from services.order.domain.notice import PaymentNotice
from services.order.domain.order import Order
from services.order.domain.order_accounts import GivenAccount
from services.order.domain.search import PaymentSearch
from services.order.service import order as order_service
from tests.harness import START

SAMPLES = Path(__file__).parent / "samples"
STREAM = UUID("11111111-2222-5333-8444-555555555555")
EVENTS = [event for aggregate in order_service.aggregates for event in events_of(aggregate)]

_MONEY = Money(2_500, "CNY")
_PLACE: dict[str, Any] = {"line": 1, "unit": 2}
EXAMPLES: dict[type[Any], dict[str, Any]] = {
    Listing.Listed: {"shop_id": "shop-1", "product_code": "steam-50", "product_id": str(STREAM)},
    Listing.WentOffSale: {"reason": "out_of_stock"},
    Listing.CameBack: {},
    Listing.PolicyHeard: {"policy_version": 3, "policy": AfterSalesPolicy(refund="within_days", refund_days=7, warranty_days=30)},
    Order.Placed: {
        "shop_id": "shop-1",
        "order_number": "K1",
        "lines": (Line(1, "steam-50", 2, Money(1_250, "CNY")),),
        "amount": _MONEY,
        "contact_fingerprint": "v1:9c1185",
        "contact_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11",
        "origin_reference": None,
        "expires_at": START + timedelta(minutes=15),
        "is_taken_over": True,
    },
    Order.ChannelNamed: {"provider": "epay"},
    Order.LastAsked: {},
    Order.OtherAmountPaid: {"provider": "epay", "trade_number": "E1"},
    ChannelWatch.Begun: {"shop_id": "shop-1", "provider": "epay"},
    ChannelWatch.PeriodTurned: {"period_number": 2},
    ChannelWatch.Hidden: {
        "reason": "creation_fails",
        "paid_count": 3,
        "failed_count": 5,
        "unpaid_count": 2,
        "until": START + timedelta(minutes=10),
    },
    ChannelWatch.Offered: {"reason": "person", "decided_by": "mei"},
    ChannelPeriod.Begun: {
        "shop_id": "shop-1",
        "provider": "epay",
        "number": 2,
        "limits": DEFAULT_CHANNEL_LIMITS,
        "carried": ("paid", "failed"),
    },
    ChannelPeriod.Noted: {"result": "unpaid"},
    ChannelPeriod.Emptied: {},
    Order.Imported: {
        "shop_id": "shop-1",
        "order_number": "A1B2C3D4E5F6G7H8",
        "lines": (Line(1, "7", 2, Money(1_250, "CNY")),),
        "amount": _MONEY,
        "contact_fingerprint": "v1:9c1185",
        "contact_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11",
        "origin_reference": None,
        "expires_at": START - timedelta(days=20),
        "is_taken_over": False,
        "shop_kind": "dujiaoka",
        "shop_row": 4711,
        "shop_state": "paid",
        "shop_trade_number": "T1",
    },
    Order.ToldByShop: {"before": "unpaid", "shop_state": "paid", "shop_trade_number": "T1"},
    Order.DeliveredOutside: {"before": "paid", "product_code": "7", "card_fingerprints": ("v1:77aa",), "is_double": False},
    Order.Proven: {
        "shop_id": "shop-1",
        "order_number": "K1",
        "provider": "alipay",
        "trade_number": "2026010122001",
        "shop_state": "unpaid",
        "was_unproven": False,
    },
    Order.ProofDenied: {"shop_id": "shop-1", "order_number": "K1", "provider": "alipay"},
    Order.FilledIn: {"before": "paid"},
    Connection.Connected: {"shop_id": "shop-1", "kind": "dujiaoka", "fill_in_after_seconds": 60.0},
    Connection.ModeChanged: {"mode": Mode.FILL_IN, "fill_in_after_seconds": 30.0, "change_count": 2, "changed_by": "staff"},
    Order.Expired: {},
    Order.CancellationAsked: {},
    Order.Paid: {
        "provider": "alipay",
        "trade_number": "T1",
        "amount": _MONEY,
        "paid_at": START,
        "is_late": False,
        "rules_version": 1,
        "limits": DEFAULT_LIMITS,
        "expected_milliseconds": {"steam-50": 900},
        "policies": {"steam-50": FrozenPolicy(3, AfterSalesPolicy(refund="within_days", refund_days=7, warranty_days=30))},
    },
    Order.PaidAgain: {"provider": "epay", "trade_number": "E1", "amount": _MONEY},
    Order.UnitAskedAgain: {**_PLACE, "asked_count": 2},
    Order.UnitSlow: {**_PLACE, "expected_milliseconds": 900},
    Order.UnitStuck: _PLACE,
    Order.AccountsGiven: {"accounts": (GivenAccount(1, "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11", "v1:9c1185", (("account", "12••••0"),)),)},
    Listing.FormHeard: {"fields": (ProductField("address", "Address", pattern=".+", max_characters=300),), "is_personal": True},
    Order.UnitTimedOut: _PLACE,
    Order.UnitOverdue: {**_PLACE, "overdue_seconds": 30},
    Order.UnitDelivered: {
        "shop_id": "shop-1",
        "product_code": "steam-50",
        **_PLACE,
        "card_id": str(STREAM),
        "card_preview": "AB••••9K",
        "supplier_code": "own-stock",
        "delivery_milliseconds": 1_234,
    },
    Order.UnitFailed: {"shop_id": "shop-1", "order_number": "K1", "product_code": "steam-50", **_PLACE, "reason": "timeout"},
    Order.UnitRevealed: _PLACE,
    Order.CardNotAwaited: {**_PLACE, "card_id": str(STREAM), "reason": "unit_failed"},
    Order.ContactSealedAgain: {"contact_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11", "origin_reference": None},
    Order.SearchBegun: {},
    Order.CardContradicted: {
        "shop_id": "shop-1",
        "order_number": "K1",
        **_PLACE,
        "card_id": str(STREAM),
        "delivered_card_id": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11",
    },
    Order.GiveUpPostponed: {},
    Order.Closed: {"outcome": "delivered"},
    PaymentSearch.Begun: {"shop_id": "shop-1", "order_number": "K1", "limits": DEFAULT_SEARCH_LIMITS},
    PaymentSearch.Asked: {"providers": ("alipay", "epay")},
    PaymentSearch.Promised: {
        "provider": "alipay",
        "trade_number": "T1",
        "paid_at": START,
        "is_late": False,
        "policy_versions": {"steam-50": 3},
    },
    PaymentSearch.Answered: {"provider": "epay", "answer": "absent", "is_last": True},
    PaymentSearch.CardKept: {
        **_PLACE,
        "card_id": str(STREAM),
        "card_preview": "AB••••9K",
        "supplier_code": "own-stock",
        "delivery_milliseconds": 1_234,
    },
    PaymentSearch.FailureKept: {**_PLACE, "reason": "timeout"},
    PaymentSearch.SightKept: {**_PLACE, "card_id": str(STREAM)},
    PaymentSearch.Doubted: {"shop_id": "shop-1", "order_number": "K1", "reason": "provider_denies"},
    PaymentSearch.Decided: {"decided_by": "mei", "is_paid": True},
    PaymentSearch.Ended: {"result": "paid", "basis": "provider"},
    Checkout.Requested: {"shop_id": "shop-1", "order_number": "K1", "provider": "wechat"},
    Checkout.RequestedAgain: {},
    Checkout.Opened: {"kind": "qr_code", "content": "weixin://wxpay/bizpayurl?pr=1", "expires_at": START + timedelta(minutes=15)},
    Checkout.TradeNamed: {"trade_number": "20260101", "payable": "3.4817", "coin": "USDT", "address": "TNEns8t9jbWENbStkQdVQtHMGpbsYsQjZK"},
    Checkout.Followed: {},
    Checkout.FoundUnaskable: {},
    Checkout.FellSilent: {},
    Checkout.Refused: {"reason": "ORDERPAID"},
    Checkout.Ended: {"result": "paid"},
    Forwarding.Begun: {
        "shop_id": "shop-1",
        "provider": "wechat",
        "identity": "ab12",
        "order_number": "K1",
        "raw_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c11",
        "is_proven": True,
        "give_up_seconds": 259_200.0,
    },
    Forwarding.Renewed: {"raw_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c12", "number": 3},
    Forwarding.Tried: {
        "number": 2,
        "verdict": "refused",
        "status": 500,
        "answer_reference": "2b7a4f0e-6a55-4f0b-9d3c-0d6b1f5a7c13",
        "milliseconds": 120,
        "is_proven": True,
    },
    Forwarding.Ended: {"result": "given_up"},
    Forwarding.GivenUp: {"shop_id": "shop-1", "provider": "wechat", "order_number": "K1", "try_count": 82, "verdict": "not_sent"},
    Forwarding.Acknowledged: {"acknowledged_by": "mei"},
    Forwarding.Replayed: {"replayed_by": "mei", "number": 4},
    PaymentNotice.Received: {
        "shop_id": "shop-1",
        "provider": "epay",
        "identity": "ab12",
        "order_number": "K1",
        "trade_number": "E1",
        "amount": _MONEY,
        "paid_at": None,
    },
    PaymentNotice.Awaited: {"limits": DEFAULT_LIMITS},
    PaymentNotice.NotConfirmedYet: {"check_count": 1},
    PaymentNotice.AmountProven: {"trade_number": "E1", "amount": _MONEY},
    PaymentNotice.Accepted: {},
    PaymentNotice.Disregarded: {},
    PaymentNotice.Refused: {"order_id": str(STREAM), "reason": "wrong_amount"},
}


def encoded(event_class: type[Any]) -> bytes:
    _, state = order_service.codec.stored(new_event(event_class, STREAM, 1, START, EXAMPLES[event_class]))
    return state


def sample_of(event_class: type[Any]) -> Path:
    return SAMPLES / f"{event_class.TOPIC}.v{event_class.class_version}.json"


@pytest.mark.parametrize("event_class", EVENTS, ids=lambda event_class: event_class.TOPIC)
def test_a_stored_event_of_any_age_is_read_as_it_was_recorded(event_class: type[Any]) -> None:
    state = sample_of(event_class).read_bytes().rstrip(b"\n")
    form = order_service.codec._forms[event_class]
    assert form.decode(state) == EXAMPLES[event_class]
    assert msgspec.json.decode(encoded(event_class)) == msgspec.json.decode(state)


def holds(newer: Any, older: Any) -> bool:
    """Whether everything that the older shape said stands in the newer one."""
    if isinstance(older, dict):
        return all(name in newer and holds(newer[name], value) for name, value in older.items())
    if isinstance(older, list):
        return len(newer) == len(older) and all(map(holds, newer, older))
    return bool(newer == older)


OLDER = [(event_class, version) for event_class in EVENTS for version in range(1, event_class.class_version)]


@pytest.mark.parametrize(("event_class", "version"), OLDER, ids=lambda each: getattr(each, "TOPIC", None) or f"v{each}")
def test_an_event_of_an_earlier_shape_is_read_as_the_newest_one(event_class: type[Any], version: int) -> None:
    state = (SAMPLES / f"{event_class.TOPIC}.v{version}.json").read_bytes()
    topic = event_class.TOPIC if version == 1 else f"{event_class.TOPIC}@{version}"
    row = EventRow(1, STREAM, 1, "", topic, "shop-1", START, state, None, "", "", *[None] * 7)
    read = order_service.codec.decode(row)
    _, written = order_service.codec.stored(read)
    assert holds(msgspec.json.decode(written), msgspec.json.decode(state))


def test_every_sample_belongs_to_a_declared_event() -> None:
    known = {sample_of(event_class).name for event_class in EVENTS}
    older = {f"{event_class.TOPIC}.v{version}.json" for event_class, version in OLDER}
    assert {path.name for path in SAMPLES.glob("*.json")} == known | older


def test_the_default_limits_are_those_of_the_design() -> None:
    limits = asdict(DEFAULT_LIMITS)
    assert (limits["redelivery_seconds"], limits["overdue_seconds"], limits["give_up_seconds"]) == (5, 30, 1_800)


if __name__ == "__main__":
    SAMPLES.mkdir(exist_ok=True)
    for each in EVENTS:
        if not sample_of(each).exists():
            sample_of(each).write_bytes(encoded(each) + b"\n")
