"""The outside as activities see it: a call is answered by the party's pure behaviour, after as long as the party takes.

`Network.http` stands in for the HTTP client of `Tools`. It never waits: it yields the answer with its delay to whoever drives the
coroutine (`worker.py`), and that one goes on with it when the virtual time has come, if it is still alive. Whatever the call did to the
party has happened when it is sent; but for late calls, which reach their party while nobody waits any more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from protocols.http import AnswerLost, HttpReply, HttpRequest, NotSent, TransportFault
from redress.simulation.clock import Clock
from sandbox.behaviour.reaction import Reaction

CLIENT_TIMEOUT_SECONDS = 5.0

Handle = Callable[[HttpRequest, datetime], Reaction]


@dataclass(slots=True)
class Caller:
    """Who is being driven: one attempt (or one question about it) of a service. `deadline` is the attempt's; None when it asks."""

    service: str
    intent_key: str
    attempt: int
    deadline: datetime | None
    true_deadline: datetime | None = None
    """When it is over by the time that goes by, whatever the wall clock is put to."""
    clock_offset: timedelta = timedelta(0)
    """What its wall clock is ahead of the true time."""
    call_count: int = 0


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call that really left: when it came there, to whom, for which attempt of which intent, and as which call of it (from 1).

    `sent_at` is when it left, by the wall clock of its sender; `truly_sent_at` by the true time.
    """

    at: datetime
    sent_at: datetime
    truly_sent_at: datetime
    base_url: str
    request: HttpRequest
    result: HttpReply | TransportFault
    caller: Caller
    number: int


class Answering:
    """Awaiting this yields itself to the driver, which sends the reply in (or throws the fault) after the delay."""

    def __init__(self, result: HttpReply | TransportFault, delay_seconds: float) -> None:
        self.result = result
        self.delay_seconds = delay_seconds

    def __await__(self) -> Generator[Answering, HttpReply, HttpReply]:
        reply: HttpReply = yield self
        return reply


class Network:
    """Who answers under which base URL."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parties: dict[str, Handle] = {}
        self.calls: list[CallMade] = []
        self.caller = Caller("", "", 0, None)
        """Set by the driver before each step."""
        self.after_call: Callable[[], None] = lambda: None
        self.jitter: Callable[[], float] = lambda: 0.02
        self.lateness: Callable[[Caller], float] = lambda _: 0.0
        """Seconds until a call arrives, where that is later than its caller waits."""

    def wall(self) -> datetime:
        """The wall clock of whoever is being driven, as protocols that sign the time read it."""
        return self._clock.now + self.caller.clock_offset

    def attach(self, base_url: str, handle: Handle) -> None:
        self._parties[base_url.rstrip("/")] = handle

    async def http(self, base_url: str, request: Any) -> Any:
        """One exchange, as `Tools.http` promises; raises NotSent or AnswerLost."""
        handle = self._parties.get(base_url.rstrip("/"))
        if handle is None:
            raise NotSent(f"nobody listens at {base_url}")
        caller, sent_at = self.caller, self._clock.now
        caller.call_count += 1
        number = caller.call_count
        late = self.lateness(caller)
        if late > 0:
            # On its way for longer than anybody waits for the answer: it arrives all the same.

            def arrive() -> None:
                self._exchange(handle, base_url, request, caller, sent_at, number)

            self._clock.after(late, arrive)
            return await Answering(AnswerLost("timed out"), CLIENT_TIMEOUT_SECONDS)
        reaction = self._exchange(handle, base_url, request, caller, sent_at, number)
        seconds = reaction.latency_seconds + self.jitter()
        if isinstance(reaction.result, AnswerLost) or seconds > CLIENT_TIMEOUT_SECONDS:
            return await Answering(AnswerLost("timed out"), CLIENT_TIMEOUT_SECONDS)
        return await Answering(reaction.result, seconds)

    def _exchange(self, handle: Handle, base_url: str, request: Any, caller: Caller, sent_at: datetime, number: int) -> Reaction:
        reaction = handle(request, self._clock.now)
        if not isinstance(reaction.result, NotSent):
            wall = sent_at + caller.clock_offset
            self.calls.append(CallMade(self._clock.now, wall, sent_at, base_url, request, reaction.result, caller, number))
            self.after_call()
        return reaction
