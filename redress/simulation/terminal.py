"""A person at a terminal: commands of the product, which are blocking code, run in a world whose time is virtual.

A command has a thread of its own, and world and thread take turns: one of them always waits for the other, so nothing is left to chance.
Where the command would wait, it says what for (`wait`), and the world goes on until that has come.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Semaphore, Thread
from typing import Any

from redress.errors import UserError

Resume = Callable[[Any], None]
Ask = Callable[[Resume], None]
"""Sets something going in the world, which calls back with what came of it, not before it returns."""


class TerminalClosed(BaseException):
    """The world is over (not an Exception: no command may catch it)."""


class Terminal:
    """One command at a time."""

    def __init__(self) -> None:
        self._turn_of_command = Semaphore(0)
        self._turn_of_world = Semaphore(0)
        self._thread: Thread | None = None
        self._asked: Ask | None = None
        self._answer: Any = None
        self._failure: BaseException | None = None
        self._then: Callable[[UserError | None], None] = lambda failure: None
        self._is_closed = False

    def run(self, command: Callable[[], None], then: Callable[[UserError | None], None]) -> None:
        """Run a command; `then` hears how it ended. What else it raises, the world raises."""
        assert self._thread is None, "one command at a time"
        self._then = then
        self._thread = Thread(target=self._work, args=(command,), daemon=True)
        self._thread.start()
        self._await_turn()

    def wait(self, ask: Ask) -> Any:
        """Called by the command: what came of it."""
        self._asked = ask
        self._turn_of_world.release()
        self._turn_of_command.acquire()
        if self._is_closed:
            raise TerminalClosed
        return self._answer

    def close(self) -> None:
        """End the command that waits, if one does."""
        if self._thread is not None:
            self._is_closed = True
            self._turn_of_command.release()
            self._thread.join()
            self._thread = None

    def _work(self, command: Callable[[], None]) -> None:
        self._failure = None
        try:
            command()
        except BaseException as failure:  # noqa: BLE001 - the top of a thread: the world raises it
            self._failure = failure
        finally:
            self._turn_of_world.release()

    def _resume(self, answer: Any) -> None:
        self._answer = answer
        self._turn_of_command.release()
        self._await_turn()

    def _await_turn(self) -> None:
        self._turn_of_world.acquire()
        if self._asked is not None:
            ask, self._asked = self._asked, None
            ask(self._resume)
            return
        self._thread, failure = None, self._failure
        if failure is not None and not isinstance(failure, UserError):
            raise failure
        self._then(failure)
