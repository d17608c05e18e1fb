"""Reaching the servers for a command that only looks or mends: those of the settings, else the embedded ones.

Embedded servers that a running `redress up` has started are used beside it; where nobody runs, they are started for the command alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.embedded import Addresses, EmbeddedServers
from chassis.embedded.running import holder_of, running_addresses
from chassis.secret import Secret
from redress.composition import Servers
from redress.errors import UserError
from redress.settings import RedressSettings

EMBEDDED_FETCH_WAIT_MILLISECONDS = 20


@contextmanager
def reached_servers(settings: RedressSettings, *, starts: bool = True) -> Iterator[Servers]:
    """The servers until the end of the block. With `starts` False, embedded ones must run already; raises UserError otherwise."""
    if not settings.is_embedded:
        yield servers_of(settings, None)
    elif holder_of(settings.data_folder) is not None:
        yield servers_of(settings, running_addresses(settings.data_folder))
    elif not starts or not settings.data_folder.is_dir():
        raise UserError(
            f"Nothing runs on the data folder {settings.data_folder}: start `redress up`, name another folder with --data, "
            "or name real servers in the settings."
        )
    else:
        with EmbeddedServers(settings.data_folder) as embedded:
            yield servers_of(settings, embedded.addresses)


def servers_of(settings: RedressSettings, embedded: Addresses | None) -> Servers:
    """The servers that the settings name, and the embedded ones for the rest."""

    def dsn_of(service: str) -> str:
        given = settings.postgres_dsn_of(service)
        if given is not None:
            return given.reveal()
        assert embedded is not None
        return embedded.dsn_of(service)

    kafka = settings.kafka_bootstrap or (embedded.kafka_bootstrap if embedded else None)
    redis = settings.redis_url or (Secret(embedded.redis_url) if embedded else None)
    assert kafka is not None
    if settings.kafka_bootstrap is None:
        # The mock cluster answers a fetch at the end of its wait, not at the first record.
        return Servers(dsn_of, kafka, redis, EMBEDDED_FETCH_WAIT_MILLISECONDS)
    return Servers(dsn_of, kafka, redis)
