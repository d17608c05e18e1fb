"""The same servers in containers, where a Docker engine answers.

Thin on purpose. It was written where no engine runs, so it has never been run; the third way (this machine)
is the one that is tested.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from chassis.embedded.ports import pick_port

_POSTGRES_IMAGE = "postgres:18"
_REDIS_IMAGE = "valkey/valkey:9"
_MARIADB_IMAGE = "mariadb:11.8"
_KAFKA_IMAGE = "apache/kafka:4.1.1"
_PASSWORD = "redress-tests"


def is_engine_there() -> bool:
    """Whether a Docker engine answers."""
    try:
        return bool(DockerClient().client.ping())
    except (DockerException, OSError):
        return False


@contextmanager
def postgres_container() -> Iterator[str]:
    """Address of a PostgreSQL, as superuser; it may not answer yet."""
    container = DockerContainer(_POSTGRES_IMAGE).with_env("POSTGRES_PASSWORD", _PASSWORD)
    with container.with_exposed_ports(5432) as running:
        host, port = running.get_container_host_ip(), running.get_exposed_port(5432)
        yield f"postgresql://postgres:{_PASSWORD}@{host}:{port}/postgres"


@contextmanager
def redis_container() -> Iterator[str]:
    """Address of a Valkey; it may not answer yet."""
    container = DockerContainer(_REDIS_IMAGE).with_command("valkey-server --databases 512")
    with container.with_exposed_ports(6379) as running:
        yield f"redis://{running.get_container_host_ip()}:{running.get_exposed_port(6379)}/0"


@contextmanager
def mariadb_container() -> Iterator[str]:
    """Address of a MariaDB, as superuser; it may not answer yet."""
    container = DockerContainer(_MARIADB_IMAGE).with_env("MARIADB_ROOT_PASSWORD", _PASSWORD)
    with container.with_exposed_ports(3306) as running:
        yield f"mysql://root:{_PASSWORD}@{running.get_container_host_ip()}:{running.get_exposed_port(3306)}/"


@contextmanager
def kafka_container() -> Iterator[str]:
    """Bootstrap address of a broker; it may not answer yet."""
    port = pick_port()
    container = DockerContainer(_KAFKA_IMAGE).with_bind_ports(9092, port)
    host = container.get_container_host_ip()
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://{host}:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "NUM_PARTITIONS": "4",
    }
    for name, value in settings.items():
        container = container.with_env(f"KAFKA_{name}", value)
    with container:
        yield f"{host}:{port}"
