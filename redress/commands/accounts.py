"""claim: the commands for accounts with suppliers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, say


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


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    return "" if value is None else str(value)
