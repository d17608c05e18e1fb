"""Each real server answers, the embedded ones too, and those survive what a laptop does to them."""

import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis import Redis

from chassis.embedded import Addresses, EmbeddedServerError, EmbeddedServers, stop_running
from chassis.embedded.process import ServerProcess, command_line
from tests.servers import KafkaServer, OwnServer, PostgresServer, RedisServer
from tests.servers.databases import MariadbDatabase, mariadb
from tests.servers.kafka_jars import CACHE

pytestmark = pytest.mark.servers

_HEADERS = [("ce_id", b"order/1/1"), ("ce_type", b"redress.order.OrderPlaced.v1")]


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder that the user PostgreSQL runs as can reach, unlike pytest's own."""
    folder = CACHE / f"test-{secrets.token_hex(4)}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def test_kafka_gives_back_a_record_with_its_headers(kafka_bootstrap: str) -> None:
    assert await _sent_and_received(kafka_bootstrap, f"test-{secrets.token_hex(4)}") == _HEADERS


def test_postgres_gives_each_test_an_empty_database_of_its_own(fresh_database: Callable[[], str]) -> None:
    first, second = fresh_database(), fresh_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE facts (fact text)")
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (False,)
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('facts')").fetchone() == (None,)


def test_redis_gives_each_test_an_empty_database_of_its_own(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.dbsize() == 0


def test_mariadb_gives_each_test_an_empty_database_whose_reader_can_only_read(fresh_mariadb: Callable[[], MariadbDatabase]) -> None:
    database = fresh_mariadb()
    with mariadb(database.owner_url) as shop, shop.cursor() as cursor:
        cursor.execute("CREATE TABLE facts (fact TEXT) CHARACTER SET utf8mb4")
        cursor.execute("INSERT INTO facts VALUES ('卡密')")
    with mariadb(database.reader_url) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT fact FROM facts")
        assert cursor.fetchall() == (("卡密",),)
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("DELETE FROM facts")


async def test_the_embedded_servers_answer(data_folder: Path) -> None:
    with EmbeddedServers(data_folder) as servers:
        addresses = servers.addresses
        assert await _sent_and_received(addresses.kafka_bootstrap, "order.events.v1") == _HEADERS
        with Redis.from_url(addresses.redis_url) as client:
            assert client.ping()
        with psycopg.connect(addresses.dsn_of("order")) as connection:
            assert connection.info.dbname == "redress_order"
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
    servers.delete_data()
    assert _is_gone(data_folder)


def test_a_service_reaches_only_its_own_database(data_folder: Path) -> None:
    with EmbeddedServers(data_folder) as servers:
        order, inventory = servers.addresses.dsn_of("order"), servers.addresses.dsn_of("inventory")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(order.replace("/redress_order?", "/redress_inventory?"))
        wrong_password = inventory.replace(inventory.split(":")[2].split("@")[0], "guessed")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong_password)
    servers.delete_data()


def test_passwords_are_readable_by_their_owner_only_and_in_no_command_line(data_folder: Path) -> None:
    with EmbeddedServers(data_folder) as servers:
        servers.addresses.dsn_of("order")
        for name in ("postgres.json", "valkey.json", "run/valkey.conf"):
            assert stat.S_IMODE((data_folder / name).stat().st_mode) == 0o600
        password = json.loads((data_folder / "valkey.json").read_text())["password"]
        lines = [command_line(pid) for pid in _recorded_pids(data_folder).values()]
        assert all(lines)
        assert not any(password in line for line in lines)
    servers.delete_data()


def test_no_server_outlives_a_launcher_that_is_killed_and_the_next_one_finds_the_data(data_folder: Path) -> None:
    launcher, addresses = _launch(data_folder)
    with psycopg.connect(addresses["postgres"]) as connection:
        connection.execute("CREATE TABLE facts AS SELECT 'kept' AS fact")
    orphans = _recorded_pids(data_folder)
    assert len(orphans) == 3
    launcher.kill()
    launcher.wait()
    _wait_until(lambda: not any(_runs(pid, data_folder) for pid in orphans.values()))
    with EmbeddedServers(data_folder) as servers:
        assert servers.addresses.postgres_admin_dsn == addresses["postgres"]
        assert servers.addresses.redis_url == addresses["redis"]
        with psycopg.connect(addresses["postgres"]) as connection:
            assert connection.execute("SELECT fact FROM facts").fetchone() == ("kept",)
    servers.delete_data()


def test_a_start_right_after_a_kill_waits_for_what_is_still_going(data_folder: Path) -> None:
    for _ in range(3):
        launcher, _ = _launch(data_folder)
        launcher.kill()
        launcher.wait()
    with EmbeddedServers(data_folder) as servers, psycopg.connect(servers.addresses.postgres_admin_dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    servers.delete_data()


def test_a_stale_pid_file_that_names_a_stranger_does_not_stop_postgres(data_folder: Path) -> None:
    launcher, addresses = _launch(data_folder)
    postmaster = _recorded_pids(data_folder)["postgres"]
    os.kill(launcher.pid, signal.SIGSTOP)  # so that it does not bring the postmaster back
    os.kill(postmaster, signal.SIGKILL)
    launcher.kill()
    launcher.wait()
    postmaster_file = data_folder / "postgres/postmaster.pid"
    owner = postmaster_file.stat()
    with subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid) as stranger:
        facts = postmaster_file.read_text().split("\n")
        postmaster_file.write_text("\n".join([str(stranger.pid), *facts[1:]]))
        with EmbeddedServers(data_folder) as servers:
            assert servers.addresses.postgres_admin_dsn == addresses["postgres"]
        assert stranger.poll() is None
        stranger.kill()
    servers.delete_data()


