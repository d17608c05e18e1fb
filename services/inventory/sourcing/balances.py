"""Polling our balance at suppliers: a timer, a question, the next timer. At most one timer of a supplier stands at any moment.

How often is a setting (`balance_poll_seconds`, 0: not at all); a supplier that has run out is asked more often (`empty_poll_seconds`),
and at once when it refuses an order for want of money.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Struct

from chassis.activity import Activity, Confirmed, Intent, Outcome, Patience, Performed, Refused, confirmed
from chassis.service import on_outcome, on_timer
from chassis.timer import Timer
from chassis.work import Work
from contracts.values import LARGEST_AMOUNT_MINOR, Money, UnfitAmount, minor_digits
from protocols.http import TransportFault
from services.inventory.settings import InventorySettings
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.sites.kinds import site_class
from services.inventory.sourcing.sites.port import SiteBalance, SupplierError
from services.inventory.stock.availability import note_supplier_back

EMPTY_POLL_SECONDS = 60.0
UNNAMED_CURRENCY = "CNY"
"""Of sites that do not say in which currency they count (the shared shops)."""


class BalanceDue(Timer, frozen=True):
    """A supplier is to be asked for our balance. The aggregate is the supplier."""

    NAME: ClassVar[str] = "inventory.BalanceDue"


class AskBalance(Intent, frozen=True, kw_only=True):
    """Ask a supplier for our balance; `target`: its code."""

    KIND: ClassVar[str] = "inventory.AskBalance"
    supplier_id: UUID


class BalanceTold(Struct, frozen=True):
    """Our balance, as told."""

    balance: Money


class ReadBalance(Activity[AskBalance]):
    """Confirmed brings a BalanceTold. Nothing happens over there, so what was lost is refused, and asked anew at the next turn."""

    intent_class: ClassVar[type[Intent]] = AskBalance
    patience: ClassVar[Patience] = Patience(attempt_seconds=8.0, margin_seconds=2.0)

    async def perform(self, intent: AskBalance) -> Outcome | Performed:
        settings: InventorySettings = self.tools.settings
        account = settings.account(intent.shop_id, intent.target)
        if account is None:
            return Refused("no_account")
        try:
            told = await site_class(account)(account, self.tools.http, self.tools.now).balance()
        except TransportFault:
            return Refused("temporary", is_temporary=True)
        if isinstance(told, SupplierError):
            return Refused(told.error_class.value)
        try:
            return confirmed(BalanceTold(_money(told)))
        except UnfitAmount:
            return Refused("unfit_amount")

    async def ask(self, intent: AskBalance) -> Outcome | Performed:
        return await self.perform(intent)


def _money(told: SiteBalance) -> Money:
    """Rounded down to minor units; a debt is nothing left."""
    currency = told.currency or UNNAMED_CURRENCY
    minor = int(told.amount.scaleb(minor_digits(currency)))
    return Money(min(max(0, minor), LARGEST_AMOUNT_MINOR), currency)


def begin_polling(supplier: Supplier, work: Work) -> None:
    """Have a supplier's balance polled from now on, where it has a site and polls are wanted; a second time changes nothing."""
    if supplier.has_site and not supplier.is_polled and _pause(supplier, work) is not None:
        supplier.begin_polling()
        poll_now(supplier, work)


def ran_out(supplier: Supplier, product_code: str, needed: Money | None, work: Work) -> None:
    """A supplier refused an order for want of money: nothing more is ordered there until there is some."""
    supplier.run_out(product_code=product_code, needed=needed)
    poll_now(supplier, work)


def poll_now(supplier: Supplier, work: Work) -> None:
    """Ask for the balance at once instead of later."""
    work.cancel_timer(BalanceDue, supplier.id)
    work.set_timer(BalanceDue(supplier.id), due_at=work.now)


@on_timer(BalanceDue)
def on_balance_due(timer: BalanceDue, work: Work) -> None:
    """Ask. Each question has a key of its own: the moment in it is that of this timer, which fires once."""
    supplier = work.get(Supplier, timer.stream_id)
    moment = int(work.now.timestamp() * 1_000_000)
    work.intend(
        AskBalance(
            key=f"balance-{supplier.id}-{supplier.version}-{moment}",
            target=supplier.supplier_code,
            shop_id=supplier.shop_id,
            supplier_id=supplier.id,
        )
    )


@on_outcome(AskBalance)
def on_balance(outcome: Outcome, intent: AskBalance, work: Work) -> None:
    """Take the balance, and ask again later."""
    supplier = work.get(Supplier, intent.supplier_id)
    if isinstance(outcome, Confirmed):
        supplier.note_balance(msgspec.json.decode(outcome.reply, type=BalanceTold).balance)
        note_supplier_back(supplier, work)
    pause = _pause(supplier, work)
    work.cancel_timer(BalanceDue, supplier.id)
    if pause is not None:
        work.set_timer(BalanceDue(supplier.id), due_at=work.now + pause)


def _pause(supplier: Supplier, work: Work) -> timedelta | None:
    """Until the next question; None: there is none."""
    limits: Mapping[str, Any] = work.advice("limits")
    seconds = limits.get("balance_poll_seconds", 0.0)
    if supplier.is_out_of_money:
        empty = limits.get("empty_poll_seconds", EMPTY_POLL_SECONDS)
        seconds = min(seconds, empty) if seconds else empty
    return timedelta(seconds=seconds) if seconds else None
