"""How probable each small evil is at each step where it can happen; a seed leaves most of them out."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Rates:
    """How probable an evil is at each step where it can happen; 0 where this seed leaves it out."""

    store_again: float = 0.0
    answer_lost: float = 0.0
    store_away: float = 0.0
    crash_in_commit: float = 0.0
    freeze_in_commit: float = 0.0
    crash_at_publish: float = 0.0
    crash_at_call: float = 0.0
    freeze_at_call: float = 0.0
    record_lost: float = 0.0
    record_twice: float = 0.0
    record_slow: float = 0.0
    reread: float = 0.0
    request_twice: float = 0.0
    request_lost: float = 0.0
    answer_to_client_lost: float = 0.0
    call_slow: float = 0.0
    timer_twice: float = 0.0
    outcome_twice: float = 0.0
    call_late: float = 0.0
    """A call reaches its party only after its caller has given up waiting."""
    envelope_broken: float = 0.0
    clock_step_at_call: float = 0.0
    """The machine's clock is put forward or back while an attempt is under way."""
    advice_stale: float = 0.0
    advice_scrambled: float = 0.0
    """What is advised of one supplier or product is said of another."""


def rates_of(random: Random) -> Rates:
    """The rates of a seed."""

    def some(probability: float, *values: float) -> float:
        return random.choice(values) if random.random() < probability else 0.0

    return Rates(
        store_again=some(0.3, 0.01, 0.05),
        answer_lost=some(0.3, 0.02, 0.1),
        store_away=some(0.2, 0.005, 0.02),
        crash_in_commit=some(0.3, 0.002, 0.01),
        freeze_in_commit=some(0.3, 0.002, 0.01),
        crash_at_publish=some(0.25, 0.01, 0.03),
        crash_at_call=some(0.25, 0.05, 0.15),
        freeze_at_call=some(0.25, 0.05, 0.2),
        record_lost=some(0.4, 0.02, 0.1, 0.3),
        record_twice=some(0.4, 0.05, 0.3),
        record_slow=some(0.4, 0.05, 0.3),
        reread=some(0.3, 0.05, 0.2),
        request_twice=some(0.4, 0.1, 0.4),
        request_lost=some(0.3, 0.05, 0.2),
        answer_to_client_lost=some(0.3, 0.1, 0.3),
        call_slow=some(0.3, 0.1, 0.3),
        timer_twice=some(0.4, 0.2, 0.5),
        outcome_twice=some(0.3, 0.1, 0.4),
        call_late=some(0.3, 0.1, 0.3),
        envelope_broken=some(0.2, 0.02, 0.1),
        clock_step_at_call=some(0.25, 0.1, 0.4),
        advice_stale=some(0.3, 0.5, 0.9),
        advice_scrambled=some(0.3, 0.3),
    )
