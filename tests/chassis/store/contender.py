"""A writer in a process of its own, for tests that freeze or kill it: `python -m tests.chassis.store.contender DSN IDLE_SECONDS`.

Reads one command a line and answers each with one line, the result or the name of what was raised:

* `elect`: the generation, or `none`. * `touch`, `mark N`. * `open`: begins a group and reads its marks.
* `commit FIRST COUNT`: writes that many events from that log id in the open group. * `freeze FIRST COUNT`: the same, but
the process stops itself (SIGSTOP) in the middle of the COPY, after saying `frozen`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

from chassis.store.exchange import Batch, MarkNeeds
from chassis.store.port import GenerationLost, GroupAgain, StoreAway
from chassis.store.postgres import PostgresWriter
from chassis.store.rows import EventRow
from chassis.store.transaction import PostgresTransaction
from tests.chassis.store.builders import event


class FreezingRows(list[EventRow]):
    """Rows that stop the process half-way through."""

    def __iter__(self) -> Iterator[EventRow]:
        for number, row in enumerate(super().__iter__()):
            if number == len(self) // 2:
                say("frozen")
                os.kill(os.getpid(), signal.SIGSTOP)
            yield row


class Contender:
    def __init__(self, dsn: str, idle_seconds: float) -> None:
        self.writer = PostgresWriter(dsn, "order", idle_seconds=idle_seconds, lock_seconds=0.5)
        self.generation = 0
        self.group: PostgresTransaction | None = None

    def obey(self, name: str, *numbers: int) -> str:
        if name == "elect":
            elected = self.writer.elect(f"pid-{os.getpid()}")
            self.generation = elected or self.generation
            return str(elected or "none")
        if name == "touch":
            self.writer.touch()
        elif name == "mark":
            self.writer.mark_relayed(numbers[0])
        elif name == "open":
            self.group = self.writer.begin(self.generation)
            self.group.marks(MarkNeeds())
        else:
            assert self.group is not None
            first, count = numbers
            rows = [event(n, f"order-{n}", value=b"v" * 500) for n in range(first, first + count)]
            self.group.write_and_commit(Batch(events=FreezingRows(rows) if name == "freeze" else rows))
        return "done"


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main(dsn: str, idle_seconds: str) -> None:
    contender = Contender(dsn, float(idle_seconds))
    for line in sys.stdin:
        name, *numbers = line.split()
        try:
            say(contender.obey(name, *map(int, numbers)))
        except (GenerationLost, GroupAgain, StoreAway) as error:
            say(type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
