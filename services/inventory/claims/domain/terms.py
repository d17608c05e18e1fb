"""The terms of a claim, as they were when it was raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANSWER_LIMIT_SECONDS = 72 * 3_600.0
LIMIT_NAME = "claim_answer_seconds"


def answer_limit_of(advice: Mapping[str, Any]) -> float:
    """How long a supplier may be silent before that accepts, as the installation sets it; three days where it says nothing."""
    return float(advice.get(LIMIT_NAME, ANSWER_LIMIT_SECONDS))
