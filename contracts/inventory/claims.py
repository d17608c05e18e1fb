"""Claims against suppliers, and the deposits they are settled from."""

from __future__ import annotations

from contracts.fields import CurrencyCode, Id, MaskedCard, Moment, Name, ReasonCode, SignedMinor
from contracts.inventory.subject import InventoryMessage, NeedMessage
from contracts.message import published_by
from contracts.values import Money


@published_by("inventory")
class ClaimRaised(NeedMessage, frozen=True, kw_only=True):
    """A supplier owes us for a loss.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `reason`: code. `card_id`: UUID of the
    bad card, null when none came. `amount`: what the card cost us, null when nobody knows. `card_preview`:
    masked, null when no card came. `answer_due_at`: silence until then accepts; null: it waits for an answer.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    reason: ReasonCode
    card_id: Id | None
    amount: Money | None = None
    card_preview: MaskedCard | None = None
    answer_due_at: Moment | None = None


@published_by("inventory")
class ClaimAnswered(NeedMessage, frozen=True, kw_only=True):
    """A supplier, or staff on its behalf, answered a claim; a rejected one waits for staff to decide.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `is_accepted`. `reason`: code.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    is_accepted: bool
    reason: ReasonCode


@published_by("inventory")
class ClaimSettled(NeedMessage, frozen=True, kw_only=True):
    """The end of a claim, said exactly once.

    `claim_id`: UUID. `product_code`, `supplier_code`: what and who. `outcome`: `accepted`, `silent` (no
    answer in time accepts) or `upheld`, by which the supplier owes; or `dropped`. `amount`: what was
    claimed, null when nobody knows. `reason`: code.
    """

    claim_id: Id
    product_code: Name
    supplier_code: Name
    outcome: ReasonCode
    amount: Money | None
    reason: ReasonCode


@published_by("inventory")
class DepositChanged(InventoryMessage, frozen=True, kw_only=True):
    """A supplier's deposit: an entry was made, or its lines were drawn anew.

    `supplier_code`, `currency`: whose. `kind`: `top_up`, `claim`, `release`, `correction`, or `lines`.
    `entry_key`: the entry's own name, null for lines. `amount_minor`: below nothing for what went out.
    `balance_minor`: afterwards; below nothing the supplier owes. `warning_minor`, `floor_minor`: the lines.
    `level`: `in_order`, `low` (below the warning line) or `stopped` (below the floor: no new orders).
    `reason`: code.
    """

    supplier_code: Name
    currency: CurrencyCode
    kind: ReasonCode
    entry_key: Name | None
    amount_minor: SignedMinor
    balance_minor: SignedMinor
    warning_minor: SignedMinor
    floor_minor: SignedMinor
    level: ReasonCode
    reason: ReasonCode
