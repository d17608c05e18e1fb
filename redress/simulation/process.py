"""One process of a service: elected writer or stand-by, alive, frozen or dead, driving the real committer.

Whatever a process will do later belongs to its *life*: a crash ends it, and nothing of it happens any more. While it is frozen, what
falls due is put off until it wakes up, and it does not know that time passed. What it does as writer belongs to its *term* as well.

The queue is emptied into one group per turn, as the real one does. A store fault in the middle of a commit may raise `Crash`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chassis.committer import Committer
from chassis.recalling import recall
from chassis.store.port import EpochNotOpen, GenerationLost, StoreAway
from chassis.unit import Away, Handled, OutcomeUnit, Result, Unit
from redress.simulation.consumer import Consumer
from redress.simulation.poison import PlantedBug
from redress.simulation.relay import Relay
from redress.simulation.scene import Crash, Scene
from redress.simulation.timekeeper import Timekeeper
from redress.simulation.worker import Worker

if TYPE_CHECKING:
    from redress.simulation.node import Node

GROUP_LIMIT = 500
ELECTION_PAUSE_SECONDS = 0.7
IDLE_SESSION_SECONDS = 5.0
ADVICE_SECONDS = 4.0

OnResult = Callable[[Result], None]


class Process:
    """A process of `node`, by name. Starts up at once and stands for election."""

    def __init__(self, node: Node, name: str, settings_advice: Mapping[str, Any]) -> None:
        self.node = node
        self.name = name
        self.settings_advice = settings_advice
        """What this process reads in its settings, and so advises. Kept over crashes."""
        self.scene: Scene = node.scene
        self.life = 0
        self.term = 0
        self.is_up = False
        self.is_frozen = False
        self.has_slept_forward = False
        """It stands still, and its clock was put forward meanwhile."""
        self.clock_offset = timedelta(0)
        self.start()

    @property
    def now(self) -> datetime:
        """The wall clock as this process reads it."""
        return self.scene.clock.now + self.clock_offset

    def jump(self, seconds: float) -> None:
        """Its wall clock is put forward, or back."""
        self.clock_offset += timedelta(seconds=seconds)
        self.has_slept_forward |= seconds > 0 and self.is_frozen
        if self.is_writer:
            self.later(0.0, self._see_to_it, in_term=True)

    def _on_bug(self, error: BaseException) -> None:
        if not isinstance(error, PlantedBug):
            self.scene.bug(self.node.name, error)

    # life

    def start(self) -> None:
        """Come up with nothing in memory."""
        self.is_up, self.is_frozen, self.has_slept_forward = True, False, False
        self._postponed: list[Callable[[], None]] = []
        self._queue: list[tuple[Unit, OnResult]] = []
        self._is_pumping = False
        self._paused_until = 0.0
        self._is_standing = False
        self.session = self.node.store.writer(self.name)
        self.committer = Committer(
            self.node.service,
            self.session,
            activities=self.node.activities,
            on_bug=lambda _unit, error: self._on_bug(error),
        )
        self.committer.advice = self.settings_advice
        self._advised: tuple[int, Mapping[str, Any]] | None = None
        self.relay = Relay(self)
        self.timekeeper = Timekeeper(self)
        self.worker = Worker(self)
        self.consumers = [Consumer(self, self.node.peers[source]) for source in self.node.service.sources]
        self.stand()

    def crash(self) -> None:
        """Die: memory is gone, the session ends a little later, and somebody starts it again."""
        if not self.is_up:
            return
        self.scene.trace.note(self.name, "crashes")
        self.life += 1
        self.term += 1
        self.is_up = False
        clock, chance, life = self.scene.clock, self.scene.chance, self.life
        clock.after(chance.between("crash", 0.0, 2.0), lambda: self.node.end_session(self.name))
        clock.after(chance.between("crash", 2.0, 8.0), lambda: self._start_again(life))

    def _start_again(self, life: int) -> None:
        if life == self.life and not self.is_up:
            self.start()

    def stop(self) -> None:
        """Be stopped by somebody, who will also start it again."""
        self.life += 1
        self.term += 1
        self.is_up = False

    def freeze(self, seconds: float) -> None:
        """Stand still for so long, knowing nothing of it; the database ends an idle session meanwhile."""
        if not self.is_up or self.is_frozen:
            return
        self.scene.trace.note(self.name, f"freezes for {seconds:.1f} s")
        self.is_frozen = True
        life = self.life
        self.scene.clock.after(seconds, lambda: self._wake(life))
        if seconds > IDLE_SESSION_SECONDS:
            self.scene.clock.after(IDLE_SESSION_SECONDS, lambda: self._end_idle_session(life))

    def _end_idle_session(self, life: int) -> None:
        if life == self.life and self.is_frozen:
            self.node.end_session(self.name)

    def _wake(self, life: int) -> None:
        if life != self.life:
            return
        self.scene.trace.note(self.name, "wakes")
        self.is_frozen = self.has_slept_forward = False
        postponed, self._postponed = self._postponed, []
        for action in postponed:
            self._act(life, action)

    def later(self, seconds: float, action: Callable[[], None], *, is_background: bool = False, in_term: bool = False) -> None:
        """Do something later in this life; with `in_term` only while this term lasts."""
        life, term = self.life, self.term

        def act() -> None:
            if not in_term or term == self.term:
                action()

        self.scene.clock.after(seconds, lambda: self._act(life, act), is_background=is_background)

    def _act(self, life: int, action: Callable[[], None]) -> None:
        if life != self.life:
            return
        if self.is_frozen:
            self._postponed.append(action)
            return
        try:
            action()
        except Crash:
            self.crash()
        except GenerationLost:
            self.lose_term()
        except StoreAway:
            self.scene.clock.after(0.5, lambda: self._act(life, action))

    # terms

    @property
    def is_writer(self) -> bool:
        """What this process believes of itself."""
        return self.is_up and self.committer.is_writer

    def stand(self) -> None:
        """Stand for election before long, and again until somebody leads. Who finds the lock held sleeps until its node calls again."""
        if self.is_up and not self._is_standing:
            self._is_standing = True
            pause = self.scene.chance.between("election", 0.0, ELECTION_PAUSE_SECONDS)
            self.later(pause, self._stand_for_election, is_background=True)

    def _stand_for_election(self) -> None:
        self._is_standing = False
        if not self.is_writer:
            self.try_to_lead()
        if not self.is_writer and not self.node.is_led_beside(self):
            self.stand()

    def try_to_lead(self) -> None:
        """Stand for election once, and begin a term when elected."""
        if self.node.is_full:
            return
        try:
            generation = self.session.elect(self.name)
        except (StoreAway, EpochNotOpen):
            return
        if generation is None:
            return
        self.scene.trace.note(self.name, f"leads, generation {generation}")
        self.term += 1
        self.committer.take_over(generation)
        if not self._recall():
            return
        self.relay.begin()
        self.timekeeper.begin()
        self.worker.begin()
        for consumer in self.consumers:
            consumer.begin()
        self._refresh_advice()

    def _recall(self) -> bool:
        """After a restore, handle what was lost before anything else; False where the store went away over it, and the term ends."""
        if not self.node.store.tables.heads().lost:
            return True
        self.node.committing = self
        self.node.steps.begin()
        try:
            for done in recall(self.committer, lambda: self.now):
                self.scene.trace.note(self.name, "recalls " + " ".join(type(settlement.result).__name__ for settlement in done.settlements))
        except StoreAway:
            self.lose_term()
            self.session.resign()
            return False
        except Exception as bug:
            self.scene.bug(self.node.name, bug)
            raise Crash from bug
        finally:
            self.node.committing = None
        return True

    def _refresh_advice(self) -> None:
        """Views follow the log at their leisure, and what is advised follows the views."""
        state = (self.node.store.last_log_id(), self.settings_advice)
        is_stale = self.scene.chance.strikes("advice stale", self.scene.rates.advice_stale)
        if self._advised != state and not is_stale:
            self._advised = state
            self.committer.advice = {**self.settings_advice, **self.node.advice()}
        self.later(ADVICE_SECONDS, self._refresh_advice, is_background=True, in_term=True)

    def lose_term(self) -> None:
        """Another writer was elected: forget everything, and stand for election again."""
        self.scene.trace.note(self.name, "lost its term")
        self.term += 1
        self.committer.step_down()
        queue, self._queue = self._queue, []
        self._is_pumping = False
        for _, on_result in queue:
            on_result(Away("not the writer"))
        self.stand()

    # committing

    def submit(self, unit: Unit, on_result: OnResult) -> None:
        """Queue a unit; `on_result` hears what became of it after the commit."""
        if not self.is_writer:
            on_result(Away("not the writer"))
            return
        self._queue.append((unit, on_result))
        if not self._is_pumping:
            self._is_pumping = True
            pause = self._paused_until - self.scene.clock.seconds
            self.later(max(pause, self.scene.chance.between("pump", 0.001, 0.006)), self._pump, in_term=True)

    def _pump(self) -> None:
        group, self._queue = self._queue[:GROUP_LIMIT], self._queue[GROUP_LIMIT:]
        self._is_pumping = bool(self._queue)
        if self._is_pumping:
            self.later(0.001, self._pump, in_term=True)
        self.node.committing = self
        self.node.steps.begin()
        try:
            done = self.committer.commit([unit for unit, _ in group], self.now)
        except Exception as bug:
            self.scene.bug(self.node.name, bug)
            raise Crash from bug
        finally:
            self.node.committing = None
        results = {id(settlement.unit): settlement.result for settlement in done.settlements}
        self.scene.trace.note(
            self.name, "commits " + " ".join(f"{type(u).__name__[:-4]}>{type(results[id(u)]).__name__}" for u, _ in group)
        )
        self._look_for_old_outcomes(group, results)
        if done.is_store_away:
            # As the real one: whoever is answered "away" comes again at once.
            self._paused_until = self.scene.clock.seconds + ELECTION_PAUSE_SECONDS
        for unit, on_result in group:
            on_result(results[id(unit)])
        if done.is_generation_lost or not self.committer.is_writer:
            self.lose_term()
        else:
            self.later(0.0, self._see_to_it, in_term=True)

    def _look_for_old_outcomes(self, group: list[tuple[Unit, OnResult]], results: dict[int, Result]) -> None:
        for unit, _ in group:
            if isinstance(unit, OutcomeUnit) and isinstance(results[id(unit)], Handled):
                row = self.node.store.tables.intents[unit.intent_key]
                if row.attempt != unit.attempt:
                    what = f"an outcome of attempt {unit.attempt} was taken for attempt {row.attempt}"
                    self.scene.mistaken.append(f"{self.node.name}: {unit.intent_key}: {what}")

    def _see_to_it(self) -> None:
        """Let relay, timers and activities look for what the commit left them."""
        self.relay.arm()
        self.timekeeper.arm()
        self.worker.arm()
