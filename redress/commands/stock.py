"""import, withdraw and export: the commands that fill the stock and take from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from redress.asking import Caller
from redress.commands.common import DataOption, SettingsOption, UrlOption, caller_of, console, remarks, say, settings_of
from redress.composition import SERVICES
from redress.errors import UserError
from redress.exporting import cards_of_batch, cards_of_product, export_cards
from redress.importing import import_cards, layout_in, make_known
from redress.keyring import known_tokens
from redress.place import addresses_of
from redress.withdrawing import withdraw_batch, withdraw_file, withdraw_product
from services.inventory.stock.card_formats import CardFormat, Layout
from services.inventory.stock.card_text import Encoding, NotText
from services.inventory.stock.domain.expiry import expiry_of
from services.inventory.stock.importing import NotTaken

SHOWN_FAULTS = 20

_FAULTS = {
    "duplicate": "this card stands on another line too",
    "too-long": "too long to be a card",
    "pattern": "does not look like a card of this product",
    "control-characters": "holds characters that no card has",
    "empty": "holds no card",
    "fields": "has too few fields, or too many",
    "separator": "has no number, no separator or no secret",
    "quotes": "has a quoted field that does not end on it",
    "expiry": "has an expiry date that is no date, such as 2027-01-31",
    "expired": "expires too soon to be sold",
    "note-too-long": "has a note of more than 64 characters",
    "preview-too-long": "has a preview of more than 255 characters",
    "amount": "has an amount that is no number, such as 2.50",
}
_LEFT = {
    "unknown": "is no card of this shop",
    "reserved": "is reserved for an order",
    "allocated": "is sold",
    "held": "was sold, and is held back",
    "void": "is void already",
    "lost": "lost its secret in a restore",
}
_FORMATS = {
    CardFormat.LINES: "one card a line",
    CardFormat.ACG: "secret║preview║surcharge║cost",
    CardFormat.CSV: "CSV, a card in the first column",
    CardFormat.NUMBERED: "a number, {separator!r} and a secret a line",
}


def import_command(
    file: Annotated[Path, typer.Argument(help="A text file of cards, in UTF-8 or GBK", exists=True, dir_okay=False)],
    product: Annotated[str, typer.Option(help="Code of the product that the cards are")],
    supplier: Annotated[str, typer.Option(help="Code of the supplier they came from")],
    shop: Annotated[str, typer.Option(help="Id of the shop")],
    create: Annotated[bool, typer.Option("--create", help="List the product and register the supplier (own stock) first")] = False,
    format: Annotated[CardFormat | None, typer.Option(help="How a line is written (default: as found)", show_default=False)] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="Of the text (default: as found)", show_default=False)] = None,
    separator: Annotated[
        str | None, typer.Option(help="Between number and secret, or between columns (default: as found)", show_default=False)
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When cards expire of which the file does not say it, such as 2027-01-31", show_default=False)
    ] = None,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Import a file of cards into a shop's stock.

    A file has one card a line, or is written in the way of another shop system: `acg` (secret║preview║surcharge║cost), `csv` (a column
    named secret; note, preview, surcharge, cost and expires_at are kept too), `numbered` (a number, a separator and a secret).

    Each card is encrypted as it arrives. Lines that are no cards, and cards that are known already, are told by their number; the rest
    is imported. The same file imported again adds nothing, so an import that broke off is simply run again. The exit code is 1 where no
    line of the file is a card of the product.
    """
    expires_at = _expiry(expires)
    layout = _layout(file, format, encoding, separator)
    say(f"{file.name} is read as {told(layout)}.")
    known, _ = settings_of(data, settings)
    caller = Caller(addresses_of(known, list(SERVICES), url)["inventory"], known_tokens(known).staff_authorization())
    if create:
        make_known(caller, shop_id=shop, product_code=product, supplier_code=supplier)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("lines"), TimeRemainingColumn())
    with Progress(*columns, console=remarks) as bars:
        bar = bars.add_task(file.name, total=layout.line_count)
        for progress in import_cards(
            caller, file, shop_id=shop, product_code=product, supplier_code=supplier, layout=layout, expires_at=expires_at
        ):
            bars.update(bar, completed=progress.line)
    for fault in sorted(progress.faults, key=lambda each: each.line)[:SHOWN_FAULTS]:
        console.print(f"line {fault.line}: {_why(fault)}", markup=False)
    if progress.fault_count > SHOWN_FAULTS:
        console.print(f"and {progress.fault_count - SHOWN_FAULTS} more lines")
    refused = progress.fault_count - progress.duplicate_count
    console.print(f"{progress.imported} imported, {progress.duplicate_count} known already, {refused} {_lines(refused)} refused")
    console.print(f"The import is named {progress.batch_id}.", markup=False)
    if progress.imported + progress.duplicate_count == 0:
        raise UserError(f"Nothing was imported: no line of {file.name} is a card of {product}.")


