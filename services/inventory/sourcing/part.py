"""What sourcing gives the declaration."""

from typing import Any

from chassis.activity import Activity
from chassis.aggregate import Aggregate
from chassis.index import Index
from chassis.view import View
from services.inventory.sourcing import balances, ending, handlers, publish, recoveries
from services.inventory.sourcing import reactions as reacting
from services.inventory.sourcing.activities import CancelOrder, FindDeliveries, PlaceOrder
from services.inventory.sourcing.alerts import Alerts
from services.inventory.sourcing.balances import ReadBalance
from services.inventory.sourcing.choice import ADVICE
from services.inventory.sourcing.domain.alert import Alert
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.indexes import AskableSuppliers
from services.inventory.sourcing.supplier_views import Suppliers
from services.inventory.sourcing.tallies import SupplierTallies, supplier_tallies
from services.inventory.sourcing.views import Needs

aggregates: list[type[Aggregate]] = [Supplier, Need, Alert]
commands = [handlers]
reactions = [reacting, ending, balances, recoveries]
activities: list[type[Activity[Any]]] = [PlaceOrder, CancelOrder, FindDeliveries, ReadBalance]
publishers = [publish]
indexes: list[type[Index]] = [AskableSuppliers]
views: list[type[View]] = [Needs, Suppliers, SupplierTallies, Alerts]
advice = {ADVICE: supplier_tallies}
