"""Which addresses a notice may be passed on to: public ones, unless the settings say otherwise.

A shop's address comes from the settings, yet whoever writes a shop's settings need not be whom this machine's network trusts. So the
name is resolved, and every address that it leads to must be a public one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit


async def is_public(url: str) -> bool:
    """Whether every address of the URL's host is a public one. A name that leads nowhere counts as public: nothing can be sent there."""
    parts = urlsplit(url)
    assert parts.hostname is not None, "settings refuse such an address"
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)
