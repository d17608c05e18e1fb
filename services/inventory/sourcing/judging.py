"""What a supplier's answer means for the supplier: its score, its trial, its suspension.

The score is advice, read a moment ago, and becomes part of what it leads to. A supplier on probation is judged by its trial orders
alone, one that stands suspended not at all: what comes now was ordered before.
"""

from __future__ import annotations

from chassis.work import Work
from services.inventory.advised import limits_from
from services.inventory.sourcing.choice import tally_of
from services.inventory.sourcing.domain.standing import PROBATION_FAILED, PROBATION_PASSED, SupplierStatus
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits
from services.inventory.sourcing.timers import ProbationDue, TrialOverdue
from services.inventory.stock.availability import note_supplier_back


def judge(shop_id: str, supplier_code: str, work: Work) -> None:
    """Take a supplier's score over into its stream, and suspend it where it passes the limits."""
    supplier = work.find(Supplier, Supplier.create_id(shop_id, supplier_code))
    if supplier is None:
        return
    tally = tally_of(supplier, work)
    if tally.at is None:
        return
    score = tally.score(work.now)
    supplier.note_score(score=score.score, sample_count=score.sample_count)
    reason = limits_from(SupplierLimits, work.advice("limits")).reason_to_suspend(score, tally.faults_in_row)
    if reason is not None and supplier.status is SupplierStatus.IN_SERVICE:
        suspend_for_a_while(supplier, reason, work, score=score.score, sample_count=score.sample_count, faults_in_row=tally.faults_in_row)


def begin_trial(supplier: Supplier, number: str, work: Work) -> None:
    """Where a supplier is on probation, this order is its trial."""
    if supplier.status is SupplierStatus.ON_PROBATION:
        supplier.begin_trial(number)
        work.set_timer(TrialOverdue(supplier.id, number), due_at=work.now + supplier.limits.trial)


def end_trial(shop_id: str, supplier_code: str, number: str, work: Work, *, is_passed: bool | None) -> None:
    """Where the order was a supplier's trial: count it, suspend it anew, or take it back. None: it says nothing of the supplier."""
    supplier = work.find(Supplier, Supplier.create_id(shop_id, supplier_code))
    if supplier is None or supplier.trial != number:
        return
    work.cancel_timer(TrialOverdue, supplier.id)
    supplier.end_trial(number, is_passed=is_passed)
    if is_passed is False:
        suspend_for_a_while(supplier, PROBATION_FAILED, work)
    elif supplier.has_proved_itself:
        supplier.resume(reason=PROBATION_PASSED)
        note_supplier_back(supplier, work)


def suspend_for_a_while(
    supplier: Supplier, reason: str, work: Work, *, score: int | None = None, sample_count: int = 0, faults_in_row: int = 0
) -> None:
    """Suspend by the rules: until a probation that comes by itself."""
    limits = limits_from(SupplierLimits, work.advice("limits"))
    until = work.now + limits.suspension(supplier.suspension_count + 1)
    supplier.suspend(reason=reason, limits=limits, until=until, score=score, sample_count=sample_count, faults_in_row=faults_in_row)
    work.set_timer(ProbationDue(supplier.id, supplier.standing), due_at=until)
