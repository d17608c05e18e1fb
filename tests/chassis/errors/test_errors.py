"""Errors carry a stable code and their facts, and nothing else."""

from enum import StrEnum
from uuid import UUID

import pytest

from chassis.errors import (
    ContractError,
    Fault,
    Forbidden,
    NotFound,
    RedressError,
    Refusal,
    Throttled,
    Unauthorised,
)


class RefundStatus(StrEnum):
    PAID = "paid"


class RefundAlreadyDecided(Refusal):
    code = "refund-already-decided"
    title = "The refund was already decided"


def test_facts_are_attributes_and_are_recorded_as_plain_values() -> None:
    refund_id = UUID(int=7)
    refusal = RefundAlreadyDecided(refund_id=refund_id, refund_status=RefundStatus.PAID, amount_minor=100, is_partial=True)
    assert refusal.facts == {
        "refund_id": str(refund_id),
        "refund_status": "paid",
        "amount_minor": 100,
        "is_partial": True,
    }
    assert type(refusal.facts["refund_status"]) is str
    assert refusal.__dict__["refund_id"] is refund_id


def test_an_error_tells_its_code_and_its_facts() -> None:
    assert str(RefundAlreadyDecided(refund_id="r-1")) == "refund-already-decided (refund_id=r-1)"
    assert str(RefundAlreadyDecided()) == "refund-already-decided"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RefundAlreadyDecided(), 409),
        (Unauthorised(), 401),
        (Forbidden(), 403),
        (NotFound(), 404),
        (Throttled(retry_after_seconds=3), 429),
        (ContractError(), 422),
        (Fault(), 503),
    ],
)
def test_each_kind_has_its_status(error: RedressError, status: int) -> None:
    assert error.status == status


def test_what_may_be_tried_again_says_after_how_many_seconds() -> None:
    assert Throttled(retry_after_seconds=3).retry_after_seconds == 3
    assert Fault(retry_after_seconds=9).facts == {"retry_after_seconds": 9}


def test_a_fact_that_would_hide_a_field_of_the_error_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="status"):
        RefundAlreadyDecided(status="paid")


def test_a_fact_that_is_not_a_plain_value_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="list"):
        RefundAlreadyDecided(units=["u-1"])  # type: ignore[arg-type]


def test_a_code_that_is_not_kebab_case_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="kebab-case"):
        type("Wrong", (Refusal,), {"code": "Not_Kebab"})
