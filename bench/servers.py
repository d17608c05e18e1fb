"""The real servers of a measurement, found or started by `tests.servers`; gone at the end where they were started here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.servers.kafka_jars import CACHE
from tests.servers.provision import KINDS, provide


@dataclass(frozen=True)
class Servers:
    """Where they answer; `postgres` as a superuser."""

    postgres: str
    kafka: str
    redis: str


@contextmanager
def real_servers() -> Iterator[Servers]:
    """One server of each kind until the end of the block."""
    with ExitStack() as running:
        folder = CACHE / f"bench-{os.getpid()}"
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        found = {name: running.enter_context(provide(KINDS[name], folder / name)) for name in ("postgres", "kafka", "redis")}
        yield Servers(**found)


def as_environment(servers: Servers) -> dict[str, str]:
    """The variables by which other processes find these servers instead of starting their own."""
    return {KINDS[name].variable: getattr(servers, name) for name in ("postgres", "kafka", "redis")}
