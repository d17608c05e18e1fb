"""Fixtures of all tests: real servers, shared by all workers and sessions (`tests/servers`).

A test that uses one of them is marked `servers` by itself, so `make unit` leaves it out.
"""

import secrets
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests.servers.databases import MariadbDatabase

# How long one example takes is a matter of what else the machine does, not a law of ours.
settings.register_profile("redress", deadline=None)
settings.load_profile("redress")

_SERVER_FIXTURES = frozenset({"postgres_admin_dsn", "redis_server_url", "kafka_bootstrap", "mariadb_admin_url"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and _SERVER_FIXTURES.intersection(item.fixturenames):
            item.add_marker(pytest.mark.servers)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Wait for the shared servers to be gone; a worker leaves the waiting to the process that started it."""
    from tests.servers import shared

    shared.release(timeout_seconds=0.0 if hasattr(config, "workerinput") else 30.0)


@pytest.fixture(scope="session")
def postgres_admin_dsn() -> str:
    """Address of the shared PostgreSQL as superuser; most tests want `fresh_database`."""
    from tests.servers import shared

    return shared.shared_address("postgres")


@pytest.fixture
def fresh_database(postgres_admin_dsn: str) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call: its address as its owner, who is no superuser. Dropped afterwards."""
    from tests.servers.databases import drop_database, make_database

    names: list[str] = []

    def make() -> str:
        names.append(f"test_{secrets.token_hex(8)}")
        return make_database(postgres_admin_dsn, names[-1])

    yield make
    for name in names:
        drop_database(postgres_admin_dsn, name)


@pytest.fixture
def postgres_dsn(fresh_database: Callable[[], str]) -> str:
    """Address of an empty database of this test's own."""
    return fresh_database()


@pytest.fixture(scope="session")
def redis_server_url() -> str:
    """Address of the shared Redis, database 0, where tests keep nothing; most want `redis_url`."""
    from tests.servers import shared

    return shared.shared_address("redis")


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """Address of an empty Redis database of this test's own (one of some hundred, taken in turn)."""
    from redis import Redis

    with Redis.from_url(redis_server_url) as client:
        database_count = int(client.config_get("databases")["databases"])
        number = int(client.incr("tests:next-database")) % (database_count - 1) + 1
    url = f"{redis_server_url.rpartition('/')[0]}/{number}"
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """`host:port` of the shared Kafka; a test makes topics with names of its own."""
    from tests.servers import shared

    return shared.shared_address("kafka")


@pytest.fixture(scope="session")
def mariadb_admin_url() -> str:
    """Address of the shared MariaDB as superuser; most tests want `fresh_mariadb`."""
    from tests.servers import shared

    return shared.shared_address("mariadb")


@pytest.fixture
def fresh_mariadb(mariadb_admin_url: str) -> Iterator[Callable[[], MariadbDatabase]]:
    """Makes an empty MariaDB database at each call, with its shop's and its reader's address. Dropped afterwards."""
    from tests.servers.databases import drop_mariadb_database, make_mariadb_database

    made: list[MariadbDatabase] = []

    def make() -> MariadbDatabase:
        made.append(make_mariadb_database(mariadb_admin_url, f"test_{secrets.token_hex(8)}"))
        return made[-1]

    yield make
    for database in made:
        drop_mariadb_database(mariadb_admin_url, database)
