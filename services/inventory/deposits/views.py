"""Deposits for people: how each stands, and its entries."""

from __future__ import annotations

from typing import Any

from chassis.view import Row, View
from services.inventory.deposits.domain.deposit import Deposit
from services.inventory.deposits.indexes import account_key


class Deposits(View):
    """One document for each supplier and currency, as it stands now. Sorted by shop, supplier and currency."""

    NAME = "deposits"
    events = (Deposit.Opened, Deposit.LinesSet, Deposit.Entered)

    @staticmethod
    def row_id(event: Any) -> str:
        return account_key(event.shop_id, event.supplier_code, event.currency)

    @staticmethod
    def fold(event: Any, row: Row | None) -> Row:
        document = {"shop_id": event.shop_id, "supplier_code": event.supplier_code, "currency": event.currency}
        if row is not None:
            document = dict(row.document)
        match event:
            case Deposit.Opened():
                document |= {"period": event.ordinal, "carried_minor": event.carried_minor, "balance_minor": event.carried_minor}
                document |= {"warning_minor": event.warning_minor, "floor_minor": event.floor_minor}
                document.setdefault("level", "in_order")
            case Deposit.LinesSet():
                document |= {"warning_minor": event.warning_minor, "floor_minor": event.floor_minor, "level": str(event.level)}
            case _:
                document |= {"balance_minor": event.balance_minor, "level": str(event.level)}
        return Row(deposits_key(document), document)


class DepositLedger(View):
    """One document an entry. Sorted by shop, supplier, currency and time."""

    NAME = "deposit_ledger"
    events = (Deposit.Entered,)

    @staticmethod
    def row_id(event: Any) -> str:
        return f"{event.originator_id}/{event.originator_version}"

    @staticmethod
    def fold(event: Deposit.Entered, row: Row | None) -> Row:
        document = {
            "entry": DepositLedger.row_id(event),
            "at": event.timestamp.isoformat(timespec="microseconds"),
            "shop_id": event.shop_id,
            "supplier_code": event.supplier_code,
            "currency": event.currency,
            "key": event.key,
            "kind": str(event.kind),
            "amount_minor": event.amount_minor,
            "balance_minor": event.balance_minor,
            "level": str(event.level),
            "reason": event.reason,
            "entered_by": event.entered_by,
        }
        return Row(ledger_key(document), document)


def deposits_key(document: dict[str, Any]) -> str:
    """The sort key of a document in `Deposits`."""
    return f"{document['shop_id']}|{document['supplier_code']}|{document['currency']}"


def ledger_prefix(shop_id: str, supplier_code: str, currency: str) -> str:
    """What the sort keys of a deposit's entries begin with."""
    return f"{account_key(shop_id, supplier_code, currency)}|"


def ledger_key(document: dict[str, Any]) -> str:
    """The sort key of an entry in `DepositLedger`."""
    entry, _, version = document["entry"].partition("/")
    return f"{ledger_prefix(document['shop_id'], document['supplier_code'], document['currency'])}{document['at']}|{version:0>4}|{entry}"
