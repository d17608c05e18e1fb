"""Every public message there is, by service: importing this module makes all types known to `contracts.message`."""

from __future__ import annotations

from contracts import inventory, notify, order
from contracts.message import Message, messages_of

SERVICES: tuple[str, ...] = tuple(sorted(module.__name__.rpartition(".")[2] for module in (order, inventory, notify)))
"""The services that publish; each has one topic."""


def all_messages() -> tuple[type[Message], ...]:
    """All message classes, by service and type name."""
    return tuple(known for service in SERVICES for known in messages_of(service))
