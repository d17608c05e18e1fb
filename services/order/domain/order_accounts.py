"""Whom the top-ups of an order are for, or where a person delivers: what the buyer filled in, line by line, sealed in the vault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.aggregate import Event, Part, event


@dataclass(frozen=True, slots=True)
class GivenAccount:
    """The fields of one line: sealed, with a fingerprint that tells equal ones, and masked, as (name, preview).

    Of what tells who the buyer is a preview shows nothing at all.
    """

    line: int
    reference: str
    fingerprint: str
    previews: tuple[tuple[str, str], ...]


class OrderAccounts(Part):
    """The accounts of an order, by line; most orders have none."""

    accounts: dict[int, GivenAccount]

    class AccountsGiven(Event):
        TOPIC = "order.Order.AccountsGiven"
        PRIVATE = True
        accounts: tuple[GivenAccount, ...]

    def give_accounts(self, accounts: Iterable[GivenAccount]) -> bool:
        """Note what the buyer filled in, where it is not known (any more); False where nothing is new."""
        new = tuple(each for each in accounts if each.line not in self.accounts)
        if new:
            self._accounts_given(accounts=new)
        return bool(new)

    @event(AccountsGiven)
    def _accounts_given(self, accounts: tuple[GivenAccount, ...]) -> None:
        for each in accounts:
            self.accounts[each.line] = each

    def has_other_accounts(self, accounts: Iterable[GivenAccount]) -> bool:
        """Whether these are for somebody else than those that are known."""
        return any(each.line in self.accounts and self.accounts[each.line].fingerprint != each.fingerprint for each in accounts)

    def account_preview(self, line: int) -> str:
        """The account of a line, masked."""
        given = self.accounts.get(line)
        return " ".join(preview for _, preview in given.previews) if given is not None else ""
