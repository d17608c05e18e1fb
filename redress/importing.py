"""Importing a card file into a running installation: chunk by chunk over HTTP, repeatable.

The batch is named after the file's content and how it is read, so the same file sent again, or gone on with after a crash, adds nothing
twice: a chunk that was taken before is answered as it was then.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from redress.asking import Caller, Refused
from redress.errors import UserError
from services.inventory.sourcing.domain.supplier import OWN_STOCK
from services.inventory.sourcing.supplier_routes import Registration
from services.inventory.stock.card_formats import CardFormat, Layout
from services.inventory.stock.card_layout import layout_of
from services.inventory.stock.card_text import Encoding
from services.inventory.stock.importing import ImportTo, Progress, bytes_of, import_file
from services.inventory.stock.wire import BatchEnd, BatchEnded, ChunkAnswer, ChunkRequest, Listing

CHUNKS_AT_ONCE = 3
"""The service takes two chunks in a group at least; the third is on its way meanwhile."""
MAX_COMPLETIONS = 30
"""Each tells up to 1,000 missing chunks, so this is enough for a file of millions of which all are missing."""


def import_cards(
    caller: Caller,
    file: Path,
    *,
    shop_id: str,
    product_code: str,
    supplier_code: str,
    layout: Layout | None = None,
    expires_at: datetime | None = None,
) -> Iterator[Progress]:
    """Send the file's cards; after each chunk, and at the end, the progress so far.

    `layout`: how to read the file (`layout_in`), else found out; `expires_at`: of cards for which the file does not say it. Raises
    UserError for what the service refuses and for a file that cannot be read or holds nothing, NotText for one that is no text,
    UnclearFormat.
    """
    layout = layout or layout_in(file)
    card_pattern = _card_pattern(caller, shop_id, product_code)
    try:
        batch_id = batch_name(file, layout, product_code, supplier_code, card_pattern, expires_at)
        yield from _import(caller, file, layout, ImportTo(batch_id, shop_id, product_code, supplier_code, card_pattern, expires_at))
    except OSError as failure:
        raise _unreadable(file, failure) from failure


def layout_in(file: Path, *, format: CardFormat | None = None, encoding: Encoding | None = None, separator: str | None = None) -> Layout:
    """How to read the file; what is given is not looked for. Raises UserError, NotText, UnclearFormat."""
    try:
        _check_readable(file)
        return layout_of(lambda: bytes_of(file), name=file.name, format=format, encoding=encoding, separator=separator)
    except OSError as failure:
        raise _unreadable(file, failure) from failure


def _unreadable(file: Path, failure: OSError) -> UserError:
    return UserError(f"{file} cannot be read: {failure.strerror or type(failure).__name__}.")


def _check_readable(file: Path) -> None:
    """The file is read three times over, so a pipe will not do; raises OSError, UserError."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{file} is no ordinary file: save the cards to one first.")
    if status.st_size == 0:
        raise UserError(f"{file} is empty: there is no card in it.")


def _import(caller: Caller, file: Path, layout: Layout, to: ImportTo) -> Iterator[Progress]:
    batch_id = to.batch_id

    def send(chunk: ChunkRequest) -> ChunkAnswer:
        try:
            return ChunkAnswer.of(caller.send("POST", f"/batches/{batch_id}/chunks", chunk))
        except Refused as refusal:
            if refusal.status != 404:
                raise
            # The product was there a moment ago.
            raise UserError(f"The shop {to.shop_id} has no supplier {to.supplier_code}: register it first, or add --create.") from None

    has_sent = False
    for progress in import_file(file, send, to, layout=layout, at_once=CHUNKS_AT_ONCE):
        has_sent = has_sent or progress.imported + progress.duplicate_count > 0
        yield progress
    if has_sent:
        _complete(caller, to, progress.chunk_count, lambda only: import_file(file, send, to, layout=layout, only=only))


def _complete(caller: Caller, to: ImportTo, chunk_count: int, send_again: Callable[[set[int]], Iterator[Progress]]) -> None:
    """Complete the batch; chunks that a restore has taken away meanwhile are sent again first. Raises UserError."""
    end = BatchEnd(shop_id=to.shop_id, chunk_count=chunk_count)
    for _ in range(MAX_COMPLETIONS):
        ended = msgspec.convert(caller.send("POST", f"/batches/{to.batch_id}/completion", end), BatchEnded)
        if not ended.missing_chunks:
            return
        for _ in send_again(set(ended.missing_chunks)):
            pass
    raise UserError("Chunks of the import go missing again and again: is the service being restored? Import the file again later.")


def _card_pattern(caller: Caller, shop_id: str, product_code: str) -> str | None:
    try:
        product: dict[str, Any] = caller.get(f"/products/{quote(product_code, safe='')}", shop_id=shop_id)
        pattern: str | None = product["card_pattern"]
        return pattern
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise UserError(f"The shop {shop_id} has no product {product_code}: list it first, or add --create.") from None


def make_known(caller: Caller, *, shop_id: str, product_code: str, supplier_code: str, card_pattern: str | None = None) -> None:
    """List the product and register the supplier as own stock, where they are not known yet; raises UserError."""
    caller.send("POST", "/suppliers", Registration(shop_id=shop_id, supplier_code=supplier_code, kind=OWN_STOCK))
    listing = Listing(shop_id=shop_id, product_code=product_code, name=product_code, card_pattern=card_pattern)
    caller.send("POST", "/products", listing)


def batch_name(
    file: Path,
    layout: Layout,
    product_code: str,
    supplier_code: str,
    card_pattern: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A name that the same file for the same product and supplier gets again, as long as it is cut into the same chunks."""
    read_as = (layout.encoding, layout.format, layout.separator, layout.columns, card_pattern, expires_at)
    digest = hashlib.sha256(f"{product_code}\n{supplier_code}\n{read_as}\n".encode())
    for piece in bytes_of(file):
        digest.update(piece)
    return f"file-{digest.hexdigest()[:24]}"
