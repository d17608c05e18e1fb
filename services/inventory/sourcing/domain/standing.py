"""Whether a supplier gets orders: it is in service, suspended, or on probation.

    in service ──limits passed, or by hand──▶ suspended ──time over──▶ on probation ──trial orders delivered──▶ in service
                                                  ▲                        │
                                                  └──── a trial failed ────┘        by hand: from anywhere, to anywhere

A supplier that was suspended by hand stays so until a person takes it back. On probation it has one trial order at a time. Each change
has a number: what was tallied before one says nothing of how the supplier does after it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.aggregate import Event, Part, event
from services.inventory.sourcing.domain.supplier_limits import SupplierLimits

BY_HAND, PROBATION_FAILED, PROBATION_PASSED = "by_hand", "probation_failed", "probation_passed"


class SupplierStatus(StrEnum):
    """How a supplier stands."""

    IN_SERVICE = "in_service"
    SUSPENDED = "suspended"
    ON_PROBATION = "on_probation"


class Standing(Part):
    """What is decided about a supplier's standing, by whom, and on what grounds."""

    supplier_code: str
    status: SupplierStatus
    standing: int
    """The number of its standing, from 0."""
    suspension_count: int
    """Suspensions since it was last taken back."""
    probation_at: datetime | None
    limits: SupplierLimits
    """Those of its last suspension."""
    trial: str | None
    """The number of the trial order under way."""
    trials_passed: int

    class Suspended(Event):
        """`reason`: a code, or a person's word. `until`: its probation begins then; None: only a person takes it back."""

        TOPIC = "inventory.Supplier.Suspended"
        class_version = 2
        shop_id: str
        supplier_code: str
        standing: int
        reason: str
        staff: str
        until: datetime | None
        score: int | None
        sample_count: int
        faults_in_row: int
        limits: SupplierLimits

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            nothing = {"shop_id": "", "supplier_code": "", "standing": 0, "staff": "", "until": None, "score": None}
            return {**nothing, "reason": BY_HAND, "sample_count": 0, "faults_in_row": 0, "limits": {}}

    class ProbationBegan(Event):
        TOPIC = "inventory.Supplier.ProbationBegan"
        PRIVATE = True
        shop_id: str
        supplier_code: str
        standing: int

    class TrialBegan(Event):
        TOPIC = "inventory.Supplier.TrialBegan"
        PRIVATE = True
        number: str

    class TrialEnded(Event):
        """`is_passed` None: it says nothing of the supplier."""

        TOPIC = "inventory.Supplier.TrialEnded"
        PRIVATE = True
        number: str
        is_passed: bool | None

    class Resumed(Event):
        TOPIC = "inventory.Supplier.Resumed"
        class_version = 2
        shop_id: str
        supplier_code: str
        standing: int
        reason: str
        staff: str

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
            return {"shop_id": "", "supplier_code": "", "standing": 0, "reason": BY_HAND, "staff": ""}

    @property
    def is_suspended(self) -> bool:
        return self.status is SupplierStatus.SUSPENDED

    @property
    def is_retired(self) -> bool:
        """Whether a person has suspended it, until a person takes it back."""
        return self.is_suspended and self.probation_at is None

    @property
    def may_be_tried(self) -> bool:
        """Whether it stands so that an order may be given to it now."""
        return self.status is SupplierStatus.IN_SERVICE or (self.status is SupplierStatus.ON_PROBATION and self.trial is None)

    def suspend(
        self,
        *,
        reason: str,
        limits: SupplierLimits,
        staff: str = "",
        until: datetime | None = None,
        score: int | None = None,
        sample_count: int = 0,
        faults_in_row: int = 0,
    ) -> None:
        """Order nothing more there. By hand (`until` None) also where a rule has suspended it; a second time changes nothing."""
        if self.is_retired or (self.is_suspended and until is not None):
            return
        self._suspended(
            shop_id=self.shop_id,
            supplier_code=self.supplier_code,
            standing=self.standing + 1,
            reason=reason,
            staff=staff,
            until=until,
            score=score,
            sample_count=sample_count,
            faults_in_row=faults_in_row,
            limits=limits,
        )

    @event(Suspended)
    def _suspended(
        self,
        shop_id: str,
        supplier_code: str,
        standing: int,
        reason: str,
        staff: str,
        until: datetime | None,
        score: int | None,
        sample_count: int,
        faults_in_row: int,
        limits: SupplierLimits,
    ) -> None:
        self.status = SupplierStatus.SUSPENDED
        self.standing = standing
        self.suspension_count += 1
        self.probation_at = until
        self.limits = limits
        self.trial = None

    def begin_probation(self) -> None:
        """Its suspension is over: it may prove itself."""
        assert self.is_suspended, f"a supplier that is {self.status} goes on probation"
        self._probation_began(shop_id=self.shop_id, supplier_code=self.supplier_code, standing=self.standing + 1)

    @event(ProbationBegan)
    def _probation_began(self, shop_id: str, supplier_code: str, standing: int) -> None:
        self.status = SupplierStatus.ON_PROBATION
        self.standing = standing
        self.probation_at = None
        self.trial = None
        self.trials_passed = 0

    def begin_trial(self, number: str) -> None:
        """The one order that it has on probation."""
        assert self.may_be_tried, "a second trial order while one is under way"
        self._trial_began(number=number)

    @event(TrialBegan)
    def _trial_began(self, number: str) -> None:
        self.trial = number

    def end_trial(self, number: str, *, is_passed: bool | None) -> None:
        """The trial order was answered, or is not waited for any more (None)."""
        assert self.trial == number, "a trial order that is not under way ends"
        self._trial_ended(number=number, is_passed=is_passed)

    @event(TrialEnded)
    def _trial_ended(self, number: str, is_passed: bool | None) -> None:
        self.trial = None
        self.trials_passed += is_passed is True

    @property
    def has_proved_itself(self) -> bool:
        """Whether it delivered as many trial orders as were asked for."""
        return self.status is SupplierStatus.ON_PROBATION and self.trials_passed >= self.limits.trial_count

    def resume(self, *, reason: str, staff: str = "") -> None:
        """Order there as ever; a second time changes nothing."""
        if self.status is not SupplierStatus.IN_SERVICE:
            self._resumed(shop_id=self.shop_id, supplier_code=self.supplier_code, standing=self.standing + 1, reason=reason, staff=staff)

    @event(Resumed)
    def _resumed(self, shop_id: str, supplier_code: str, standing: int, reason: str, staff: str) -> None:
        self.status = SupplierStatus.IN_SERVICE
        self.standing = standing
        self.suspension_count = 0
        self.probation_at = None
        self.trial = None