def withdraw(
    shop: Annotated[str, typer.Option(help="Id of the shop")],
    reason: Annotated[str, typer.Option(help="Why, in a word or two; it is kept with each card")],
    product: Annotated[str | None, typer.Option(help="All unsold cards of this product", show_default=False)] = None,
    batch: Annotated[str | None, typer.Option(help="All unsold cards of the import of this name", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option(help="The cards of this file", exists=True, dir_okay=False, show_default=False)] = None,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Take unsold cards out of a shop's stock for good.

    A card that is reserved or sold stays, and why is told. A withdrawn card is never sold, not even when it is imported again.
    """
    if [product, batch, file].count(None) != 2:
        raise UserError("Name one of --product, --batch and --file.")
    caller = caller_of("inventory", url, data, settings)
    if product is not None:
        steps = withdraw_product(caller, shop_id=shop, product_code=product, reason=reason)
    elif batch is not None:
        steps = withdraw_batch(caller, shop_id=shop, batch_id=batch, reason=reason)
    else:
        assert file is not None
        steps = withdraw_file(caller, file, shop_id=shop, reason=reason)
    with remarks.status("Withdrawing…") as shown:
        for done in steps:
            shown.update(f"{done.count} withdrawn")
    for card in done.left[:SHOWN_FAULTS]:
        console.print(
            f"{f'line {card.line}' if card.line else f'card {card.card_id}'}: {_LEFT.get(card.reason, card.reason)}", markup=False
        )
    if done.left_count > SHOWN_FAULTS:
        console.print(f"and {done.left_count - SHOWN_FAULTS} more")
    console.print(f"{done.count} withdrawn, {done.left_count} left as they are")


def export(
    file: Annotated[Path, typer.Argument(help="A new file: CSV with all that is known where its name ends in .csv, else one card a line")],
    shop: Annotated[str, typer.Option(help="Id of the shop")],
    product: Annotated[str | None, typer.Option(help="The unsold cards of this product", show_default=False)] = None,
    batch: Annotated[str | None, typer.Option(help="The unsold cards of the import of this name", show_default=False)] = None,
    url: UrlOption = None,
    data: DataOption = None,
    settings: SettingsOption = None,
) -> None:
    """Write unsold cards, in the open, into a file that only you can read.

    Each card keeps who exported it and when. The cards stay in stock: withdraw those that you mean to sell elsewhere.
    """
    if (product is None) == (batch is None):
        raise UserError("Name one of --product and --batch.")
    caller = caller_of("inventory", url, data, settings)
    if product is not None:
        cards = cards_of_product(caller, shop_id=shop, product_code=product)
    else:
        assert batch is not None
        cards = cards_of_batch(caller, shop_id=shop, batch_id=batch)
    with remarks.status("Exporting…") as shown:
        for done in export_cards(caller, cards, file):
            shown.update(f"{done.count} exported")
    console.print(f"{done.count} exported, {done.left_count} not in stock any more")


def told(layout: Layout) -> str:
    """How a file is read, in words."""
    how = _FORMATS[layout.format].format(separator=layout.separator)
    if layout.columns is not None:
        named = ", ".join(name for name in layout.columns if name is not None)
        how = f"CSV with the columns {named}"
    return f"{layout.encoding.upper()} text, {how}"


def _layout(file: Path, format: CardFormat | None, encoding: Encoding | None, separator: str | None) -> Layout:
    if separator is not None and (
        format not in (CardFormat.CSV, CardFormat.NUMBERED) or (format is CardFormat.CSV and len(separator) != 1)
    ):
        raise UserError("A separator goes with --format numbered, or, of one character, with --format csv.")
    try:
        return layout_in(file, format=format, encoding=encoding, separator=separator or None)
    except NotText as no_text:
        raise UserError(
            f"Line {no_text.facts['line']} of {file.name} is no text in {encoding.upper() if encoding else 'UTF-8 or GBK'}, so nothing "
            "was imported. Save the file as plain text in UTF-8, one card a line."
        ) from None


def _expiry(written: str | None) -> datetime | None:
    expires_at = expiry_of(written) if written is not None else None
    if written is not None and expires_at is None:
        raise UserError(f"{written} is no date: write it like 2027-01-31, or 2027-01-31 18:00.")
    return expires_at


def _why(fault: NotTaken) -> str:
    if fault.code != "known-card":
        return _FAULTS.get(fault.code, fault.code)
    source = f", imported as {fault.batch_id}" if fault.batch_id else ""
    return f"this card is known already, as {fault.product_code}{source}"


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"
