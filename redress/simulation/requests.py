"""Requests of people to a service, sent again until they are answered, and the log of all answers.

A request keeps its idempotency key over all its copies. An answer may be lost on its way back, a copy may arrive late, at a process that
is no writer any more, or twice at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.store.memory import MemoryStore
from chassis.store.rows import InboxKey
from chassis.unit import Answered, CommandUnit, Result
from redress.simulation.node import Node
from redress.simulation.scene import Scene

PATIENCE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of a service. `make` is run at the edge, for each copy that arrives, with the service's store."""

    service: str
    make: Callable[[MemoryStore], CommandUnit | Answered | None]
    """A question is answered at once. None: what is asked about is not known there."""
    then: Callable[[Answered, MemoryStore], CommandUnit | None] = lambda _answer, _store: None
    """What the edge hands over next, having that answer; None: the answer goes to the sender."""


def said_again(request: Request, count: int) -> Request:
    """The same command once more as a request of its own, with another key: who says it means it, whatever was answered before."""

    def make(store: MemoryStore) -> CommandUnit | Answered | None:
        unit = request.make(store)
        if isinstance(unit, CommandUnit) and unit.inbox_key is not None:
            key = unit.inbox_key._replace(key=f"{unit.inbox_key.key}/again-{count}")
            cause = replace(unit.cause, causation_id=f"{unit.cause.causation_id}/again-{count}")
            return replace(unit, inbox_key=key, cause=cause)
        return unit

    return Request(request.service, make)


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """One answer that left a service for a request with a key."""

    service: str
    inbox_key: InboxKey
    status: int
    body: bytes
    at: datetime


class Mailroom:
    """Carries requests to the services of a world."""

    def __init__(self, scene: Scene, nodes: dict[str, Node]) -> None:
        self._scene = scene
        self._nodes = nodes
        self.answers: list[AnswerGiven] = []
        self._keyless_count = 0

    def ask(self, request: Request, on_answer: Callable[[Answered], None], *, tries: int = 1_000) -> None:
        """Send a request until it is answered or `tries` are used up; `on_answer` hears the first answer that comes through."""
        scene, is_answered = self._scene, [False]

        def come(answer: Answered) -> None:
            if not is_answered[0]:
                is_answered[0] = True
                on_answer(answer)

        def attempt(left: int) -> None:
            if is_answered[0] or left == 0:
                return
            copies = 2 if scene.chance.strikes("request twice", scene.rates.request_twice) else 1
            for _ in range(copies):
                scene.clock.after(scene.chance.between("request", 0.001, 0.05), lambda: self._arrive(request, come))
            # A patience that differs a little each time, so that repeats do not march in step with what they wait for.
            scene.clock.after(PATIENCE_SECONDS * scene.chance.between("patience", 0.2, 1.0), lambda: attempt(left - 1))

        attempt(tries)

    def _arrive(self, request: Request, come: Callable[[Answered], None]) -> None:
        scene = self._scene
        process = self._nodes[request.service].writer()
        if process is None or scene.chance.strikes("request lost", scene.rates.request_lost):
            return

        def submit(unit: CommandUnit) -> None:
            process.submit(unit, lambda result: decided(unit.inbox_key, result))

        def take() -> None:
            unit = request.make(process.node.store)
            if unit is None:
                come(Answered(404, b""))
            elif isinstance(unit, Answered):
                come(unit)
            elif unit.inbox_key is None:
                self._keyless_count += 1  # without a key each copy is a request of its own, as at the real edge
                cause = replace(unit.cause, causation_id=f"{unit.cause.causation_id}/{self._keyless_count}")
                submit(replace(unit, cause=cause))
            else:
                submit(unit)

        def decided(inbox_key: InboxKey | None, result: Result) -> None:
            if not isinstance(result, Answered):
                return  # 503 to the sender, who tries again
            if inbox_key is not None:
                self.answers.append(AnswerGiven(request.service, inbox_key, result.status, result.body, scene.clock.now))
            following = request.then(result, process.node.store)
            if following is not None:
                process.later(0.0, lambda: submit(following))
            elif not scene.chance.strikes("answer to client lost", scene.rates.answer_to_client_lost):
                scene.clock.after(scene.chance.between("request", 0.001, 0.05), lambda: come(result))

        process.later(0.0, take)
