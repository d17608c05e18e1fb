"""Acts about payments: created, told late, twice or never, forged, too little, too late, by another channel. One order each."""

from __future__ import annotations

import asyncio

from contracts.values import Money
from redress.demo.part import Part
from redress.demo.people import is_expired


async def plain(part: Part) -> None:
    await part.pay(await part.place())
    await part.settle()


async def taken_over(part: Part) -> None:
    await part.pay(await part.place(is_taken_over=True))
    await part.settle()


async def created_and_paid(part: Part) -> None:
    await part.create_and_pay(await part.place())
    await part.settle()


async def channel_fails(part: Part) -> None:
    amount = await part.place()
    await part.trouble(part.provider, is_refusing_to_create=True)
    await part.create_and_pay(amount)
    await part.settle()


async def duplicate_notices(part: Part) -> None:
    await part.trouble(part.provider, duplicate_notice_count=2)
    await plain(part)


async def delayed_notice(part: Part) -> None:
    await part.trouble(part.provider, notice_delay_seconds=3.0)
    await plain(part)


async def created_and_never_told(part: Part) -> None:
    await part.trouble(part.provider, lost_notice_count=99)
    await created_and_paid(part)


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
    await part.company.wait()
    await part.pay(amount)
    await part.settle()


async def paid_twice(part: Part) -> None:
    amount = await part.place()
    await asyncio.gather(part.pay(amount), part.cast.pay(part.other_provider, part.number, amount))
    await part.settle()


async def never_paid(part: Part) -> None:
    await part.place()
    await part.cast.until(part.number, is_expired)
