"""Where the open period of a deposit is, and which entries were made, ever."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.index import Drop, Index, Put
from services.inventory.deposits.domain.deposit import Deposit


def account_key(shop_id: str, supplier_code: str, currency: str) -> str:
    """The key of a supplier's deposit in a currency; neither a shop's id nor a currency holds a bar."""
    return f"{shop_id}|{currency}|{supplier_code}"


def entry_key(shop_id: str, key: str) -> str:
    """The key under which an entry is found again; entries of a shop have names of their own."""
    return f"{shop_id}|{key}"


class OpenDeposits(Index):
    """One row for each deposit: its open period."""

    NAME = "open_deposits"
    events = (Deposit.Opened, Deposit.Closed)

    @staticmethod
    def fold(event: object, aggregate: Deposit) -> Iterable[Put | Drop]:
        row_id = str(aggregate.id)
        if isinstance(event, Deposit.Closed):
            return (Drop(row_id),)
        return (Put(row_id, account_key(aggregate.shop_id, aggregate.supplier_code, aggregate.currency)),)


class DepositEntries(Index):
    """One row for each entry, for ever: an entry is made once under its key. `data`: supplier, currency, kind, amount."""

    NAME = "deposit_entries"
    events = (Deposit.Entered,)

    @staticmethod
    def fold(event: Deposit.Entered, aggregate: Deposit) -> Iterable[Put | Drop]:
        key = entry_key(event.shop_id, event.key)
        return (Put(key, key, data=entry_data(event.supplier_code, event.currency, event.kind, event.amount_minor)),)


def entry_data(supplier_code: str, currency: str, kind: str, amount_minor: int) -> str:
    """What an entry is about, to be compared."""
    return f"{currency}|{kind}|{amount_minor}|{supplier_code}"
