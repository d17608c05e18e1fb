"""What claims give the declaration."""

from chassis.aggregate import Aggregate
from services.inventory.claims import publish
from services.inventory.claims.domain.claim import Claim

aggregates: list[type[Aggregate]] = [Claim]
publishers = [publish]
