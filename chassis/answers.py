"""What a command is answered: a handler's answer, a refusal as problem details, or a bug that tells nothing.

Stored answers are these bytes, so they hold references and facts, never a secret; a repeat of the request gets the same bytes.
"""

from __future__ import annotations

import msgspec

from chassis.errors import ContractError, RedressError
from chassis.problem import bug_problem_of, problem_of
from chassis.unit import Answer, Answered

_encode = msgspec.json.Encoder().encode


class KeyReused(ContractError):
    code = "idempotency-key-reused"
    title = "This idempotency key was used for another request"


def answered(answer: Answer) -> Answered:
    return Answered(answer.status, _encode(answer.body))


def refused(error: RedressError) -> Answered:
    """The refusal as it is stored and sent."""
    status, _headers, body = problem_of(error, None)
    return Answered(status, _encode(body))


def bug_answer(correlation_id: str) -> Answered:
    """What the sender of a command that ran into a bug is told: an id to ask about, nothing else. It is not stored."""
    status, _headers, body = bug_problem_of(correlation_id, None)
    return Answered(status, _encode(body))
