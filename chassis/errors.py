"""The kinds of error, each with a stable code and its facts as fields.

Four kinds, and the edge treats each in one way:

* a *refusal*: a rule says no to a command. 409 unless the class says otherwise; nothing was recorded.
* a *contract error*: a request or message does not fit its contract. 422 over HTTP; a record is parked.
* a *fault*: something we depend on is away. Bounded retry, then 503 with the seconds to wait; never stored.
* a *bug*: an assertion. It has no class here, because nobody should catch it: it crashes in sight.

A class of one kind needs three lines and is raised with its facts as keywords::

    class RefundAlreadyDecided(Refusal):
        code = "refund-already-decided"
        title = "The refund was already decided"

    raise RefundAlreadyDecided(refund_id=refund.id, amount_minor=refund.amount_minor)

Facts travel: they stand in HTTP answers, stored answers and logs. So a fact is an identifier, an amount, a
state or a limit, never a card, a contact or any other value that a person typed.

This file imports the standard library only, so that domain code may use it.
"""

import re
from enum import Enum
from typing import ClassVar
from uuid import UUID

Fact = str | int
"""What a fact looks like once it is recorded: text, a whole number or a boolean."""

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_RESERVED = frozenset({"code", "status", "title", "type", "detail", "instance", "facts", "args", "correlation_id"})


class RedressError(Exception):
    """What our errors share. Raise one of the kinds below, never this.

    `code` is stable kebab-case and part of the published interface; `status` is the HTTP status (so a fact
    about a state says whose: `refund_status`); `title` is one sentence for people, always the same. Each
    keyword of the constructor becomes an attribute and an entry of `facts`: text, whole numbers and booleans
    as they are, enums by their value, UUIDs as text.

    `is_kept`: it is stored with its request's idempotency key, and answers every repeat. Not kept is what may
    change without another request, such as a fact that is still on its way from another service: sent again,
    the same request is decided anew.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    is_kept: ClassVar[bool] = True

    facts: dict[str, Fact]

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        assert _CODE.fullmatch(cls.code), f"{cls.__name__}.code is not kebab-case"

    def __init__(self, **facts: Fact | UUID | Enum) -> None:
        super().__init__()
        reserved = _RESERVED.intersection(facts)
        assert not reserved, f"{type(self).__name__} cannot have facts named {sorted(reserved)}"
        self.facts = {name: _recorded(value) for name, value in facts.items()}
        self.__dict__.update(facts)

    def __str__(self) -> str:
        described = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} ({described})" if described else self.code


class Refusal(RedressError):
    """A rule says no to a command; nothing was recorded."""

    code = "refused"
    status = 409
    title = "A rule does not allow this"


class Unauthorised(Refusal):
    """Nobody we know asks: the credentials are missing, wrong or expired."""

    code = "unauthorised"
    status = 401
    title = "Valid credentials are needed"


class Forbidden(Refusal):
    """We know who asks, and they may not."""

    code = "forbidden"
    status = 403
    title = "This is not allowed for the caller"


class NotFound(Refusal):
    """What is asked for is not there, or must look so to the one who asks."""

    code = "not-found"
    status = 404
    title = "There is no such thing"


class Throttled(Refusal):
    """Too many requests from one source; worth another try after `retry_after_seconds`."""

    code = "throttled"
    status = 429
    title = "Too many requests"

    retry_after_seconds: int

    def __init__(self, *, retry_after_seconds: int, **facts: Fact | UUID | Enum) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)


class ContractError(RedressError):
    """A request or message does not fit its contract; sent again unchanged it never will."""

    code = "contract-error"
    status = 422
    title = "The request does not fit its contract"


class Fault(RedressError):
    """Something we depend on is away or full; worth another try after `retry_after_seconds`."""

    code = "temporarily-unavailable"
    status = 503
    title = "The service cannot do this right now"
    is_kept = False

    retry_after_seconds: int

    def __init__(self, *, retry_after_seconds: int = 1, **facts: Fact | UUID | Enum) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)


def _recorded(value: Fact | UUID | Enum) -> Fact:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, UUID):
        return str(value)
    assert isinstance(value, str | int), f"a fact is text or a whole number, not {type(value).__name__}"
    return value
