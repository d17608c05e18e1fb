"""When the shop's orders are looked at next; the place reached is kept in it."""

from __future__ import annotations

from chassis.timer import Timer


class LookDue(Timer, frozen=True):
    """The aggregate is the connection. `turn`: counts the looks that brought something."""

    NAME = "shop_look_due"
    after_row: int
    missing: tuple[int, ...]
    turn: int
