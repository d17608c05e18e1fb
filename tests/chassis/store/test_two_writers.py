"""Two writer processes on one PostgreSQL: whoever is frozen or killed loses the election and writes nothing any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chassis.store.backends import PostgresBackend

IDLE_SECONDS = 1.0
DEADLINE_SECONDS = 20.0


class ContenderProcess:
    """The other side of `contender.py`."""

    def __init__(self, dsn: str) -> None:
        command = [sys.executable, "-m", "tests.chassis.store.contender", dsn, str(IDLE_SECONDS)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ask(self, command: str) -> str:
        self.tell(command)
        return self.heard()

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


Start = Callable[[], ContenderProcess]


@pytest.fixture
def start(postgres: PostgresBackend) -> Iterator[Start]:
    started: list[ContenderProcess] = []

    def begin() -> ContenderProcess:
        started.append(ContenderProcess(postgres.dsn))
        return started[-1]

    yield begin
    for each in started:
        each.end()


def wait_until_elected(contender: ContenderProcess) -> str:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (answer := contender.ask("elect")) == "none":
        assert time.monotonic() < deadline, "nobody was elected"
        time.sleep(0.05)
    return answer


def wait_until_frozen(contender: ContenderProcess) -> None:
    """Its state in /proc turns to T."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        stat = Path(f"/proc/{contender.process.pid}/stat").read_text()
        if stat.rpartition(")")[2].split()[0] == "T":
            return
        assert time.monotonic() < deadline, "the contender did not freeze"
        time.sleep(0.01)


def test_of_two_that_stand_at_once_one_wins(start: Start) -> None:
    contenders = [start(), start()]
    for each in contenders:
        each.tell("elect")
    assert sorted(each.heard() for each in contenders) == ["1", "none"]


def test_a_writer_that_is_touched_in_time_keeps_its_lock(start: Start) -> None:
    a, b = start(), start()
    assert a.ask("elect") == "1"
    until = time.monotonic() + 2 * IDLE_SECONDS
    while time.monotonic() < until:
        assert a.ask("touch") == "done"
        assert b.ask("elect") == "none"
    assert a.ask("open") == "done"


def test_a_writer_frozen_between_groups_is_followed_and_writes_nothing(start: Start, postgres: PostgresBackend) -> None:
    a, b = start(), start()
    assert a.ask("elect") == "1"
    a.freeze()
    wait_until_frozen(a)
    assert wait_until_elected(b) == "2"
    assert [b.ask("open"), b.ask("commit 1 3")] == ["done", "done"]
    a.thaw()
    assert a.ask("open") == "GenerationLost"
    assert a.ask("touch") == "GenerationLost"
    assert a.ask("mark 9") == "GenerationLost"
    assert a.ask("elect") == "none"
    assert postgres.store.last_log_id() == 3


def test_a_writer_frozen_inside_a_group_is_followed_and_writes_nothing(start: Start, postgres: PostgresBackend) -> None:
    a, b = start(), start()
    assert [a.ask("elect"), a.ask("open")] == ["1", "done"]
    a.freeze()
    wait_until_frozen(a)
    assert wait_until_elected(b) == "2"
    assert [b.ask("open"), b.ask("commit 1 3")] == ["done", "done"]
    a.thaw()
    assert a.ask("commit 1 2") == "GroupAgain"
    assert a.ask("open") == "GenerationLost"
    assert postgres.store.last_log_id() == 3


def test_a_writer_frozen_in_the_middle_of_a_copy_is_followed_and_writes_nothing(start: Start, postgres: PostgresBackend) -> None:
    """The server's own idle time-outs do not count there: the stand-by has to end it."""
    a, b = start(), start()
    assert [a.ask("elect"), a.ask("open"), a.ask("freeze 1 2000")] == ["1", "done", "frozen"]
    wait_until_frozen(a)
    assert wait_until_elected(b) == "2"
    assert [b.ask("open"), b.ask("commit 1 3")] == ["done", "done"]
    a.thaw()
    assert a.heard() == "GroupAgain"
    assert a.ask("open") == "GenerationLost"
    assert postgres.store.last_log_id() == 3


def test_a_killed_writer_is_followed_at_once(start: Start, postgres: PostgresBackend) -> None:
    a, b = start(), start()
    assert [a.ask("elect"), a.ask("open")] == ["1", "done"]
    assert b.ask("elect") == "none"
    a.end()
    assert wait_until_elected(b) == "2"
    assert [b.ask("open"), b.ask("commit 1 1")] == ["done", "done"]
    assert postgres.store.last_log_id() == 1
