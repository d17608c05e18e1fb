"""Making an entry into a supplier's deposit, once for each key, and what follows for the supplier's traffic."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.errors import Refusal
from chassis.work import Work
from services.inventory.claims.domain.claim import Claim, ClaimOutcome
from services.inventory.deposits.domain.deposit import Deposit, DepositLevel, EntryKind
from services.inventory.deposits.indexes import DepositEntries, OpenDeposits, account_key, entry_data, entry_key
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.availability import note_supplier_back


class EntryMadeDifferently(Refusal):
    code = "deposit-entry-made-differently"
    title = "An entry was made under this key, and differently"


@dataclass(frozen=True, slots=True)
class Account:
    """A supplier's deposit in one currency, over all its periods."""

    shop_id: str
    supplier_code: str
    currency: str

    @property
    def key(self) -> str:
        return account_key(self.shop_id, self.supplier_code, self.currency)


def open_period(account: Account, work: Work) -> Deposit | None:
    """The period that takes entries now; None where the supplier has no deposit."""
    rows = work.look(OpenDeposits.NAME, account.key)
    if not rows:
        return None
    deposit = work.get(Deposit, rows[0].stream_id)
    if not deposit.is_over(work.now):
        return deposit
    deposit.close()
    return _opened(account, work, before=deposit)


def period_to_enter(account: Account, work: Work) -> Deposit:
    """The same; a supplier without a deposit has one from now on."""
    return open_period(account, work) or _opened(account, work, before=None)


def enter(account: Account, work: Work, *, key: str, kind: EntryKind, amount_minor: int, reason: str, entered_by: str) -> Deposit:
    """Make an entry; made just so before: nothing. Raises EntryMadeDifferently and what `Deposit.enter` raises."""
    made = work.look(DepositEntries.NAME, entry_key(account.shop_id, key))
    deposit = period_to_enter(account, work)
    if made:
        if made[0].data != entry_data(account.supplier_code, account.currency, kind, amount_minor):
            raise EntryMadeDifferently(key=key)
        return deposit
    deposit.enter(key=key, kind=kind, amount_minor=amount_minor, reason=reason, entered_by=entered_by)
    steer_traffic(deposit, work)
    return deposit


def steer_traffic(deposit: Deposit, work: Work) -> None:
    """No new orders below the floor; orders again above it."""
    supplier = work.find(Supplier, Supplier.create_id(deposit.shop_id, deposit.supplier_code))
    if supplier is None:
        return
    if deposit.level is DepositLevel.STOPPED:
        supplier.stop_for_deposit(deposit.currency)
    else:
        supplier.go_on_with_deposit(deposit.currency)
        note_supplier_back(supplier, work)


def deduct_claim(claim: Claim, work: Work) -> None:
    """Take what a settled claim is about from the supplier's deposit, where it owes and has one in that currency; once a claim."""
    if claim.outcome in (None, ClaimOutcome.DROPPED) or claim.amount is None or claim.amount.amount_minor == 0:
        return
    account = Account(claim.shop_id, claim.supplier_code, claim.amount.currency)
    if open_period(account, work) is not None:
        enter(
            account,
            work,
            key=f"claim-{claim.id}",
            kind=EntryKind.CLAIM,
            amount_minor=-claim.amount.amount_minor,
            reason=claim.reason,
            entered_by="claim",
        )


def _opened(account: Account, work: Work, *, before: Deposit | None) -> Deposit:
    return Deposit(
        shop_id=account.shop_id,
        supplier_code=account.supplier_code,
        currency=account.currency,
        ordinal=before.ordinal + 1 if before is not None else 1,
        carried_minor=before.balance_minor if before is not None else 0,
        warning_minor=before.warning_minor if before is not None else 0,
        floor_minor=before.floor_minor if before is not None else 0,
    )
