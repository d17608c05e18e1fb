"""What was said about deposits before a restore and is forgotten: the same entry is made again, under its key."""

from __future__ import annotations

from chassis.service import recovers
from chassis.work import Work
from contracts.inventory import DepositChanged
from services.inventory.deposits.domain.deposit import EntryKind
from services.inventory.deposits.entering import Account, enter, period_to_enter, steer_traffic

SAID_BEFORE = "said_before"


@recovers(DepositChanged)
def change_again(message: DepositChanged, work: Work) -> None:
    """The lines are drawn, or the entry is made, as was said; known already: nothing."""
    account = Account(message.shop_id, message.supplier_code, message.currency)
    if message.entry_key is None:
        deposit = period_to_enter(account, work)
        deposit.set_lines(warning_minor=message.warning_minor, floor_minor=message.floor_minor, staff=SAID_BEFORE)
        steer_traffic(deposit, work)
    else:
        enter(
            account,
            work,
            key=message.entry_key,
            kind=EntryKind(message.kind),
            amount_minor=message.amount_minor,
            reason=message.reason,
            entered_by=SAID_BEFORE,
        )
