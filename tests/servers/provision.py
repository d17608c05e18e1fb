"""One server of each kind, wherever it can be had: environment, container, this machine."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chassis.embedded import EmbeddedServerError
from tests.servers.answers import await_answer, kafka_answers, mariadb_answers, postgres_answers, redis_answers
from tests.servers.containers import is_engine_there, kafka_container, mariadb_container, postgres_container, redis_container
from tests.servers.errors import ServerUnavailable
from tests.servers.kafka import KafkaServer
from tests.servers.machine import OwnServer, PostgresServer, RedisServer
from tests.servers.mariadb import MariadbServer


@dataclass(frozen=True)
class Kind:
    """What differs between the kinds of server."""

    name: str
    variable: str
    answers: Callable[[str], bool]
    container: Callable[[], AbstractContextManager[str]]
    on_this_machine: Callable[[Path], OwnServer]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("postgres", "REDRESS_TEST_POSTGRES", postgres_answers, postgres_container, PostgresServer),
        Kind("redis", "REDRESS_TEST_REDIS", redis_answers, redis_container, RedisServer),
        Kind("kafka", "REDRESS_TEST_KAFKA", kafka_answers, kafka_container, KafkaServer),
        Kind("mariadb", "REDRESS_TEST_MARIADB", mariadb_answers, mariadb_container, MariadbServer),
    )
}


def address_in_environment(kind: Kind) -> str | None:
    """The address somebody gave us, after it has answered."""
    address = os.environ.get(kind.variable)
    if not address:
        return None
    try:
        await_answer(address, kind.answers, timeout_seconds=10.0)
    except ServerUnavailable as failure:
        raise ServerUnavailable(f"{failure}, the address in {kind.variable}.") from failure
    return address


@contextmanager
def provide(kind: Kind, folder: Path) -> Iterator[str]:
    """The address of a server that answers until the end of the block.

    What runs on this machine has its files in `folder`, which is gone afterwards; what an earlier, killed run
    left there is ended and deleted first.
    """
    given = address_in_environment(kind)
    if given is not None:
        yield given
    elif is_engine_there():
        with kind.container() as address:
            await_answer(address, kind.answers)
            yield address
    else:
        try:
            if folder.exists():
                leftover = kind.on_this_machine(folder)
                leftover.process.reap_leftover()
                leftover.wipe()
                shutil.rmtree(folder)
            with kind.on_this_machine(folder) as server:
                yield server.address
        except EmbeddedServerError as failure:
            raise ServerUnavailable(str(failure)) from failure
        finally:
            shutil.rmtree(folder, ignore_errors=True)
