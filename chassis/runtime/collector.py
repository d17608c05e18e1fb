"""Python's garbage collector, set for a process that holds many live objects and makes few cycles.

By default the collector walks the young objects at every 700 more of them. A group makes tens of thousands that are all still in use,
and nearly all are freed by counting references once it is committed: those walks find nothing and cost a fifth of deciding. So what the
imports left behind is taken out of its sight, and it looks after 50,000 instead. Cycles are still collected, a little later.
"""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000
YOUNGER_COLLECTIONS = 20
"""Collections of a generation before the next older one is looked at too."""


def spare_collector() -> None:
    """Set the collector of this process; may be called again."""
    if gc.get_threshold()[0] != YOUNG_OBJECTS:
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS, YOUNGER_COLLECTIONS, YOUNGER_COLLECTIONS)
