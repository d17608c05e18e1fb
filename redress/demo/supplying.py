"""Acts about where cards come from: suppliers that fail, lose answers or have no money, and people who deliver. One order each."""

from __future__ import annotations

from redress.demo.part import Part
from redress.demo.paying import plain

FULL, EMPTY = "100000.00", "0.00"


async def temporary_fault(part: Part) -> None:
    amount = await part.place()
    await part.trouble(*part.suppliers, seconds=6.0, is_failing=True)
    await part.pay(amount)
    await part.settle()


async def lost_answer(part: Part) -> None:
    await part.trouble(*part.suppliers, is_answer_lost=True)
    await plain(part)


async def slow_supplier(part: Part) -> None:
    await part.trouble(*part.suppliers, slow_seconds=3.2)
    await plain(part)


async def late_supplier(part: Part) -> None:
    await part.trouble(*part.suppliers, late_seconds=3.0)
    await plain(part)


async def invalid_card(part: Part) -> None:
    await part.trouble("sour", is_card_invalid=True)
    await plain(part)


async def first_is_sold_out(part: Part) -> None:
    await part.trouble(part.suppliers[0], is_out_of_stock=True)
    await plain(part)


async def sold_out_everywhere(part: Part) -> None:
    await part.trouble(*part.suppliers, is_out_of_stock=True)
    await plain(part)


async def answer_lost_for_good(part: Part) -> None:
    """The site cannot be asked: a person looks there, and says what it shows."""
    await part.trouble(part.suppliers[0], is_answer_lost=True)
    await _with_a_persons_word(part)


async def broken_site(part: Part) -> None:
    """The same, and it shows no order: the next supplier is asked."""
    await _with_a_persons_word(part)


async def _with_a_persons_word(part: Part) -> None:
    await part.pay(await part.place())
    need_id = await part.staff.need_in_queue(part.number)
    if need_id is not None:
        supplier = part.suppliers[0]
        await part.staff.tell_for(supplier, need_id, await part.cast.sent_cards(supplier, part.number))
    await part.settle()


async def out_of_money(part: Part) -> None:
    """All of the scene are stuck; then somebody tops up, and presses the one button."""
    supplier = part.suppliers[0]
    if await part.company.wait() == 0:
        await part.cast.set_balance(supplier, EMPTY)
    await part.company.wait()
    await part.trouble(supplier, slow_seconds=2.0)  # so that all have ordered before the first is refused
    await part.pay(await part.place())
    await part.staff.need_in_queue(part.number)
    if await part.company.wait() == 0:
        await part.cast.set_balance(supplier, FULL)
        await part.staff.run_again(supplier)
    await part.settle()


async def text_by_hand(part: Part) -> None:
    await _by_hand(part, {"content": f"Your design: files.example/{text_of(part.number)}"})


async def goods_by_hand(part: Part) -> None:
    await _by_hand(part, {"carrier": "SF Express", "tracking_number": parcel_of(part.number)})


async def _by_hand(part: Part, delivery: dict[str, str]) -> None:
    await part.pay(await part.place())
    need_id = await part.staff.need_in_queue(part.number)
    if need_id is not None:
        await part.staff.deliver(need_id, delivery)
    await part.settle()


def text_of(number: str) -> str:
    """What of a delivery by hand is the buyer's alone."""
    return f"made-for-{number.lower()}"


def parcel_of(number: str) -> str:
    """The tracking number of a buyer's goods."""
    return f"SF-0042-{number}"
