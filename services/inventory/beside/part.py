"""What the shop beside us gives the declaration."""

from chassis.aggregate import Aggregate
from chassis.view import View
from services.inventory.beside import handlers
from services.inventory.beside import reactions as beside_reactions
from services.inventory.beside.domain.shop_stock import ShopStock
from services.inventory.beside.views import RowsToRemove, SoldTwice

aggregates: list[type[Aggregate]] = [ShopStock]
commands = [handlers]
reactions = [beside_reactions]
views: list[type[View]] = [RowsToRemove, SoldTwice]
