"""Which shop a request is about: decided by who asks, never by what the request says alone.

A principal belongs to shops (`Principal.shops`), or to the whole installation. One of a single shop need not name it; one of several,
or of the installation, names the one that is meant. A shop that is not the principal's own is answered exactly as one that there is
not, so that nobody learns which shops share an installation.
"""

from __future__ import annotations

from chassis.errors import NotFound
from chassis.problem import InvalidRequest
from chassis.tokens import Principal


class UnknownShop(NotFound):
    code = "unknown-shop"
    title = "There is no such shop here"


def shop_meant(principal: Principal, asked: str | None) -> str:
    """The shop that a principal's request is about; raises UnknownShop, or InvalidRequest where none is named and several could be."""
    if asked is not None:
        if not principal.is_of(asked):
            raise UnknownShop()
        return asked
    if principal.shops is None or len(principal.shops) != 1:
        raise InvalidRequest([("shop_id", "is missing")])
    return next(iter(principal.shops))
