"""Importing a card file into a running installation: chunk by chunk over HTTP, repeatable.

The batch is named after the file's content, so the same file sent again, or gone on with after a crash, adds nothing twice.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redress.asking import Caller, Refused
from redress.errors import UserError
from services.inventory.sourcing.api import Registration
from services.inventory.sourcing.domain.supplier import OWN_STOCK
from services.inventory.stock.importing import READ_BYTES, Progress, import_file
from services.inventory.stock.wire import BatchEnd, ChunkAnswer, ChunkRequest, Listing


def import_cards(caller: Caller, file: Path, *, shop_id: str, product_code: str, supplier_code: str) -> Iterator[Progress]:
    """Send the file's cards; after each chunk, and at the end, the progress so far.

    Raises UserError for what the service refuses and for a file that cannot be read or holds nothing, NotText for one that is no text.
    """
    try:
        _check_readable(file)
        yield from _import(caller, file, shop_id, product_code, supplier_code)
    except OSError as failure:
        raise UserError(f"{file} cannot be read: {failure.strerror or type(failure).__name__}.") from failure


def _check_readable(file: Path) -> None:
    """The file is read three times over, so a pipe will not do; raises OSError, UserError."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{file} is no ordinary file: save the cards to one first.")
    if status.st_size == 0:
        raise UserError(f"{file} is empty: there is no card in it.")


def _import(caller: Caller, file: Path, shop_id: str, product_code: str, supplier_code: str) -> Iterator[Progress]:
    product = _product(caller, shop_id, product_code)
    batch_id = batch_name(file, product_code, supplier_code)

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        try:
            return ChunkAnswer.of(caller.send("POST", f"/batches/{batch_id}/chunks", chunk))
        except Refused as refusal:
            if refusal.status != 404:
                raise
            # The product was there a moment ago.
            raise UserError(f"The shop {shop_id} has no supplier {supplier_code}: register it first, or add --create.") from None

    has_sent = False
    for progress in import_file(
        file, send, shop_id=shop_id, product_code=product_code, supplier_code=supplier_code, card_pattern=product["card_pattern"]
    ):
        has_sent = has_sent or progress.imported + progress.duplicate_count > 0
        yield progress
    if has_sent:
        caller.send("POST", f"/batches/{batch_id}/completion", BatchEnd(shop_id=shop_id))


def _product(caller: Caller, shop_id: str, product_code: str) -> Any:
    try:
        return caller.get(f"/products/{quote(product_code, safe='')}", shop_id=shop_id)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise UserError(f"The shop {shop_id} has no product {product_code}: list it first, or add --create.") from None


def make_known(caller: Caller, *, shop_id: str, product_code: str, supplier_code: str, card_pattern: str | None = None) -> None:
    """List the product and register the supplier as own stock, where they are not known yet; raises UserError."""
    caller.send("POST", "/suppliers", Registration(shop_id=shop_id, supplier_code=supplier_code, kind=OWN_STOCK))
    listing = Listing(shop_id=shop_id, product_code=product_code, name=product_code, card_pattern=card_pattern)
    caller.send("POST", "/products", listing)


def batch_name(file: Path, product_code: str, supplier_code: str) -> str:
    """A name that the same file for the same product and supplier gets again."""
    digest = hashlib.sha256(f"{product_code}\n{supplier_code}\n".encode())
    with file.open("rb") as opened:
        while chunk := opened.read(READ_BYTES):
            digest.update(chunk)
    return f"file-{digest.hexdigest()[:24]}"
