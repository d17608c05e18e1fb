"""Deposits' commands, decided."""

from __future__ import annotations

from chassis.errors import ContractError
from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from contracts.values import UnfitAmount, minor_digits
from services.inventory.deposits.commands import EnterDeposit, SetDepositLines
from services.inventory.deposits.domain.deposit import Deposit, EntryKind
from services.inventory.deposits.entering import Account, enter, period_to_enter, steer_traffic
from services.inventory.sourcing.domain.supplier import Supplier


class UnknownCurrency(ContractError):
    code = "currency-unknown"
    title = "There is no such currency here"


@handles(EnterDeposit)
def enter_deposit(command: EnterDeposit, work: Work) -> Answer:
    """Make an entry, once for each key; the answer is the balance as it is now."""
    account = _account(command, work)
    return _answer(
        enter(
            account,
            work,
            key=f"staff-{command.key}",
            kind=EntryKind(command.kind),
            amount_minor=command.amount_minor,
            reason=command.reason,
            entered_by=command.staff,
        ),
        201,
    )


@handles(SetDepositLines)
def set_deposit_lines(command: SetDepositLines, work: Work) -> Answer:
    """Draw warning line and floor; traffic follows at once."""
    deposit = period_to_enter(_account(command, work), work)
    deposit.set_lines(warning_minor=command.warning_minor, floor_minor=command.floor_minor, staff=command.staff)
    steer_traffic(deposit, work)
    return _answer(deposit, 200)


def _account(command: EnterDeposit | SetDepositLines, work: Work) -> Account:
    """The account of a supplier that is known; raises NotFound, UnknownCurrency."""
    try:
        minor_digits(command.currency)
    except UnfitAmount:
        raise UnknownCurrency() from None
    work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    return Account(command.shop_id, command.supplier_code, command.currency)


def _answer(deposit: Deposit, status: int) -> Answer:
    return Answer(
        status,
        {
            "supplier_code": deposit.supplier_code,
            "currency": deposit.currency,
            "balance_minor": deposit.balance_minor,
            "warning_minor": deposit.warning_minor,
            "floor_minor": deposit.floor_minor,
            "level": str(deposit.level),
        },
    )
