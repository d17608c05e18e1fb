"""Real servers that come as Python wheels, for `redress up` and the tests: nothing but Python is needed.

with EmbeddedServers(Path("data")) as servers:
    servers.addresses.dsn_of("order")
"""

from chassis.embedded.errors import EmbeddedServerError
from chassis.embedded.servers import Addresses, EmbeddedServers, stop_running

__all__ = ["Addresses", "EmbeddedServerError", "EmbeddedServers", "stop_running"]
