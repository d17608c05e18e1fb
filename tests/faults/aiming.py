"""Stopping a writer's process in the middle of a transaction: PostgreSQL is asked again and again what the writer's backend is doing, and
the process gets its SIGSTOP as soon as that is the right thing.

Between the look and the signal the process goes on for a moment, so what was hit is looked at afterwards, once the backend waits for its
client. Three things count as a hit:

    COPY            the backend is inside COPY … FROM STDIN and waits for the rest of the rows
    transaction     the transaction is open, between two statements or inside a pipeline
    unheard COMMIT  it was committed, and the answer lies in the process's socket, unread

Anything else is a miss: the process goes on at once, and the aim is taken again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psycopg

from tests.faults.attempts import LATEST_START, Version
from tests.faults.house import House

COPY, TRANSACTION, UNHEARD = "COPY", "transaction", "unheard COMMIT"
SETTLED_WITHIN_SECONDS = 1.0
LOOKING_SECONDS = 0.5
HELD_EVERY_SECONDS, HELD_SECONDS = 2.0, 2.0
"""Shorter than the session limit, so it costs no election."""

LOOK = """
    SELECT state, query, wait_event_type, xact_start IS NOT NULL, backend_xid::text, client_port FROM pg_stat_get_activity(%s)
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a backend is doing."""

    state: str
    query: str
    wait: str | None
    is_in_transaction: bool
    transaction_id: str | None
    client_port: int | None

    def is_inside(self, wanted: str) -> bool:
        """Whether now is the moment to shoot at this."""
        if wanted == COPY:
            return self.state == "active" and self.query.startswith("COPY")
        return self.state == "idle in transaction" or (self.state == "active" and self.query == "COMMIT")


@dataclass(frozen=True, slots=True)
class Stopped:
    """A process that stands still; `name` is the child's."""

    name: str
    what: str
    transaction_id: str | None


class Aim:
    """Aims at the writer of one service; a context manager, used by one thread."""

    def __init__(self, house: House, service: str) -> None:
        self._house = house
        self._service = service
        self._connection = psycopg.connect(house.admin_dsn_of(service), autocommit=True, prepare_threshold=0)

    def __enter__(self) -> Aim:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def shoot(self, wanted: str, patience_seconds: float) -> Stopped | None:
        """Try until something is hit, in the first two thirds of the time only just what is wanted.

        A COPY comes only with a large group, so its writer is held now and then until enough waits for it. None where patience ended first,
        and then nothing stands still.
        """
        began, held_at = time.monotonic(), time.monotonic()
        while (now := time.monotonic()) < began + patience_seconds:
            is_choosy = wanted == COPY and now < began + patience_seconds * 2 / 3
            name, backend = self.writer()
            if name is None:
                time.sleep(0.05)
                continue
            if is_choosy and now - held_at > HELD_EVERY_SECONDS:
                self._hold(name)
                held_at = time.monotonic()
            if not self._until_inside(wanted if is_choosy else TRANSACTION, backend):
                continue
            self._house.theatre.pause(name)
            stopped = self._what_was_hit(name, backend)
            if stopped is not None and (not is_choosy or stopped.what == COPY):
                return stopped
            self._house.theatre.resume(name)
        return None

    def _until_inside(self, wanted: str, backend: int) -> bool:
        """Look again and again, for a while; whether the moment has come."""
        deadline = time.monotonic() + LOOKING_SECONDS
        while time.monotonic() < deadline:
            look = self._look(backend)
            if look is None:
                return False
            if look.is_inside(wanted):
                return True
        return False

    def _hold(self, name: str) -> None:
        self._house.theatre.pause(name)
        time.sleep(HELD_SECONDS)
        self._house.theatre.resume(name)

    def writer(self) -> tuple[str | None, int]:
        """The child that was elected last, and its backend."""
        found = self._connection.execute("SELECT address, backend_pid FROM generation").fetchone()
        if found is None:
            return None, 0
        address, backend = found
        return next((name for name, each in self._house.theatre.address_of.items() if each == address), None), backend

    def latest_start(self) -> Version | None:
        """The attempt that was started last."""
        row = self._connection.execute(LATEST_START).fetchone()
        return None if row is None else Version(*row)

    def _look(self, backend: int) -> Look | None:
        row = self._connection.execute(LOOK, [backend]).fetchone()
        return None if row is None or row[0] is None else Look(*row)

    def _what_was_hit(self, name: str, backend: int) -> Stopped | None:
        deadline, before = time.monotonic() + SETTLED_WITHIN_SECONDS, None
        while time.monotonic() < deadline:
            time.sleep(0.01)
            look = self._look(backend)
            if look is not None and look == before and look.wait == "Client":
                if look.is_in_transaction:
                    is_copy = look.state == "active" and look.query.startswith("COPY")
                    return Stopped(name, COPY if is_copy else TRANSACTION, look.transaction_id)
                if look.query == "COMMIT" and look.client_port is not None and _has_unread(look.client_port):
                    return Stopped(name, UNHEARD, None)
                return None
            before = look
        return None


def _has_unread(port: int) -> bool:
    """Whether bytes wait to be read at a local TCP port (/proc/net/tcp: address, port and queues in hexadecimal digits)."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if local.endswith(f":{port:04X}") and not remote.endswith(":0000") and int(queues.partition(":")[2], 16) > 0:
            return True
    return False
