"""Every test that asks for `backend` runs over both; the PostgreSQL half needs a server."""

from collections.abc import Callable, Iterator

import pytest

from tests.chassis.store.backends import Backend, MemoryBackend, PostgresBackend


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.servers)])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    made: Backend
    if request.param == "memory":
        made = MemoryBackend()
    else:
        made = PostgresBackend(request.getfixturevalue("fresh_database")())
    yield made
    made.close()


@pytest.fixture
def postgres(fresh_database: Callable[[], str]) -> Iterator[PostgresBackend]:
    """A store on PostgreSQL with short time-outs."""
    made = PostgresBackend(fresh_database(), idle_seconds=1.0)
    yield made
    made.close()
