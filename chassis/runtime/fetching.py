"""All partitions in each fetch, also after a moment in which nobody asked for what the last one brought.

aiokafka asks a broker again once what it brought has been taken. Where that lies for 0.1 s (the loop was busy, the machine was), it asks
for the other partitions alone, and if those have nothing new the broker keeps that fetch for the whole fetch wait: whatever comes behind
the untaken records waits too, though they are taken a moment later. It has a setting for it, `prefetch_backoff` of its `Fetcher`, which
its consumer does not pass on (0.14).
"""

from __future__ import annotations

from typing import Any

UNTAKEN_SECONDS = 5.0
"""A full queue of ours is not kept from the other partitions for longer."""


def fetch_together(consumer: Any) -> None:
    """Let this started `AIOKafkaConsumer` wait longer for what was not taken yet before it asks for the rest alone."""
    fetcher = consumer._fetcher
    assert hasattr(fetcher, "_prefetch_backoff"), "aiokafka keeps this setting elsewhere now"
    fetcher._prefetch_backoff = UNTAKEN_SECONDS
