"""One order's part in the demo, and what it needs to play it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from contracts.values import Money
from redress.demo.market import COINS, SOURCES, Market
from redress.demo.people import Cast, account_of, is_settled
from redress.demo.staff import Staff

PROVIDERS = ("alipay", "epay", "wechat", "epay_v2", "tokenpay", "epusdt", "unionpay")
"""In turn, order by order, so that every scene with two or more orders is played with different ones."""

BRIEF = frozenset({"tokenpay", "epusdt", "unionpay"})
"""Providers that soon stop telling of a payment, and can only be asked about one that we created. So buyers have it created first: a
notice may be lost while the system is down.
"""
STEADY = "alipay"
"""Tells of a payment for a day."""


@dataclass(frozen=True)
class Part:
    """Its number, product and provider, and who plays with it."""

    cast: Cast
    staff: Staff
    market: Market
    number: str
    product: str
    quantity: int
    provider: str
    company: asyncio.Barrier
    """Where the orders of the scene wait for each other."""

    @property
    def other_provider(self) -> str:
        return PROVIDERS[PROVIDERS.index(self.provider) - 1]

    @property
    def suppliers(self) -> list[str]:
        """Of its product, in the order in which they are asked first."""
        return [code for code, _ in SOURCES[self.product]]

    async def place(self, *, is_taken_over: bool = False) -> Money:
        price = self.market.price_of(self.product)
        fields = {"account": account_of(self.number)} if self.product == COINS else None
        return await self.cast.place(self.number, self.product, price, quantity=self.quantity, is_taken_over=is_taken_over, fields=fields)

    async def pay(self, amount: Money) -> None:
        if self.provider in BRIEF:
            await self.create_and_pay(amount)
        else:
            await self.cast.pay(self.provider, self.number, amount)

    async def create_and_pay(self, amount: Money) -> None:
        """Have a payment created, by another channel where this one fails, and pay it."""
        channel = await self.cast.create_payment(self.provider, self.number)
        await self.cast.pay(channel or STEADY, self.number, amount)

    async def trouble(self, *parties: str, seconds: float | None = None, **faults: object) -> None:
        """Let parties misbehave for this order."""
        for party in parties:
            await self.cast.trouble(party, self.number, seconds, **faults)

    async def settle(self) -> None:
        await self.cast.until(self.number, is_settled)
