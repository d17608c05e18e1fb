"""What settlement gives the declaration."""

from chassis.aggregate import Aggregate
from chassis.index import Index
from chassis.view import View
from services.inventory.settlement import handlers, selling
from services.inventory.settlement.domain.sale_line import SaleLine
from services.inventory.settlement.domain.settlement import Settlement
from services.inventory.settlement.indexes import LastSettlements
from services.inventory.settlement.views import SaleLines, Settlements, SettlementSums

aggregates: list[type[Aggregate]] = [SaleLine, Settlement]
commands = [handlers]
reactions = [selling]
indexes: list[type[Index]] = [LastSettlements]
views: list[type[View]] = [SettlementSums, Settlements, SaleLines]
