"""After the sales: one consigned card proves bad, the consignor objects and is overruled; the rest is paid out, by two people."""

from __future__ import annotations

from typing import Any

from redress.demo.market import LEE
from redress.demo.staff import Staff


async def settle_with_consignor(staff: Staff) -> None:
    """Claim for one card that was sold, and pay the consignor for all others; raises UserError."""
    due: list[dict[str, Any]] = []

    async def is_due() -> bool:
        due[:] = await _lines(staff, "due")
        return len(due) > 1

    await staff.until(is_due, "Sales of the consignor due")
    card_id = due[0]["card_id"]
    claim = await staff.send("/claims", {"card_id": card_id, "reason": "already_used"})
    claim_path = f"/claims/{claim['claim_id']}"
    await staff.send(f"{claim_path}/answer", {"is_accepted": False, "reason": "was_valid"}, by=LEE)
    await staff.send(f"{claim_path}/decision", {"is_upheld": True, "reason": "proven"})

    async def is_withheld() -> bool:
        return any(each["card_id"] == card_id for each in await _lines(staff, "withheld"))

    await staff.until(is_withheld, "The sale of the bad card withheld")
    found = await staff.ask("/settlements", supplier_code=LEE)
    for settlement in found["settlements"]:
        if settlement["status"] == "open":
            await _pay_out(staff, f"/settlements/{settlement['settlement_id']}", settlement["settlement_id"])


async def _pay_out(staff: Staff, path: str, settlement_id: str) -> None:
    """Who approves does not confirm; where a shop has one person only, the pay-out waits for a second one."""
    first, second, *_ = [*staff.names, None, None]
    await staff.send(f"{path}/payout-request", by=LEE)
    await staff.send(f"{path}/payout-approval", by=first)
    if first is not None:
        await staff.send(f"{path}/payout-confirmation", by=second)
        await staff.send(f"{path}/payment", {"reference": f"TRANSFER-{settlement_id[:8]}"}, by=second)


async def _lines(staff: Staff, status: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await staff.ask("/settlements/lines", supplier_code=LEE, status=status))["lines"]
    return found
