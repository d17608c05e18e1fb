"""Planted defects in clocks, limits and news that comes late: what a saga was promised, and what a process may believe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from chassis.follower import Follower
from redress.simulation import worker
from services.inventory.advised import limits_from
from services.inventory.service import inventory
from services.inventory.sourcing import handlers, reactions, saga
from services.inventory.sourcing.domain.limits import Limits
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.need_status import NeedStatus
from services.order.domain.limits import limits_of as order_limits
from services.order.domain.notice import PaymentNotice
from services.order.domain.order import Order
from services.order.fulfilment import timers
from services.order.notices.intents import ConfirmPayment
from services.order.service import order


class WallClock:
    """The wall clock, however it was put meanwhile."""

    def __init__(self, wall: Any, elapsed: Any) -> None:
        self._wall = wall

    def __call__(self) -> datetime:
        moment: datetime = self._wall()
        return moment


def deadline_by_the_wall_clock() -> AbstractContextManager[Any]:
    """An attempt's deadline is judged by the wall clock alone, which may have been put back while its process stood still."""
    return patch.object(worker, "SteadyClock", WallClock)


@contextmanager
def retries_read_anew() -> Iterator[None]:
    """How often a supplier is tried again is read in today's settings, not in the need's first event."""
    refused = saga.refused

    def refused_by_todays_limits(need: Any, intent: Any, error_class: Any, work: Any) -> None:
        need.limits = limits_from(Limits, work.advice("limits"))
        refused(need, intent, error_class, work)

    with patch.object(reactions, "refused", refused_by_todays_limits):
        yield


@contextmanager
def checks_read_anew() -> Iterator[None]:
    """How often a provider is asked is today's number, not the one that was recorded when the notice was first doubted."""
    kind = ConfirmPayment.KIND
    intent, told = order.outcomes[kind]

    def told_by_todays_limits(outcome: Any, asked: Any, work: Any) -> None:
        notice = work.get(PaymentNotice, asked.notice_id)
        notice.limits = order_limits(work.advice("limits"), notice.shop_id)
        told(outcome, asked, work)

    with patch.dict(order.outcomes, {kind: (intent, told_by_todays_limits)}):
        yield


@contextmanager
def deadline_set_anew() -> Iterator[None]:
    """When the same need is asked again, the saga's last deadline is counted anew from today's settings."""
    timer_class, fire = order.timers[timers.DeliveryDue.NAME]

    def fire_and_set(timer: Any, work: Any) -> None:
        asked = work.get(Order, timer.stream_id)
        if asked.limits is not None:
            asked.gives_up_at = asked.confirmed_at + order_limits(work.advice("limits"), asked.shop_id).give_up
        fire(timer, work)

    with patch.dict(order.timers, {timers.DeliveryDue.NAME: (timer_class, fire_and_set)}):
        yield


@contextmanager
def heads_judged_when_they_come() -> Iterator[None]:
    """Heads are compared with the positions of the moment when they come, not of the moment when they were asked for."""
    compare = Follower.compare_heads

    def compare_hastily(self: Follower, epoch: int, sequences: list[int], asked_at: Any = None) -> None:
        compare(self, epoch, sequences)

    with patch.object(Follower, "compare_heads", compare_hastily):
        yield


@contextmanager
def late_card_thrown_away() -> Iterator[None]:
    """A card that comes for a need that does not wait for it any more is passed over."""
    delivered = saga.delivered

    def delivered_if_wanted(need: Any, number: str, delivery: Any, work: Any) -> None:
        order = need.orders[number]
        if need.status is NeedStatus.SOURCING and need.awaits(number):
            delivered(need, number, delivery, work)
        elif order.state != "answered" and need.awaits(number):
            need.call_failed(number, "refused", is_answered=True)
            saga.close(need, work)

    with ExitStack() as patches:
        patches.enter_context(patch.object(reactions, "delivered", delivered_if_wanted))
        patches.enter_context(patch.object(handlers, "delivered", delivered_if_wanted))
        yield


def second_order_elsewhere() -> AbstractContextManager[Any]:
    """A supplier order without an answer for long is taken for refused, and the card is bought elsewhere."""
    timer_class, _ = inventory.timers["inventory.SupplierSilent"]

    def order_elsewhere(timer: Any, work: Any) -> None:
        need = work.get(Need, timer.stream_id)
        if need.status is NeedStatus.SOURCING and need.awaits(timer.number):
            supplier_code = need.orders[timer.number].supplier_code
            need.call_failed(timer.number, "refused", is_answered=True)
            saga.pursue(need, work, from_supplier=supplier_code, reason="refused")

    return patch.dict(inventory.timers, {"inventory.SupplierSilent": (timer_class, order_elsewhere)})
