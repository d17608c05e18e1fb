"""Settlement's commands, decided."""

from __future__ import annotations

from chassis.errors import ContractError, Refusal
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.settlement.commands import HoldLine, MarkPaid, PriceLine, SetTerms, StepPayout
from services.inventory.settlement.domain.sale_line import Price, SaleLine
from services.inventory.settlement.domain.settlement import Settlement
from services.inventory.settlement.domain.terms import terms_of
from services.inventory.settlement.holding import hold_line, release_line, settle_if_ready, withhold_line
from services.inventory.sourcing.domain.supplier import Supplier


class UnknownGrade(ContractError):
    code = "consignor-grade-unknown"
    title = "The settings have no such grade"


class PayoutConfirmed(Refusal):
    code = "settlement-payout-confirmed"
    title = "The line is being paid out, or is paid: a deposit may owe instead"


@handles(SetTerms)
def set_terms(command: SetTerms, work: Work) -> Answer:
    """Note how the sales of a supplier are settled from now on; what was sold keeps its terms."""
    if command.grade is not None and command.grade not in terms_of(work.advice("limits")).grades:
        raise UnknownGrade(grade=command.grade)
    supplier = work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    supplier.set_terms(is_on_account=command.is_on_account, grade=command.grade, staff=command.staff)
    return Answer(
        200,
        {
            "supplier_code": supplier.supplier_code,
            "is_settled_later": supplier.is_settled_later,
            "is_on_account": supplier.is_on_account,
            "grade": supplier.grade,
        },
    )


@handles(PriceLine)
def price_line(command: PriceLine, work: Work) -> Answer:
    """Say what an unpriced line is worth."""
    line = work.get(SaleLine, command.line_id)
    line.set_price(Price(command.sale.currency, command.sale.amount_minor, command.commission_minor), priced_by=command.staff)
    settle_if_ready(line, work)
    return _line_answer(line)


@handles(HoldLine)
def hold(command: HoldLine, work: Work) -> Answer:
    """Freeze, release or withhold a line by hand; raises PayoutConfirmed where that is too late."""
    line = work.get(SaleLine, command.line_id)
    name = f"staff-{command.reason}"
    if command.action == "release":
        release_line(line, name if name in line.holds else command.reason, work)
    elif not (hold_line if command.action == "hold" else withhold_line)(line, name, work):
        raise PayoutConfirmed(settlement_id=line.settlement_id or "")
    return _line_answer(line)


@handles(StepPayout)
def step_payout(command: StepPayout, work: Work) -> Answer:
    """Ask for a pay-out, refuse, approve or confirm it."""
    settlement = work.get(Settlement, command.settlement_id)
    match command.step:
        case "request":
            settlement.request(command.by)
        case "refusal":
            settlement.refuse(command.by)
        case "approval":
            settlement.approve(command.by)
        case "confirmation":
            settlement.confirm(command.by)
    return _payout_answer(settlement)


@handles(MarkPaid)
def mark_paid(command: MarkPaid, work: Work) -> Answer:
    """Note the transfer of a confirmed pay-out."""
    settlement = work.get(Settlement, command.settlement_id)
    settlement.mark_paid(command.staff, command.reference)
    return _payout_answer(settlement)


def _line_answer(line: SaleLine) -> Answer:
    return Answer(200, {"line_id": str(line.id), "status": str(line.status), "holds": list(line.holds)})


def _payout_answer(settlement: Settlement) -> Answer:
    return Answer(
        200,
        {
            "settlement_id": str(settlement.id),
            "status": str(settlement.status),
            "net_minor": settlement.net_minor,
            "currency": settlement.currency,
        },
    )
