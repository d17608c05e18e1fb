"""What the quality of cards gives the declaration."""

from typing import Any

from chassis.activity import Activity
from chassis.aggregate import Aggregate
from chassis.view import View
from services.inventory.quality import handlers, publish, recoveries, sampling, stopping
from services.inventory.quality import reactions as reacting
from services.inventory.quality.activities import AskSupplier
from services.inventory.quality.domain.card_check import CardCheck
from services.inventory.quality.domain.inspection import BatchInspection
from services.inventory.quality.views import StockAlerts

aggregates: list[type[Aggregate]] = [CardCheck, BatchInspection]
commands = [handlers]
reactions = [reacting, sampling, stopping, recoveries]
activities: list[type[Activity[Any]]] = [AskSupplier]
publishers = [publish]
views: list[type[View]] = [StockAlerts]
