"""The stock's commands, decided."""

from __future__ import annotations

from uuid import UUID

from chassis.service import handles
from chassis.unit import Answer
from chassis.work import Work
from services.inventory.quality.sampling import begin_inspection
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.stock.availability import note_added
from services.inventory.stock.commands import (
    CompleteBatch,
    ImportCards,
    ListProduct,
    OfferProduct,
    OpenCards,
    SetExpiryMargin,
    SetPolicy,
    TiltOffer,
)
from services.inventory.stock.domain.batch import BatchChunk, CardBatch, Chunk, DuplicateLine
from services.inventory.stock.domain.card import Card, rank_of
from services.inventory.stock.domain.expiry import expiring_rank, issuable_until
from services.inventory.stock.domain.lost_import import LostImport
from services.inventory.stock.domain.product import Product, Source
from services.inventory.stock.domain.product_kind import REUSABLE, KindTerms, checked_listing
from services.inventory.stock.expiring import plan_sweep
from services.inventory.stock.regaining import regain


@handles(ListProduct)
def list_product(command: ListProduct, work: Work) -> Answer:
    """Put a product on sale; listed just so already: the same answer. One that a restore lost is completed."""
    card_pattern, terms = checked_listing(command.kind, command.card_pattern, KindTerms(command.fields, command.use_limit, command.is_sent))
    product = work.find(Product, Product.create_id(command.shop_id, command.product_code))
    if product is None:
        product = Product(
            shop_id=command.shop_id,
            product_code=command.product_code,
            name=command.name,
            kind=command.kind,
            card_pattern=card_pattern,
            terms=terms,
        )
    product.expect_same(name=command.name, kind=command.kind, card_pattern=card_pattern, terms=terms)
    product.complete(card_pattern=card_pattern)
    return Answer(201, {"product_id": str(product.id), "product_code": product.product_code})


@handles(OfferProduct)
def offer_product(command: OfferProduct, work: Work) -> Answer:
    """Note where a product can be bought; a later offer of the same supplier replaces the earlier one."""
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    product.offer(Source(command.supplier_code, command.sku_id, command.price))
    note_added(product, work)
    return Answer(200, {"product_code": product.product_code, "suppliers": list(product.sources)})


@handles(TiltOffer)
def tilt_offer(command: TiltOffer, work: Work) -> Answer:
    """Prefer a supplier for one product, or put it back there."""
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    product.tilt_offer(command.supplier_code, command.tilt)
    return Answer(200, {"product_code": product.product_code, "supplier_code": command.supplier_code, "tilt": command.tilt})


@handles(SetExpiryMargin)
def set_expiry_margin(command: SetExpiryMargin, work: Work) -> Answer:
    """Note how long before they expire cards are issued no more: those that come into stock from now on."""
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    product.set_expiry_margin(command.days)
    return Answer(200, {"product_code": product.product_code, "days": product.expiry_margin_days})


@handles(SetPolicy)
def set_policy(command: SetPolicy, work: Work) -> Answer:
    """Promise something else after the sale: a new version, for orders that are paid from now on."""
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    product.set_policy(command.policy)
    return Answer(200, {"product_code": product.product_code, "version": product.policy_version, "policy": product.policy})


def _streams_of(command: ImportCards) -> list[UUID]:
    """Everything that a chunk touches, so that it comes with one query and not one by one."""
    return [
        Product.create_id(command.shop_id, command.product_code),
        Supplier.create_id(command.shop_id, command.supplier_code),
        CardBatch.create_id(command.shop_id, command.batch_id),
        BatchChunk.create_id(command.shop_id, command.batch_id, command.chunk_number),
        *(Card.create_id(command.shop_id, sealed.fingerprint) for sealed in command.cards),
    ]


