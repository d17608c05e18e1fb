"""Intents and what becomes of them: the only way to the outside world.

An *intent* is recorded in the commit that decided it. An *activity* performs it afterwards, always with the same key. The life of an
attempt, as the store sees it:

    pending ──started (owner, deadline)──▶ performed ──▶ confirmed | refused | unknown
                                           crash, silence ─────────────────▶ unknown
    unknown ──asked by our own number──▶ confirmed | refused | absent | unknown (asked again, later and later)
    unknown, and the target cannot be asked ──▶ manual: a person decides
    whatever is not answered, and a person has told it ──▶ absent, and not asked about (`Work.stop_asking`)

*Absent* counts only after the attempt's deadline and a margin: before that the attempt may still be on its way, so the answer is
taken as unknown. A saga fails over, or tries again, only from refused or absent. `settle` is that table as a pure function; the
committer runs it with the row it read under the lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec

from chassis.errors import Fault
from chassis.fingerprint import Fingerprints
from chassis.store.rows import IntentRow, IntentStatus
from chassis.vault import Sealed, Vault


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must happen outside, recorded first. A subclass names its `KIND` and adds what the activity needs.

    `key` is unique in the service and never changes over retries; `target` names whom it calls (one breaker and one limit each).
    """

    KIND: ClassVar[str]
    key: str
    target: str
    shop_id: str


class Confirmed(msgspec.Struct, frozen=True, tag="confirmed"):
    """It happened. `reply` is the JSON of the activity's own reply struct (references and facts, never a secret)."""

    reply: msgspec.Raw = msgspec.Raw(b"null")


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """It certainly did not happen. `code` is the error class; temporary ones may be tried again.

    `retry_after_seconds`: for so long the target wants to hear nothing; None where it does not say.
    """

    code: str
    is_temporary: bool = False
    retry_after_seconds: float | None = None


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """It may have happened: ask before anything is tried again.

    `has_answered`: the target is well and just cannot tell yet, so this is nothing against it.
    """

    reason: str
    has_answered: bool = False


class Absent(msgspec.Struct, frozen=True, tag="absent"):
    """The target, asked by our own number, knows nothing of it."""


Outcome = Confirmed | Refused | Unknown | Absent


def confirmed(reply: msgspec.Struct) -> Confirmed:
    """A confirmation with its reply struct."""
    return Confirmed(msgspec.Raw(msgspec.json.encode(reply)))


IntentT = TypeVar("IntentT", bound=Intent)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an attempt may take and how asking goes on. Seconds; the ask pauses double from first to longest."""

    attempt_seconds: float = 15.0
    margin_seconds: float = 5.0
    first_ask_seconds: float = 1.0
    longest_ask_seconds: float = 60.0

    def ask_pause(self, asked: int) -> timedelta:
        return timedelta(seconds=min(self.first_ask_seconds * 2 ** min(asked, 16), self.longest_ask_seconds))


class Performed(NamedTuple):
    """What an activity brings home: the outcome, and the sealed values that its reply refers to."""

    outcome: Outcome
    sealed: tuple[Sealed, ...] = ()


async def no_way_out(base_url: str, request: Any) -> Any:
    """Stands in for a way out where nobody uses one."""
    raise AssertionError("no way out to addresses that others have named was given")


async def _nothing_kept(reference: str) -> bytes | None:
    return None


async def _no_peer(service: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
    raise Fault(peer=service)


@dataclass(frozen=True, slots=True)
class Tools:
    """What activities are built with. In the simulation `http` answers from the sandbox's pure behaviours, so nothing waits."""

    settings: Any
    """The service's own settings struct."""
    http: Callable[[str, Any], Awaitable[Any]]
    """`(base_url, HttpRequest) -> HttpReply` of `protocols.http`; raises its TransportFaults. Time-outs end inside the attempt."""
    vault: Vault
    fingerprints: Fingerprints
    now: Callable[[], datetime]
    """The wall clock, for protocols that sign the time."""
    open_kept: Callable[[str], Awaitable[bytes | None]] = _nothing_kept
    """A value of the service's own vault by its reference, opened; None where there is none any more. Raises Fault, VaultTampered."""
    peer: Callable[[str, str, str, Any], Awaitable[tuple[int, bytes]]] = _no_peer
    """`(service, method, path, body) -> (status, body)` of another service, with this service's own token; raises Fault."""
    http_public: Callable[[str, Any], Awaitable[Any]] = no_way_out
    """As `http`, for addresses that a shop has named: to the public internet only; a fault with the code `private_target` otherwise."""


class Activity(ABC, Generic[IntentT]):
    """The only place that touches the outside world; one class per intent class.

    `perform` and `ask` return an Outcome (or `Performed` with sealed values) and raise nothing for what the target does: a lost
    answer is `Unknown`, a connection that was refused is `Refused(is_temporary=True)`.
    """

    intent_class: ClassVar[type[Intent]]
    patience: ClassVar[Patience] = Patience()
    concurrency: ClassVar[int] = 8
    is_askable: ClassVar[bool] = True

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    @abstractmethod
    async def perform(self, intent: IntentT) -> Outcome | Performed: ...

    async def ask(self, intent: IntentT) -> Outcome | Performed:
        """What became of an earlier attempt, by our own number. Never called when `is_askable` is False."""
        raise AssertionError(f"{type(self).__name__} is askable but does not ask")


class Settled(NamedTuple):
    """What an outcome does: the row as it is afterwards (None: nothing changes), and whether the saga hears of it."""

    row: IntentRow | None
    outcome: Outcome
    tells_saga: bool


_OPEN = (IntentStatus.STARTED, IntentStatus.UNKNOWN)
_LATE = (IntentStatus.ABSENT, IntentStatus.MANUAL)


def settle(
    row: IntentRow,
    attempt: int,
    outcome: Outcome,
    asked_at: datetime | None,
    now: datetime,
    patience: Patience,
    is_askable: bool,
) -> Settled:
    """Apply an outcome of `attempt` to its intent. `asked_at`: when the question left, where it came by asking.

    "Absent" is believed where it was asked after the attempt's deadline and the margin, however late the answer came: before that,
    what the attempt sent may still have been on its way.

    An outcome of another attempt, or of one that was answered already, changes nothing; only a confirmation that comes after
    "absent" is still told, since it names something that really exists.
    """
    is_open = row.attempt == attempt and row.status in _OPEN
    if isinstance(outcome, Confirmed) and row.attempt == attempt and (is_open or row.status in _LATE):
        return Settled(row._replace(status=IntentStatus.CONFIRMED), outcome, True)
    if not is_open:
        return Settled(None, outcome, False)
    if isinstance(outcome, Refused):
        return Settled(row._replace(status=IntentStatus.REFUSED), outcome, True)
    settled_at = (row.deadline or now) + timedelta(seconds=patience.margin_seconds)
    if isinstance(outcome, Absent):
        if asked_at is not None and asked_at >= settled_at:
            return Settled(row._replace(status=IntentStatus.ABSENT), outcome, True)
        return Settled(row._replace(status=IntentStatus.UNKNOWN, asked=row.asked + 1, due_at=settled_at), outcome, False)
    if not is_askable:
        return Settled(row._replace(status=IntentStatus.MANUAL), outcome, True)
    is_first = row.status is IntentStatus.STARTED
    due_at = now + patience.ask_pause(row.asked)
    return Settled(
        row._replace(status=IntentStatus.UNKNOWN, asked=row.asked + (asked_at is not None), due_at=due_at),
        outcome,
        is_first,
    )
