"""So many in any window and no more, shared through Redis while it is there, counted here while it is not."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from chassis.errors import Throttled
from chassis.fingerprint import Fingerprints
from chassis.rate_limit import RateLimit, RateLimiter, TooManyRequests
from chassis.secret import Secret

CANARY = "canary-5d1e9@example.org"
FINGERPRINTS = Fingerprints({1: bytes(32)})
LOOKUP = RateLimit("lookup", amount=3, window_seconds=60)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def limiter(url: str | None = None, clock: Callable[[], float] = time.monotonic) -> AsyncIterator[RateLimiter]:
    # A shared test machine may be slow: a longer time-out than in service keeps the real Redis from looking away.
    opened = RateLimiter(Secret(url) if url else None, FINGERPRINTS, timeout_seconds=2, clock=clock)
    try:
        yield opened
    finally:
        await opened.close()


async def taken(limits: RateLimiter, limit: RateLimit, who: str, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            await limits.take(limit, who)
        except TooManyRequests:
            continue
        count += 1
    return count


async def check_amount_is_kept_for_each_caller_and_limit(limits: RateLimiter) -> None:
    assert await taken(limits, LOOKUP, CANARY, 10) == 3
    assert await taken(limits, LOOKUP, "another", 10) == 3
    assert await taken(limits, RateLimit("reveal", 2, 60), CANARY, 10) == 2
    with pytest.raises(Throttled) as caught:
        await limits.take(LOOKUP, CANARY)
    assert caught.value.facts["limit"] == "lookup"
    assert 1 <= caught.value.retry_after_seconds <= 60
    assert CANARY not in str(caught.value)


async def test_the_amount_is_kept_for_each_caller_and_limit_without_redis() -> None:
    async with limiter() as limits:
        await check_amount_is_kept_for_each_caller_and_limit(limits)


async def test_the_amount_is_kept_for_each_caller_and_limit_in_redis(redis_url: str) -> None:
    async with limiter(redis_url) as limits:
        await check_amount_is_kept_for_each_caller_and_limit(limits)


async def test_processes_share_one_count_and_redis_never_sees_who_it_was(redis_url: str) -> None:
    async with limiter(redis_url) as one, limiter(redis_url) as two:
        counts = await asyncio.gather(taken(one, LOOKUP, CANARY, 5), taken(two, LOOKUP, CANARY, 5))
    assert sum(counts) == 3
    async with Redis.from_url(redis_url) as client:
        names = [name async for name in client.scan_iter()]
    assert names
    assert not any(CANARY.encode() in name for name in names)


async def test_room_comes_back_in_redis_after_the_window(redis_url: str) -> None:
    quick = RateLimit("quick", amount=1, window_seconds=1)
    async with limiter(redis_url) as limits:
        await limits.take(quick, "a")
        deadline = time.monotonic() + 20
        while await taken(limits, quick, "a", 1) == 0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def test_the_window_moves_with_the_clock() -> None:
    clock = Clock()
    async with limiter(clock=clock) as limits:
        for _ in range(3):
            await limits.take(LOOKUP, "a")
            clock.now += 10
        with pytest.raises(TooManyRequests) as caught:
            await limits.take(LOOKUP, "a")
        assert caught.value.retry_after_seconds == 30
        clock.now += 30
        assert await taken(limits, LOOKUP, "a", 3) == 1


async def test_while_redis_is_away_the_process_counts_for_itself() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
        clock = Clock()
        async with limiter(url, clock) as limits:
            assert await taken(limits, LOOKUP, "a", 100) == 3


@pytest.mark.parametrize(("amount", "window_seconds"), [(0, 60), (3, 0)])
def test_a_limit_that_allows_nothing_is_a_bug(amount: int, window_seconds: int) -> None:
    with pytest.raises(AssertionError):
        RateLimit("none", amount, window_seconds)


@given(st.lists(st.floats(0, 30), max_size=40), st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_amount(steps_seconds: list[float], amount: int) -> None:
    async def moments_taken() -> list[float]:
        clock, limit = Clock(), RateLimit("any", amount, 20)
        moments: list[float] = []
        async with limiter(clock=clock) as limits:
            for step_seconds in steps_seconds:
                clock.now += step_seconds
                moments += [clock.now] * await taken(limits, limit, "a", 1)
        return moments

    moments = asyncio.run(moments_taken())
    for start in moments:
        assert sum(start <= moment < start + 20 for moment in moments) <= amount
