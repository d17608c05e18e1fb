"""The scenes of the demo: what happens to one order each, from its placing to its end. Faults are set for that order alone.

A scene ends when its order can change no more by itself: delivered, with a person, or expired unpaid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from contracts.values import Money
from redress.demo.market import CHAT, FILM, GAME, MUSIC, RARE, SOURCES, TOOL, Market
from redress.demo.people import Cast, is_expired, is_settled

PROVIDERS = ("alipay", "epay", "wechat", "epay_v2")
"""In turn, order by order, so that every scene with two or more orders is played with different ones."""


@dataclass(frozen=True)
class Part:
    """One order's part: its number, product and provider, and who plays with it."""

    cast: Cast
    market: Market
    number: str
    product: str
    quantity: int
    provider: str
    company: dict[str, asyncio.Barrier] = field(default_factory=dict)
    """Where orders of one scene wait for each other."""

    @property
    def other_provider(self) -> str:
        return PROVIDERS[PROVIDERS.index(self.provider) - 1]

    async def place(self, *, is_taken_over: bool = False) -> Money:
        price = self.market.price_of(self.product)
        return await self.cast.place(self.number, self.product, price, quantity=self.quantity, is_taken_over=is_taken_over)

    async def pay(self, amount: Money) -> None:
        await self.cast.pay(self.provider, self.number, amount)

    async def trouble(self, *parties: str, seconds: float | None = None, **faults: object) -> None:
        """Let parties misbehave for this order."""
        for party in parties:
            await self.cast.trouble(party, self.number, seconds, **faults)

    async def settle(self) -> None:
        await self.cast.until(self.number, is_settled)


async def plain(part: Part) -> None:
    await part.pay(await part.place())
    await part.settle()


async def taken_over(part: Part) -> None:
    await part.pay(await part.place(is_taken_over=True))
    await part.settle()


async def temporary_fault(part: Part) -> None:
    amount = await part.place()
    await part.trouble(*_suppliers(part), seconds=6.0, is_failing=True)
    await part.pay(amount)
    await part.settle()


async def supplier_down(part: Part) -> None:
    await plain(part)  # rocky is down for everybody: see `performance`


async def lost_answer(part: Part) -> None:
    await part.trouble(*_suppliers(part), is_answer_lost=True)
    await plain(part)


async def slow_supplier(part: Part) -> None:
    await part.trouble(*_suppliers(part), slow_seconds=3.2)
    await plain(part)


async def invalid_card(part: Part) -> None:
    await part.trouble("sour", is_card_invalid=True)
    await plain(part)


async def sold_out_everywhere(part: Part) -> None:
    await part.trouble(*_suppliers(part), is_out_of_stock=True)
    await plain(part)


async def duplicate_notices(part: Part) -> None:
    await part.trouble(part.provider, duplicate_notice_count=2)
    await plain(part)


async def delayed_notice(part: Part) -> None:
    await part.trouble(part.provider, notice_delay_seconds=3.0)
    await plain(part)


async def created_and_never_told(part: Part) -> None:
    amount = await part.place()
    await part.cast.create_payment(part.provider, part.number)
    await part.trouble(part.provider, lost_notice_count=99)
    await part.pay(amount)
    await part.settle()


async def forged_then_paid(part: Part) -> None:
    amount = await part.place()
    await part.cast.forge(part.provider, part.number, amount)
    await asyncio.sleep(1.0)
    await part.pay(amount)
    await part.settle()


async def forged_only(part: Part) -> None:
    await part.cast.forge(part.provider, part.number, await part.place())
    await part.cast.until(part.number, is_expired)


async def wrong_amount(part: Part) -> None:
    amount = await part.place()
    await part.pay(Money(amount.amount_minor // 100, amount.currency))
    await part.cast.until(part.number, is_expired)


async def late_payment(part: Part) -> None:
    amount = await part.place()
    await part.cast.until(part.number, is_expired)
    await part.pay(amount)
    await part.settle()


async def race(part: Part) -> None:
    amount = await part.place()
    await part.company["race"].wait()
    await part.pay(amount)
    await part.settle()


async def paid_twice(part: Part) -> None:
    amount = await part.place()
    await asyncio.gather(part.pay(amount), part.cast.pay(part.other_provider, part.number, amount))
    await part.settle()


async def never_paid(part: Part) -> None:
    await part.place()
    await part.cast.until(part.number, is_expired)


def _suppliers(part: Part) -> list[str]:
    return [code for code, _ in SOURCES[part.product]]


@dataclass(frozen=True)
class Scene:
    """`title` in words; `product` None: the one with a single card. One order for each quantity. `provider`: the only one it is for."""

    title: str
    act: Callable[[Part], Awaitable[None]]
    product: str | None
    quantities: tuple[int, ...]
    provider: str | None = None


SCENES = (
    Scene("Delivered from own stock", plain, GAME, (1, 1, 1, 1, 1, 1, 1, 1, 3)),
    Scene("Taken over from a shop beside us", taken_over, GAME, (1,)),
    Scene("Delivered from a supplier", plain, MUSIC, (1, 1, 1, 1, 1, 1, 1, 2)),
    Scene("The supplier fails for a moment: asked, then called again", temporary_fault, MUSIC, (1, 1, 1)),
    Scene("The supplier is down: the next one delivers", supplier_down, FILM, (2,)),
    Scene("The supplier's answer is lost: asked, not ordered twice", lost_answer, TOOL, (1, 1)),
    Scene("The supplier is slow: the same need is asked again after 5 s", slow_supplier, MUSIC, (1, 1)),
    Scene("The supplier sends a bad card: a claim, and the next one delivers", invalid_card, CHAT, (2,)),
    Scene("Sold out everywhere: a person takes over", sold_out_everywhere, RARE, (1, 1)),
    Scene("The provider tells of the payment three times", duplicate_notices, GAME, (1, 1)),
    Scene("The provider tells of the payment late", delayed_notice, MUSIC, (1,)),
    Scene("Created at the provider, whose notices are all lost: found by asking", created_and_never_told, GAME, (1,), "wechat"),
    Scene("Somebody forges a notice; later the buyer really pays", forged_then_paid, MUSIC, (1, 1)),
    Scene("Somebody forges a notice; nobody pays", forged_only, GAME, (1,)),
    Scene("The buyer pays a hundredth of the price", wrong_amount, MUSIC, (1, 1)),
    Scene("Paid after the order expired, and there is stock", late_payment, GAME, (1, 1)),
    Scene("Paid after the order expired, and there is no stock", late_payment, FILM, (1,)),
    Scene("Two buyers race for the last card", race, None, (1, 1)),
    Scene("Paid twice, by two providers", paid_twice, GAME, (1,)),
    Scene("Never paid", never_paid, MUSIC, (1, 1)),
)
"""At least one order each; 46 in all. Two units of one order where the first choice counts: a score falls with the first bad card."""
