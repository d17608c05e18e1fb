"""The three real servers of a whole-flow figure, by their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.provided import provided
from tests.servers.provision import KINDS


@dataclass(frozen=True)
class Servers:
    """Where they answer; `postgres` as a superuser."""

    postgres: str
    kafka: str
    redis: str


@contextmanager
def real_servers() -> Iterator[Servers]:
    """One server of each kind until the end of the block."""
    with provided("postgres", "kafka", "redis") as (postgres, kafka, redis):
        yield Servers(postgres, kafka, redis)


def as_environment(servers: Servers) -> dict[str, str]:
    """The variables by which other processes find these servers instead of starting their own."""
    return {KINDS[name].variable: getattr(servers, name) for name in ("postgres", "kafka", "redis")}
