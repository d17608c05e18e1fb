"""Ports on the loopback that stay the same from start to start.

They are taken from below the range that systems hand out for outgoing connections (32768 and up on Linux,
49152 and up elsewhere): a server that is restarted finds its port free, not in use by a passing connection.
"""

import random
import socket

LOOPBACK = "127.0.0.1"
_CANDIDATES = range(15_000, 32_000)


def pick_port(remembered: int | None = None) -> int:
    """A port nobody listens on: the remembered one where that is possible."""
    if remembered is not None and is_free(remembered):
        return remembered
    candidates = random.sample(_CANDIDATES, k=200)
    return next(port for port in candidates if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # left-over TIME_WAIT does not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
