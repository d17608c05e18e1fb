"""The first thing a term does after a restore: what was lost, and read back from the topic, is handled before anything else is decided.

In order of slot and sequence, group by group. What cannot be handled (its stream is not there, it meets a bug) stays, and the rest is tried
without it; that is repeated as long as it helps. A store that goes away in between ends the term: the next one begins with what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from chassis.committer import Committed, Committer
from chassis.store.port import StoreAway
from chassis.unit import ReplayUnit

GROUP_LIMIT = 500


def recall(committer: Committer, now: Callable[[], datetime]) -> Iterator[Committed]:
    """Handle the lost records that wait; each group's outcome. Raises StoreAway where not all of them could be tried."""
    before: list[int] | None = None
    while (ids := committer.lost_ids(now())) and ids != before:
        before = ids
        for start in range(0, len(ids), GROUP_LIMIT):
            units = [ReplayUnit(parked_id, is_recovery=True) for parked_id in ids[start : start + GROUP_LIMIT]]
            done = committer.commit(list(units), now())
            yield done
            if done.is_generation_lost or done.is_store_away:
                raise StoreAway("the store takes nothing now: what was lost is handled first of all")
