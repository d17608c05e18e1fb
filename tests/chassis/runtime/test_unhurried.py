"""A Kafka client that finds no broker is made to wait, and one that finds it is not."""

from __future__ import annotations

import asyncio

from chassis.runtime import unhurried as module
from chassis.runtime.unhurried import unhurried


class Client:
    """Looks for a broker, as aiokafka's client does."""

    def __init__(self) -> None:
        self.is_found = False

    def force_metadata_update(self) -> asyncio.Future[bool]:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        future.set_result(self.is_found)
        return future


async def test_a_failure_is_told_after_a_pause_and_a_success_at_once() -> None:
    client, loop = Client(), asyncio.get_running_loop()
    unhurried(client)
    began = loop.time()
    assert not await client.force_metadata_update()
    assert loop.time() - began >= 0.9 * module.PAUSE_SECONDS
    client.is_found = True
    began = loop.time()
    assert await client.force_metadata_update()
    assert loop.time() - began < module.PAUSE_SECONDS
