"""What sourcing wants of a supplier's site, whatever protocol it speaks.

An adapter calls the site and tells of an order in three words: it is open, it is delivered with these cards, or nothing will come of
it. Where there is no answer it raises a TransportFault of `protocols.http`: NotSent when certainly nothing happened over there. Every
definite "no" is a SupplierError, whose class alone decides what is done next:

    temporary, nothing happened      the same order again after a pause, then the next supplier
    stock, balance, delisted, other  the next supplier at once
    anything that may have happened  ask by our own number first

A site that cannot be asked by our own number (`is_askable` False) is never sent an order twice: what became of one whose answer was
lost, a person has to find out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from protocols.http import HttpReply, HttpRequest
from protocols.supplier import ErrorClass, SupplierError, SupplierOrderStatus
from services.inventory.settings import SupplierAccount

Http = Callable[[str, Any], Awaitable[Any]]

CardStatusWord = Literal["valid", "used", "invalid", "temporary_fault"]
"""What a supplier says of a card: it works, somebody used it, it never will work, it will again by itself."""

__all__ = [
    "CardStatusWord",
    "ErrorClass",
    "Http",
    "NewOrder",
    "SiteBalance",
    "SiteOrder",
    "SupplierError",
    "SupplierOrderStatus",
    "SupplierSite",
    "TakesNoCallbacks",
]


class TakesNoCallbacks(Exception):
    """Sites of this kind never call back."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One card to be ordered under `number`, which is ours. `callback_url`: where the site may tell of it; None: nowhere.

    `fields`: of a top-up, whom it is for.
    """

    number: str
    sku_id: int
    callback_url: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SiteOrder:
    """Where an order stands at the site. `sku_ids`: what the site says it holds; empty where it says nothing.

    `number`: ours, where the site repeats it.
    """

    status: SupplierOrderStatus
    cards: tuple[str, ...] = field(default=(), repr=False)
    sku_ids: tuple[int, ...] = ()
    number: str | None = None


@dataclass(frozen=True, slots=True)
class SiteBalance:
    """Our money at a site, in whole units of its currency. `currency` None: the site does not say which that is."""

    amount: Decimal
    currency: str | None = None


class SupplierSite(ABC):
    """Our account at one supplier."""

    is_askable: ClassVar[bool] = True
    """Whether the site can be asked by our own number what became of an order."""

    tells_card_status: ClassVar[bool] = False
    """Whether the site can be asked if a card still works."""

    takes_fields: ClassVar[bool] = False
    """Whether an order can say whom a top-up is for."""

    def __init__(self, account: SupplierAccount, http: Http, now: Callable[[], datetime]) -> None:
        self.account = account
        self.now = now
        self._http = http

    @abstractmethod
    async def create(self, order: NewOrder) -> SiteOrder | SupplierError:
        """Order under our number; raises TransportFault. An order that was made but cannot be seen yet is open."""

    async def find(self, number: str) -> SiteOrder | SupplierError:
        """The order by our number, NOT_FOUND only where the site itself knows none; raises TransportFault.

        Never called where the site is not askable.
        """
        raise AssertionError(f"{type(self).__name__} is askable but does not find orders")

    async def cancel(self, number: str) -> SiteOrder | SupplierError:
        """The order, cancelled, by our number; NOT_CANCELLABLE where it was delivered; raises TransportFault."""
        return SupplierError(ErrorClass.NOT_CANCELLABLE, "not_offered", is_effect_possible=False)

    async def card_status(self, number: str | None, card: str) -> CardStatusWord | SupplierError:
        """Whether a card still works; `number`: ours of the order that brought it, None for one of a file. Raises TransportFault.

        Never called where the site does not tell.
        """
        raise AssertionError(f"{type(self).__name__} tells card statuses but does not answer")

    @abstractmethod
    async def balance(self) -> SiteBalance | SupplierError:
        """What is left of our money at the site; raises TransportFault."""

    async def stock(self, sku_ids: Collection[int]) -> Mapping[int, int | None] | SupplierError:
        """How many of each article can be had: None is as many as anybody wants, an absent one is not on sale. Raises TransportFault.

        Asks for one article after the other; a site that tells of many at once does otherwise.
        """
        counts: dict[int, int | None] = {}
        for sku_id in sku_ids:
            count = await self.stock_of(sku_id)
            if not isinstance(count, SupplierError):
                counts[sku_id] = count
            elif count.error_class is not ErrorClass.DELISTED:
                return count
        return counts

    async def stock_of(self, sku_id: int) -> int | SupplierError | None:
        """The same of one article, DELISTED where it is not on sale; raises TransportFault."""
        raise AssertionError(f"{type(self).__name__} is asked for one article and does not answer")

    @classmethod
    def read_callback(cls, request: HttpRequest, account: SupplierAccount, *, now: datetime) -> SiteOrder:
        """The order that a callback tells of, with our number; raises SignatureRefused, MalformedNotice, TakesNoCallbacks."""
        raise TakesNoCallbacks

    @classmethod
    def callback_reply(cls) -> HttpReply:
        """The answer that ends the site's retries."""
        raise TakesNoCallbacks

    async def send(self, request: HttpRequest) -> HttpReply:
        """One exchange with the site; raises TransportFault."""
        reply: HttpReply = await self._http(self.account.base_url, request)
        return reply