def test_each_server_that_dies_comes_back(data_folder: Path) -> None:
    came_back: list[tuple[str, Addresses]] = []
    with EmbeddedServers(data_folder, lambda name, now: came_back.append((name, now))) as servers:
        before = servers.addresses
        with psycopg.connect(before.dsn_of("order")) as connection:
            connection.execute("CREATE TABLE facts AS SELECT 'kept' AS fact")
        for pid in _recorded_pids(data_folder).values():
            os.kill(pid, signal.SIGKILL)
        _wait_until(lambda: len(came_back) == 3)
        assert sorted(name for name, _ in came_back) == ["Kafka", "PostgreSQL", "Valkey"]
        with psycopg.connect(before.dsn_of("order")) as connection:
            assert connection.execute("SELECT fact FROM facts").fetchone() == ("kept",)
        with Redis.from_url(before.redis_url) as client:
            assert client.ping()
        assert servers.addresses.kafka_bootstrap != before.kafka_bootstrap
    servers.delete_data()


def test_two_launchers_cannot_use_one_data_folder(data_folder: Path) -> None:
    with EmbeddedServers(data_folder) as servers:
        with pytest.raises(EmbeddedServerError, match="in use by process"):
            EmbeddedServers(data_folder).start()
        with psycopg.connect(servers.addresses.postgres_admin_dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    servers.delete_data()


def test_a_running_launcher_can_be_stopped_by_its_data_folder(data_folder: Path) -> None:
    launcher, _ = _launch(data_folder)
    pids = _recorded_pids(data_folder)
    assert stop_running(data_folder)
    assert not any(_runs(pid, data_folder) for pid in pids.values())
    assert launcher.wait(timeout=10) == 0
    assert not stop_running(data_folder)


def test_data_in_a_folder_that_postgres_cannot_reach_is_kept_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for attempt in range(2):
        with EmbeddedServers(tmp_path / "data") as servers:
            dsn = servers.addresses.dsn_of("order")
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS starts (number int)")
                connection.execute("INSERT INTO starts VALUES (%s)", [attempt])
                assert connection.execute("SELECT count(*) FROM starts").fetchone() == (attempt + 1,)
    servers.delete_data()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


async def test_a_kafka_of_ones_own_keeps_its_records_over_a_kill_and_loses_them_by_a_wipe(data_folder: Path) -> None:
    kafka = KafkaServer(data_folder)
    kafka.start()
    try:
        assert await _sent_and_received(kafka.address, "facts") == _HEADERS
        first_cluster = _cluster_id(data_folder)
        kafka.kill()
        kafka.start()
        assert await _end_offset(kafka.address, "facts") == 1
        kafka.kill()
        kafka.wipe()
        kafka.start()
        assert await _end_offset(kafka.address, "facts") == 0
        assert _cluster_id(data_folder) != first_cluster
    finally:
        kafka.stop()


@pytest.mark.parametrize("kind", [PostgresServer, RedisServer, KafkaServer])
def test_a_server_whose_port_was_taken_before_it_could_bind_starts_at_another(
    kind: Callable[[Path], OwnServer], data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, spawn = kind(data_folder), ServerProcess.spawn
    thieves: list[socket.socket] = []

    def spawn_robbed(process: ServerProcess) -> None:
        if not thieves:
            thieves.append(socket.create_server(("127.0.0.1", _port(server))))
        spawn(process)

    monkeypatch.setattr(ServerProcess, "spawn", spawn_robbed)
    try:
        with server:
            assert _port(server) != thieves[0].getsockname()[1]
    finally:
        thieves[0].close()


def _port(server: OwnServer) -> int:
    port = urlsplit(server.address if "//" in server.address else f"//{server.address}").port
    assert port is not None
    return port


async def _sent_and_received(bootstrap: str, topic: str) -> list[tuple[str, bytes]]:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        sent = await producer.send_and_wait(topic, b"{}", key=b"order-1", headers=_HEADERS, partition=0)
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=20)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), sent.offset)
        record = await consumer.getone()
        assert (record.key, record.value) == (b"order-1", b"{}")
        return list(record.headers)
    finally:
        await consumer.stop()


async def _end_offset(bootstrap: str, topic: str) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        ends = await consumer.end_offsets([TopicPartition(topic, 0)])
        return int(ends[TopicPartition(topic, 0)])
    finally:
        await consumer.stop()


def _is_gone(folder: Path) -> bool:
    return not folder.exists()


def _cluster_id(kafka_folder: Path) -> str:
    facts = (kafka_folder / "data/meta.properties").read_text().split("\n")
    return next(line for line in facts if line.startswith("cluster.id="))


def _launch(data_folder: Path) -> tuple["subprocess.Popen[str]", dict[str, str]]:
    """The embedded servers under a launcher that is a process of its own, and their addresses."""
    launcher = subprocess.Popen([sys.executable, "-m", "chassis.embedded", "up", str(data_folder)], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    with launcher.stdout as output:
        addresses: dict[str, str] = json.loads(output.readline())
    return launcher, addresses


def _recorded_pids(data_folder: Path) -> dict[str, int]:
    return {path.stem: int(path.read_text()) for path in (data_folder / "run").glob("*.pid")}


def _runs(pid: int, data_folder: Path) -> bool:
    return str(data_folder) in command_line(pid)


def _wait_until(is_true: Callable[[], bool], timeout_seconds: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
