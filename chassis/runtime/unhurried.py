"""A pause after each failed look for a Kafka broker.

An idempotent producer of aiokafka 0.14 that needs a number from a broker which is away asks for fresh metadata and tries again, without
a pause: some thousand attempts and log lines a second, and a core, for as long as the broker is away (seen on a restarted broker).
"""

from __future__ import annotations

import asyncio
from typing import Any

PAUSE_SECONDS = 0.25


def unhurried(client: Any) -> None:
    """Let this client's `force_metadata_update` tell of a failure only after a pause; successes are told at once."""
    update, loop = client.force_metadata_update, asyncio.get_running_loop()

    def updated_in_time() -> asyncio.Future[bool]:
        told: asyncio.Future[bool] = loop.create_future()

        def tell(is_updated: bool) -> None:
            if not told.done():
                told.set_result(is_updated)

        def learn(done: asyncio.Future[bool]) -> None:
            if done.cancelled():
                told.cancel()
            elif done.result():
                tell(True)
            else:
                loop.call_later(PAUSE_SECONDS, tell, False)

        update().add_done_callback(learn)
        return told

    client.force_metadata_update = updated_in_time
