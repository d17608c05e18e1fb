"""Whether a server answers: asked of every one before it is handed out, wherever it came from."""

import time
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from redis import Redis
from redis.exceptions import RedisError

from tests.servers.errors import ServerUnavailable


def postgres_answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(address: str) -> bool:
    with Redis.from_url(address, socket_timeout=2.0, socket_connect_timeout=2.0) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def kafka_answers(address: str) -> bool:
    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=2.0).brokers)
    except KafkaException:
        return False


def mariadb_answers(address: str) -> bool:
    parts = urlsplit(address)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    try:
        pymysql.connect(host=parts.hostname or "", port=parts.port or 3306, user=user, password=password, connect_timeout=2).close()
    except pymysql.err.OperationalError:
        return False
    return True


def await_answer(address: str, answers: Callable[[str], bool], timeout_seconds: float = 60.0) -> None:
    """Return once it answers; raises ServerUnavailable when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not answers(address):
        if time.monotonic() > deadline:
            raise ServerUnavailable(f"Nothing answers at {address}")
        time.sleep(0.1)