@handles(ImportCards, loads=_streams_of)
def import_cards(command: ImportCards, work: Work) -> Answer:
    """Take the cards of one chunk into stock, but for those that are known already, as whatever product.

    A card that a restore had lost is whole again and counts as taken in, but becomes stock only where it was stock. A chunk that was
    taken before is answered as it was then.
    """
    product = work.get(Product, Product.create_id(command.shop_id, command.product_code))
    product.expect_stocked()
    work.get(Supplier, Supplier.create_id(command.shop_id, command.supplier_code))
    batch = work.find(CardBatch, CardBatch.create_id(command.shop_id, command.batch_id))
    if batch is None:
        batch = CardBatch(
            shop_id=command.shop_id,
            batch_id=command.batch_id,
            product_code=command.product_code,
            supplier_code=command.supplier_code,
        )
    taken = batch.chunks.get(command.chunk_number)
    if taken is None:
        batch.expect(product_code=command.product_code, supplier_code=command.supplier_code)
        taken = _stock(command, product, batch, work)
        plan_sweep(product, work, [each.expires_at for each in command.cards if each.expires_at is not None])
        batch.take_chunk(command.chunk_number, taken)
        note_added(product, work)
    return Answer(200, {"batch_id": batch.batch_id, "chunk_number": command.chunk_number, "imported": taken.card_count,
                        "duplicates": taken.duplicates})  # fmt: skip


def _stock(command: ImportCards, product: Product, batch: CardBatch, work: Work) -> Chunk:
    duplicates: list[DuplicateLine] = []
    card_ids: list[UUID] = []
    for position, sealed in enumerate(command.cards):
        rank = rank_of(work.now, position)
        if sealed.expires_at is not None:
            rank = expiring_rank(issuable_until(sealed.expires_at, product.expiry_margin_days), position)
        known = work.find(Card, Card.create_id(command.shop_id, sealed.fingerprint))
        if known is not None and known.is_lost:
            regain(
                known, work, fingerprint=sealed.fingerprint, preview=sealed.preview, reference=sealed.reference,
                rank=rank if sealed.expires_at is not None else None, expires_at=sealed.expires_at,
            )  # fmt: skip
            card_ids.append(known.id)
            continue
        if known is not None:
            duplicates.append(DuplicateLine(sealed.line, known.product_code, known.origin))
            continue
        work.keep(sealed.reference)
        if sealed.remarks is not None:
            work.keep(sealed.remarks)
        card = Card(
            shop_id=command.shop_id,
            fingerprint=sealed.fingerprint,
            preview=sealed.preview,
            reference=sealed.reference,
            product_code=product.product_code,
            supplier_code=command.supplier_code,
            origin=str(batch.id),
            rank=rank,
            expires_at=sealed.expires_at,
            remarks_reference=sealed.remarks,
            is_reusable=product.kind == REUSABLE,
            use_limit=product.terms.use_limit,
        )
        card_ids.append(card.id)
    BatchChunk(
        shop_id=command.shop_id,
        batch_id=command.batch_id,
        chunk_number=command.chunk_number,
        product_code=product.product_code,
        card_ids=tuple(card_ids),
    )
    return Chunk(len(command.cards) - len(duplicates), tuple(duplicates))


@handles(CompleteBatch)
def complete_batch(command: CompleteBatch, work: Work) -> Answer:
    """Say that a file became stock; a second time gives the same answer. Where chunks are missing, they are told, and it is not complete.

    A chunk that was taken can be missing after a restore that took it away again.
    """
    batch = work.get(CardBatch, CardBatch.create_id(command.shop_id, command.batch_id))
    missing = batch.missing_chunks(command.chunk_count)
    if missing:
        return Answer(200, {"batch_id": batch.batch_id, "imported": batch.card_count, "missing_chunks": missing})
    is_complete_now = not batch.is_completed
    batch.complete()
    if is_complete_now:
        begin_inspection(batch, work)
    lost = work.find(LostImport, LostImport.create_id(batch.id))
    if lost is not None:
        lost.make_good()
    return Answer(200, {"batch_id": batch.batch_id, "imported": batch.card_count, "missing_chunks": []})


@handles(OpenCards)
def open_cards(command: OpenCards, work: Work) -> Answer:
    """All of the cards, or none: refused unless each is allocated to the order and neither held nor void."""
    opened = []
    for position, card_id in enumerate(command.card_ids):
        card = work.get(Card, card_id)
        card.open(
            order_number=command.order_number,
            purpose=command.purpose,
            ip_reference=_kept(command.ip_references, position, work),
            device_reference=_kept(command.device_references, position, work),
        )
        opened.append({"card_id": str(card_id), "reference": card.reference, "opened_count": card.opened_count})
    return Answer(200, {"opened": opened})


def _kept(references: tuple[str, ...], position: int, work: Work) -> str | None:
    if not references:
        return None
    work.keep(references[position])
    return references[position]
