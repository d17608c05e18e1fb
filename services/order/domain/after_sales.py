"""What an after-sales policy allows, in money and in dates: pure arithmetic over a policy that was frozen when the order was paid.

Why a buyer comes back decides what is looked at:

    not_delivered   nothing came                       all of the price, whatever the policy says
    never_worked    the card was bad from the start    all of the price, whatever the policy says
    stopped         it worked, and then it did not     the warranty; where that is over, as for a change of mind
    changed_mind    the card works                     the refund rule, less its fee

Days are of 24 hours and count from the delivery of the unit. With a pro-rata warranty the days that are left count whole, the one
under way included, so on the day of delivery all of the price comes back; the share is then rounded down to a whole minor unit. A fee
is rounded up. So no rounding ever gives more than was paid, nor more than the rule says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.values import AfterSalesPolicy, Money

_DAY = timedelta(days=1)
_WHOLE = 10_000
"""Basis points of a whole."""


class Ground(StrEnum):
    """Why a buyer comes back."""

    NOT_DELIVERED = "not_delivered"
    NEVER_WORKED = "never_worked"
    STOPPED = "stopped"
    CHANGED_MIND = "changed_mind"


@dataclass(frozen=True, slots=True)
class FrozenPolicy:
    """The policy of a product as it was when an order was paid, with its version."""

    version: int
    policy: AfterSalesPolicy


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of one unit: its price, when it was delivered (None: not yet) and whether the buyer ever saw the card."""

    price: Money
    delivered_at: datetime | None
    is_revealed: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be given: `refund`, nothing where it is zero, and whether another card may be given instead.

    `reason`: what it rests on (not_delivered, never_worked, warranty, refund_period, unused), or why it is nothing (no_refunds,
    period_over, card_was_shown). `borne_by`: whom it costs.
    """

    refund: Money
    is_exchangeable: bool
    reason: str
    borne_by: str


def refundable_until(policy: AfterSalesPolicy, delivered_at: datetime) -> datetime | None:
    """Until when a buyer may change their mind; None where never, or, for `unused`, without an end."""
    if policy.refund == "none" or policy.refund_days is None:
        return None
    return delivered_at + policy.refund_days * _DAY


def warranty_until(policy: AfterSalesPolicy, delivered_at: datetime) -> datetime | None:
    """Until when a card that stops working is made good; None where it is not."""
    return delivered_at + policy.warranty_days * _DAY if policy.warranty_days else None


def allowed(policy: AfterSalesPolicy | None, unit: UnitFacts, ground: Ground, at: datetime) -> Allowed:
    """What may be given for a unit at a moment. `policy` None: the shop promised nothing beyond a card that works when it is delivered."""
    if unit.delivered_at is None or ground is Ground.NOT_DELIVERED:
        return Allowed(unit.price, True, Ground.NOT_DELIVERED.value, "shop")
    promised = policy or AfterSalesPolicy(refund="none")
    if ground is Ground.NEVER_WORKED:
        return Allowed(unit.price, promised.is_exchangeable, Ground.NEVER_WORKED.value, promised.borne_by)
    given_back = _change_of_mind(promised, unit, unit.delivered_at, at)
    if ground is Ground.CHANGED_MIND:
        return given_back
    made_good = _warranty(promised, unit, unit.delivered_at, at)
    if made_good is None or made_good.refund.amount_minor < given_back.refund.amount_minor:
        return given_back
    return made_good


def _change_of_mind(policy: AfterSalesPolicy, unit: UnitFacts, delivered_at: datetime, at: datetime) -> Allowed:
    nothing = Money(0, unit.price.currency)
    if policy.refund == "none":
        return Allowed(nothing, False, "no_refunds", "buyer")
    until = refundable_until(policy, delivered_at)
    if until is not None and at >= until:
        return Allowed(nothing, False, "period_over", "buyer")
    if policy.refund == "unused" and unit.is_revealed:
        return Allowed(nothing, False, "card_was_shown", "buyer")
    price = unit.price.amount_minor
    fee = -(-price * policy.fee_basis_points // _WHOLE)  # rounded up
    return Allowed(Money(price - fee, unit.price.currency), False, "unused" if policy.refund == "unused" else "refund_period", "shop")


def _warranty(policy: AfterSalesPolicy, unit: UnitFacts, delivered_at: datetime, at: datetime) -> Allowed | None:
    until = warranty_until(policy, delivered_at)
    if until is None or at >= until:
        return None
    price = unit.price.amount_minor
    if policy.is_pro_rata:
        days_left = min(-((at - until) // _DAY), policy.warranty_days)  # the day under way counts whole; none before the delivery
        price = price * days_left // policy.warranty_days
    return Allowed(Money(price, unit.price.currency), policy.is_exchangeable, "warranty", policy.borne_by)
