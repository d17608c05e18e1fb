"""The same demo on real Kafka, PostgreSQL and Redis, each service in a process of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from chassis.secret import Secret
from redress.composition import SERVICES
from redress.demo.performance import play
from redress.demo.theatre import own_stage
from redress.settings import RedressSettings
from redress.topics import delete_topics
from tests.e2e.judging import assert_settled
from tests.servers import KafkaServer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(280)]


async def test_all_topics_deleted_while_orders_flow_everything_ends_as_if_nothing_had_happened(
    real_servers: RedressSettings,
) -> None:
    async with own_stage(real_servers, has_processes=True, time_factor=60.0) as (stage, _):

        async def delete() -> None:
            await delete_topics(stage.servers.kafka_bootstrap, list(SERVICES))

        played = await play(stage, 13, interlude=delete)
    assert_settled(played.figures)


@pytest.fixture
def real_servers(postgres_admin_dsn: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedressSettings]:
    """Settings that name real servers, also in the children's environment; the Kafka is this test's own: topics have fixed names."""
    run = f"e2e_{secrets.token_hex(4)}"
    names = [f"{run}_{service}" for service in SERVICES]
    place, _, options = postgres_admin_dsn.partition("?")
    dsn = f"{place.rpartition('/')[0]}/{run}_{{service}}{f'?{options}' if options else ''}"
    with psycopg.connect(postgres_admin_dsn, autocommit=True) as connection, KafkaServer(tmp_path / "kafka") as kafka:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        monkeypatch.setenv("REDRESS_POSTGRES_DSN", dsn)
        monkeypatch.setenv("REDRESS_KAFKA_BOOTSTRAP", kafka.address)
        monkeypatch.setenv("REDRESS_REDIS_URL", redis_url)
        yield RedressSettings(postgres_dsn=Secret(dsn), kafka_bootstrap=kafka.address, redis_url=Secret(redis_url))
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
