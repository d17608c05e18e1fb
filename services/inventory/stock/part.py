"""What the stock gives the declaration."""

from chassis.aggregate import Aggregate
from chassis.index import Index
from chassis.view import View
from services.inventory.stock import availability, expiring, exporting, handlers, publish, recoveries, withdrawing
from services.inventory.stock.domain.batch import BatchChunk, CardBatch
from services.inventory.stock.domain.card import Card
from services.inventory.stock.domain.lost_import import LostImport
from services.inventory.stock.domain.product import Product
from services.inventory.stock.indexes import FreeCards, TakenOverCards
from services.inventory.stock.views import LostImports, StockCounts

aggregates: list[type[Aggregate]] = [Product, CardBatch, BatchChunk, Card, LostImport]
commands = [handlers, withdrawing, exporting]
reactions = [recoveries, expiring, availability]
publishers = [publish]
indexes: list[type[Index]] = [FreeCards, TakenOverCards, availability.OffSale]
views: list[type[View]] = [StockCounts, LostImports]
advice = {availability.ADVICE: availability.stock_counts}
