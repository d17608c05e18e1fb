"""Keeps servers running: one thread watches them and spawns again what died.

A server that keeps dying is tried again more and more slowly, up to every five seconds, for ever: what it serves is
down meanwhile, and its users see that as a fault.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.process import ServerProcess

_log = logging.getLogger(__name__)
_WATCH_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 30.0


@dataclass
class _Watched:
    process: ServerProcess
    spawned_at: float = 0.0
    again_at: float | None = None
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    is_reported: bool = True

    def plan_return(self, now: float) -> None:
        """Note that it was found dead, and when to try again."""
        if now - self.spawned_at > _STEADY_SECONDS:
            self.pause_seconds = _FIRST_PAUSE_SECONDS
        self.again_at = now + self.pause_seconds
        self.pause_seconds = min(self.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)


class Supervisor:
    """Starts servers and keeps them running; `on_restarted` gets the name of one that came back."""

    def __init__(self, processes: Sequence[ServerProcess], on_restarted: Callable[[str], None]) -> None:
        self._watched = [_Watched(process) for process in processes]
        self._on_restarted = on_restarted
        self._is_up = threading.Event()
        self._is_stopping = threading.Event()
        self._is_quiet = threading.Event()
        self._failure: EmbeddedServerError | OSError | None = None
        self._thread = threading.Thread(target=self._keep, name="embedded-servers", daemon=True)

    def start(self) -> None:
        """Return when every server answers; otherwise raises, with none of them left running."""
        self._thread.start()
        self._is_up.wait()
        if self._failure is not None:
            self.stop()
            raise self._failure

    def stop(self) -> None:
        """Stop every server, the last started first; returns when all are gone."""
        if self._thread.ident is None:
            return
        self._is_stopping.set()
        self._is_quiet.wait()  # from here on nothing is spawned any more
        for watched in reversed(self._watched):
            watched.process.stop()
        self._thread.join()

    def _keep(self) -> None:
        try:
            self._bring_up()
            self._is_up.set()
            while not self._is_stopping.wait(_WATCH_SECONDS):
                for watched in self._watched:
                    self._watch(watched)
                self._report()
        except (EmbeddedServerError, OSError) as failure:
            self._failure = failure
        finally:
            self._is_up.set()
            self._is_quiet.set()

    def _bring_up(self) -> None:
        for watched in self._watched:
            self._spawn(watched)
        for watched in self._watched:
            watched.process.wait_until_first_ready(self._is_stopping.is_set)

    def _watch(self, watched: _Watched) -> None:
        name, now = watched.process.spec.name, time.monotonic()
        if watched.process.is_running:
            return
        if watched.again_at is None:
            watched.plan_return(now)
            _log.warning("%s ended by itself; starting it again", name)
        elif now >= watched.again_at:
            try:
                self._spawn(watched)
                watched.process.wait_until_ready(self._is_stopping.is_set)
                watched.is_reported = False
            except (EmbeddedServerError, OSError) as failure:
                watched.plan_return(now)
                _log.error("%s did not come back: %s", name, failure)

    def _report(self) -> None:
        """Tell who came back, once all are there: until then the addresses are not complete."""
        if all(watched.process.is_running for watched in self._watched):
            for watched in self._watched:
                if not watched.is_reported:
                    watched.is_reported = True
                    self._on_restarted(watched.process.spec.name)

    def _spawn(self, watched: _Watched) -> None:
        watched.process.spawn()
        watched.spawned_at = time.monotonic()
        watched.again_at = None
