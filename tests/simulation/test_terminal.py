"""A blocking command takes turns with a world of virtual time."""

from __future__ import annotations

import pytest

from redress.errors import UserError
from redress.simulation.clock import Clock
from redress.simulation.terminal import Terminal


def test_a_command_waits_in_virtual_time_while_other_things_happen() -> None:
    clock, terminal, happened = Clock(), Terminal(), list[tuple[str, float]]()

    def command() -> None:
        for _ in range(2):
            terminal.wait(lambda resume: clock.after(10.0, lambda: resume(None)))
            happened.append(("command", clock.seconds))

    clock.after(15.0, lambda: happened.append(("world", clock.seconds)))
    terminal.run(command, lambda failure: happened.append(("ended", clock.seconds)))
    assert clock.run(100.0, lambda: True)
    assert happened == [("command", 10.0), ("world", 15.0), ("command", 20.0), ("ended", 20.0)]


def test_what_stops_a_command_is_told_and_what_breaks_it_breaks_the_world() -> None:
    terminal, ends = Terminal(), list[UserError | None]()

    def stopped() -> None:
        raise UserError("not yet")

    def broken() -> None:
        raise ZeroDivisionError

    terminal.run(stopped, ends.append)
    assert [str(each) for each in ends] == ["not yet"]
    with pytest.raises(ZeroDivisionError):
        terminal.run(broken, ends.append)


def test_a_command_that_waits_when_the_world_is_over_ends_with_it() -> None:
    terminal, ends = Terminal(), list[str]()

    def command() -> None:
        try:
            terminal.wait(lambda resume: None)
        finally:
            ends.append("cleared away")

    terminal.run(command, lambda failure: None)
    terminal.close()
    terminal.close()
    assert ends == ["cleared away"]
