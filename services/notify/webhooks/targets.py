"""Where webhooks may go: addresses of the public internet, so that nobody has us call into our own network.

An address in a URL is looked at when the endpoint is registered and again before each connection (`redress/outbound.py`), since a name may
lead elsewhere by then. Refused is whatever is not globally reachable (RFC 6890 and its registries): private, loopback, link-local with
the clouds' metadata services, carrier-grade NAT, multicast, reserved; and IPv6 addresses that carry such an IPv4 address inside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from chassis.errors import ContractError

LONGEST_URL = 1_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class UnfitTarget(ContractError):
    code = "webhook-url-unfit"
    title = "Webhooks are not posted to this address"


def is_public(text: str) -> bool:
    """Whether an IP address, as text, is one of the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    inside = _ipv4_inside(address)
    if any(not is_public(str(each)) for each in inside):
        return False
    return address.is_global and not address.is_multicast


def _ipv4_inside(address: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    """IPv4 addresses that packets to an IPv6 address may end at: mapped, 6to4, Teredo, NAT64, and the old compatible form."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)


def host_of(url: str, *, are_private_targets_allowed: bool) -> tuple[str, int]:
    """Host and port of an address that webhooks may be posted to as far as its text says; raises UnfitTarget.

    Only `https`, unless private targets are allowed: then `http` too. No user, no fragment, one line of plain ASCII.
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(sign <= " " or sign in '"\\<>^`{|}' for sign in url):
        raise UnfitTarget(reason="malformed")
    try:
        split = urlsplit(url)
        host, port = split.hostname or "", split.port
    except ValueError:
        raise UnfitTarget(reason="malformed") from None
    if split.scheme not in (("https", "http") if are_private_targets_allowed else ("https",)):
        raise UnfitTarget(reason="https-only")
    if not host or split.fragment or "@" in split.netloc or port == 0:
        raise UnfitTarget(reason="malformed")
    return host, port or (443 if split.scheme == "https" else 80)


def check_addresses(addresses: Iterable[str]) -> None:
    """Raises UnfitTarget unless a name leads somewhere, and to public addresses only: one private among them is one too many."""
    found = list(addresses)
    if not found:
        raise UnfitTarget(reason="unknown-host")
    if not all(map(is_public, found)):
        raise UnfitTarget(reason="private-address")
