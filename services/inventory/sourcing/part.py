"""What sourcing gives the declaration."""

from chassis.aggregate import Aggregate
from chassis.view import View
from services.inventory.sourcing import handlers, publish
from services.inventory.sourcing import reactions as reacting
from services.inventory.sourcing.activities import PlaceOrder
from services.inventory.sourcing.choice import ADVICE
from services.inventory.sourcing.domain.need import Need
from services.inventory.sourcing.domain.supplier import Supplier
from services.inventory.sourcing.views import Needs, SupplierScores, supplier_scores

aggregates: list[type[Aggregate]] = [Supplier, Need]
commands = [handlers]
reactions = [reacting]
activities = [PlaceOrder]
publishers = [publish]
views: list[type[View]] = [Needs, SupplierScores]
advice = {ADVICE: supplier_scores}
