"""import: the command that fills the stock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from redress.asking import Caller
from redress.commands.common import DataOption, SettingsOption, UrlOption, console, remarks, settings_of
from redress.composition import SERVICES
from redress.errors import UserError
from redress.importing import import_cards, make_known
from redress.keyring import known_tokens
from redress.place import addresses_of
from services.inventory.stock.card_file import NotText

SHOWN_FAULTS = 20

_FAULTS = {
    "known-card": "this card is in stock already",
    "duplicate": "this card stands on an earlier line",
    "too-long": "too long to be a card",
    "pattern": "does not look like a card of this product",
    "control-characters": "holds characters that no card has",
    "empty": "is empty",
}


def import_command(
    file: Annotated[Path, typer.Argument(help="UTF-8 text, one card a line", exists=True, dir_okay=False)],
    product: Annotated[str, typer.Option(help="Code of the product that the cards are")],
    supplier: Annotated[str, typer.Option(help="Code of the supplier they came from")],
    shop: Annotated[str, typer.Option(help="Id of the shop")],
    create: Annotated[bool, typer.Option("--create", help="List the product and register the supplier (own stock) first")] = False,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Import a file of cards into a shop's stock.

    Each card is encrypted as it arrives. Lines that are no cards, and cards that are known already, are told by their number; the rest
    is imported. The same file imported again adds nothing. The exit code is 1 where no line of the file is a card of the product.
    """
    known, _ = settings_of(data, settings)
    caller = Caller(addresses_of(known, list(SERVICES), url)["inventory"], known_tokens(known).staff_authorization())
    if create:
        make_known(caller, shop_id=shop, product_code=product, supplier_code=supplier)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("lines"), TimeRemainingColumn())
    with Progress(*columns, console=remarks) as bars:
        bar = bars.add_task(file.name, total=None)
        try:
            for progress in import_cards(caller, file, shop_id=shop, product_code=product, supplier_code=supplier):
                bars.update(bar, total=progress.line_count, completed=progress.line)
        except NotText as no_text:
            raise UserError(
                f"Line {no_text.facts['line']} of {file.name} is not UTF-8 text, so nothing was imported. "
                "Save the file as plain text in UTF-8, one card a line."
            ) from None
    for fault in progress.faults[:SHOWN_FAULTS]:
        console.print(f"line {fault.line}: {_FAULTS.get(fault.code, fault.code)}")
    if progress.fault_count > SHOWN_FAULTS:
        console.print(f"and {progress.fault_count - SHOWN_FAULTS} more lines")
    refused = progress.fault_count - progress.duplicate_count
    console.print(f"{progress.imported} imported, {progress.duplicate_count} known already, {refused} {_lines(refused)} refused")
    if progress.imported + progress.duplicate_count == 0:
        raise UserError(f"Nothing was imported: no line of {file.name} is a card of {product}.")


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"
