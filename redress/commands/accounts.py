"""claim, settlement: the commands for accounts with suppliers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, say, settings_of
from redress.commands.looking import ShopOption, only_shop
from redress.errors import UserError

AMOUNTS = ("sale_minor", "commission_minor", "net_minor")
SUMS = (
    "supplier_code",
    "currency",
    "sales_minor",
    "commission_minor",
    "pending_minor",
    "frozen_minor",
    "withheld_minor",
    "due_minor",
    "in_payout_minor",
    "paid_minor",
    "difference_minor",
)


def claim(
    claim_id: Annotated[UUID, typer.Argument(help="Id of the claim")],
    document: Annotated[
        Path | None,
        typer.Option("--document", help="Write the claim (索赔单) there as a page to print", dir_okay=False, show_default=False),
    ] = None,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show a claim with its evidence: what the supplier answered, what became of the card, and what was said."""
    caller = caller_of("inventory", url, data, settings)
    if document is not None:
        document.write_text(caller.page(f"/claims/{claim_id}"), encoding="utf-8")
        say(f"The claim stands in {document}.")
        return
    found = caller.get(f"/claims/{claim_id}")
    table = Table("", "", show_header=False, box=None)
    for name, value in found.items():
        if not isinstance(value, list):
            table.add_row(name.replace("_", " "), _shown(value))
    console.print(table)
    for name in ("supplier_answers", "card_history", "checks", "claim_history"):
        for each in found[name]:
            console.print(f"{each['at']}  {name.replace('_', ' ')}: {each['what']} {_shown(each['details'])}", markup=False)
    for each in found["notes"]:
        console.print(f"{each['at']}  {each['by']}: {each['text']}", markup=False)


def settlement(
    settlement_id: Annotated[UUID | None, typer.Argument(help="Id of a settlement, to see its lines", show_default=False)] = None,
    check: Annotated[bool, typer.Option("--check", help="Do sales, commission, what is held, due and paid agree? Exit code 1: no")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write the lines of the settlement there", dir_okay=False, show_default=False)
    ] = None,
    supplier: Annotated[str | None, typer.Option(help="Only of this supplier", show_default=False)] = None,
    shop: ShopOption = None,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Show what suppliers and consignors are owed, or one settlement; or check that the books agree."""
    if csv is not None and settlement_id is None:
        raise UserError("Name the settlement that is to be written.")
    caller = caller_of("inventory", url, data, settings)
    if settlement_id is not None:
        if csv is not None:
            csv.write_text(caller.page(f"/settlements/{settlement_id}", accept="text/csv"), encoding="utf-8", newline="")
            say(f"The settlement stands in {csv}.")
            return
        found = caller.get(f"/settlements/{settlement_id}")
        say(f"{found['supplier_code']}, {found['currency']}, number {found['ordinal']}: {found['status']}")
        console.print(_table(found["lines"], ("sold_at", "order_number", "line", "unit", "product_code", "grade", *AMOUNTS)))
        return
    shop_id = shop or only_shop(*settings_of(data, settings))
    if check:
        judged = caller.get("/settlements/check", shop_id=shop_id)
        console.print(_table(judged["accounts"], SUMS))
        console.print(f"settlement_difference: {judged['settlement_difference']}")
        if judged["settlement_difference"]:
            raise typer.Exit(1)
        return
    asked = {"supplier_code": supplier} if supplier is not None else {}
    listed = caller.get("/settlements", shop_id=shop_id, **asked)["settlements"]
    console.print(_table(listed, ("settlement_id", "supplier_code", "currency", "ordinal", "status", "line_count", *AMOUNTS, "reference")))


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    table = Table(*(each.replace("_", " ") for each in columns), box=None)
    for row in rows:
        table.add_row(*(_shown(row[each]) for each in columns))
    return table


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    return "" if value is None else str(value)
