"""What is known of one restore: the drill writes it down, the judges read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chassis.store.rows import InboxKey


@dataclass(slots=True)
class Restored:
    """`kept_log_id`: the last event of the backup; `lost_dsn`: the database that was given up, with everything that was lost."""

    service: str
    is_topic_wiped: bool
    kept_log_id: int
    lost_dsn: str
    backed_up_at: datetime
    dump_ended_at: datetime
    """The dump shows one moment between these two."""
    stopped_at: datetime
    opened_at: datetime
    forgotten_keys: frozenset[InboxKey] = frozenset()
    released_at: datetime | None = None
    output: str = ""
    """What `redress restore` printed."""
    amiss: list[str] = field(default_factory=list)
    """What the drill itself saw that must not be."""
