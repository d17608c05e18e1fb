"""Real servers for tests, figures and demos: found, or started and stopped again.

Each server is looked for in this order:

1. its address in the environment: REDRESS_TEST_POSTGRES (address of a superuser), REDRESS_TEST_REDIS,
   REDRESS_TEST_KAFKA (`host:port`), REDRESS_TEST_MARIADB (address of a superuser);
2. a container, where a Docker engine answers (`containers.py`; thin, and never run where it was written,
because
   there was no engine);
3. this machine: PostgreSQL and Valkey from the Python wheels, Kafka's published jars through Maven and Java,
   MariaDB as it is installed, else the distribution's packages, unpacked without being installed.

A server that cannot be had is an error that says how to get it, never a skipped test.

In pytest the fixtures of `tests/conftest.py` share one server of each kind between all workers and sessions
(`shared.py`). Fault tests own theirs: `PostgresServer`, `RedisServer`, `KafkaServer`, which can be killed,
paused, restarted and wiped. Scripts use `python -m tests.servers up`.
"""

from tests.servers.errors import ServerUnavailable
from tests.servers.kafka import KafkaServer
from tests.servers.machine import OwnServer, PostgresServer, RedisServer

__all__ = ["KafkaServer", "OwnServer", "PostgresServer", "RedisServer", "ServerUnavailable"]
