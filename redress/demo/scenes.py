"""The scenes of the demo: what happens to one order each, from its placing to its end. Faults are set for that order alone.

A scene ends when its order can change no more by itself: delivered, with a person, or expired unpaid. The acts stand in `paying` and
`supplying`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redress.demo import paying, supplying
from redress.demo.market import (
    BADGE,
    CHAT,
    COINS,
    COURSE,
    DESIGN,
    FIGURE,
    FILM,
    GAME,
    KEY,
    MAIL,
    MUSIC,
    PASS,
    POSTER,
    RARE,
    SKIN,
    TOOL,
    VOUCHER,
)
from redress.demo.part import Part
from redress.demo.paying import plain


@dataclass(frozen=True)
class Scene:
    """`title` in words; `product` None: the one with a single card. One order for each quantity. `provider`: the only one it is for."""

    title: str
    act: Callable[[Part], Awaitable[None]]
    product: str | None
    quantities: tuple[int, ...]
    provider: str | None = None


PAYMENTS = (
    Scene("Created by each provider, and paid", paying.created_and_paid, GAME, (1,) * 14),
    Scene("The channel fails: the buyer is offered another for the same order", paying.channel_fails, MUSIC, (1,) * 6, "epay_v2"),
    Scene("The provider tells of the payment three times", paying.duplicate_notices, GAME, (1, 1)),
    Scene("The provider tells of the payment late", paying.delayed_notice, MUSIC, (1,)),
    Scene("Created at the provider, whose notices are all lost: found by asking", paying.created_and_never_told, GAME, (1,), "wechat"),
    Scene("Somebody forges a notice; later the buyer really pays", paying.forged_then_paid, MUSIC, (1, 1)),
    Scene("Somebody forges a notice; nobody pays", paying.forged_only, GAME, (1,)),
    Scene("The buyer pays a hundredth of the price", paying.wrong_amount, MUSIC, (1, 1)),
    Scene("Paid after the order expired, and there is stock", paying.late_payment, GAME, (1, 1), "alipay"),
    Scene("Paid after the order expired, and there is no stock", paying.late_payment, FILM, (1,), "wechat"),
    Scene("Two buyers race for the last card", paying.race, None, (1, 1)),
    Scene("Paid twice, by two providers", paying.paid_twice, GAME, (1,)),
    Scene("Never paid", paying.never_paid, MUSIC, (1, 1)),
)

KINDS = (
    Scene("An account from own stock", plain, MAIL, (1, 1, 1, 1, 2)),
    Scene("Several buyers of one reusable card", plain, COURSE, (1,) * 6),
    Scene("A top-up", plain, COINS, (1,) * 5),
    Scene("A top-up that takes its time: asked until it has succeeded", supplying.late_supplier, COINS, (1, 1)),
    Scene("The first supplier cannot make the top-up: the next one does", supplying.first_is_sold_out, COINS, (1, 1, 1)),
    Scene("A text that a person delivers", supplying.text_by_hand, DESIGN, (1, 1, 1, 1)),
    Scene("Goods that a carrier brings", supplying.goods_by_hand, FIGURE, (1, 1, 1)),
)

SUPPLIERS = (
    Scene("Delivered from own stock", plain, GAME, (1, 1, 1, 1, 1, 1, 1, 1, 3)),
    Scene("Taken over from a shop beside us", paying.taken_over, GAME, (1,), "epay"),
    Scene("A consigned card", plain, POSTER, (1,) * 5),
    Scene("Delivered from a supplier", plain, MUSIC, (1, 1, 1, 1, 1, 1, 1, 2)),
    Scene("Delivered from a shared shop", plain, KEY, (1,) * 4),
    Scene("Delivered from a V4 site", plain, SKIN, (1,) * 4),
    Scene("Delivered from a supplier with a server of its own", plain, PASS, (1,) * 4),
    Scene("The supplier fails for a moment: asked, then called again", supplying.temporary_fault, MUSIC, (1, 1, 1)),
    # rocky is down for everybody: see `performance`
    Scene("The supplier is down: the next one delivers", plain, FILM, (2,)),
    Scene("The shared shop is sold out: the next supplier delivers", supplying.first_is_sold_out, KEY, (1, 1)),
    Scene("A supplier with its own server is sold out: the next one delivers", supplying.first_is_sold_out, PASS, (1, 1)),
    Scene("The supplier's answer is lost: asked, not ordered twice", supplying.lost_answer, TOOL, (1, 1)),
    Scene("The same with a server of its own", supplying.lost_answer, PASS, (1, 1)),
    Scene("A shared shop's answer is lost, and it cannot be asked: a person looks", supplying.answer_lost_for_good, KEY, (1, 1)),
    # mute is broken for everybody: a V4 site is told no number of ours
    Scene("A V4 site is broken, and cannot be asked: a person looks", supplying.broken_site, BADGE, (1, 1)),
    Scene("The supplier is slow: the same need is asked again after 5 s", supplying.slow_supplier, MUSIC, (1, 1)),
    Scene("The supplier sends a bad card: a claim, and the next one delivers", supplying.invalid_card, CHAT, (2,)),
    Scene("Sold out everywhere: a person takes over", supplying.sold_out_everywhere, RARE, (1, 1)),
    Scene("Our money there has run out: topped up, and all run again by one button", supplying.out_of_money, VOUCHER, (1,) * 5, "wechat"),
)

SCENES = PAYMENTS + KINDS + SUPPLIERS
"""At least one order each. Two units of one order where the first choice counts: a score falls with the first bad card."""
