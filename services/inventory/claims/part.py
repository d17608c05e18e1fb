"""What claims give the declaration."""

from chassis.aggregate import Aggregate
from chassis.view import View
from services.inventory.claims import handlers, publish, recoveries, timers
from services.inventory.claims.domain.claim import Claim
from services.inventory.claims.views import Claims, OpenClaims

aggregates: list[type[Aggregate]] = [Claim]
commands = [handlers]
reactions = [timers, recoveries]
publishers = [publish]
views: list[type[View]] = [Claims, OpenClaims]
