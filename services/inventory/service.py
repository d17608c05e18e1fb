"""The declaration of the inventory service."""

from chassis.service import Service
from services.inventory.api import routes
from services.inventory.beside import part as beside
from services.inventory.by_hand import part as by_hand
from services.inventory.claims import part as claims
from services.inventory.deposits import part as deposits
from services.inventory.quality import part as quality
from services.inventory.settings import InventorySettings
from services.inventory.settlement import part as settlement
from services.inventory.sourcing import part as sourcing
from services.inventory.stock import part as stock

inventory = Service(
    name="inventory",
    aggregates=[
        *stock.aggregates,
        *sourcing.aggregates,
        *claims.aggregates,
        *deposits.aggregates,
        *quality.aggregates,
        *settlement.aggregates,
        *beside.aggregates,
    ],
    commands=[
        *stock.commands,
        *sourcing.commands,
        *by_hand.commands,
        *claims.commands,
        *deposits.commands,
        *quality.commands,
        *settlement.commands,
        *beside.commands,
    ],
    reactions=[
        *stock.reactions,
        *sourcing.reactions,
        *by_hand.reactions,
        *claims.reactions,
        *deposits.reactions,
        *quality.reactions,
        *settlement.reactions,
        *beside.reactions,
    ],
    activities=[*sourcing.activities, *quality.activities],
    publish=[*stock.publishers, *sourcing.publishers, *claims.publishers, *deposits.publishers, *quality.publishers],
    indexes=[*stock.indexes, *sourcing.indexes, *deposits.indexes, *settlement.indexes],
    views=[*stock.views, *sourcing.views, *claims.views, *deposits.views, *quality.views, *settlement.views, *beside.views],
    routes=routes,
    settings=InventorySettings,
    advice={**sourcing.advice, **stock.advice},
)
