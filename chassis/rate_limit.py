"""Rate limits: at most so many of one thing by one caller within a moving window.

The count is kept in Redis, so that all processes share it (`limits`, moving window: a sorted list of the moments,
cut and appended by one Lua script). Redis holds only what may be lost: while it is away each process counts for
itself, from nothing, and asks Redis again after a few seconds. A limit is then a little wider, never a locked door.

Who is limited is often a contact or an address, so Redis and memory hold its fingerprint.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from chassis.errors import Throttled
from chassis.fingerprint import Fingerprints
from chassis.logs import get_log
from chassis.secret import Secret

_MOST_CALLERS = 50_000
_CONNECTION_COUNT = 8

log = get_log("rate_limit")


class TooManyRequests(Throttled):
    """A limit is used up; says which, and after how many seconds there is room again."""

    code = "too-many-requests"
    title = "Too many requests; try again later"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` within any `window_seconds`, counted for each caller under the limit's name."""

    name: str
    amount: int
    window_seconds: int

    def __post_init__(self) -> None:
        assert self.amount > 0, "a limit allows at least one"
        assert self.window_seconds > 0, "a window has a length"


class RateLimiter:
    """Counts and refuses. Without an address for Redis, or while it is away, counts in this process.

    `timeout_seconds` bounds what a request waits for Redis; `retry_after_seconds` is how long it is left alone after
    it failed.
    """

    def __init__(
        self,
        redis_url: Secret | None,
        fingerprints: Fingerprints,
        *,
        timeout_seconds: float = 0.25,
        retry_after_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fingerprints = fingerprints
        self._timeout_seconds = timeout_seconds
        self._retry_after_seconds = retry_after_seconds
        self._clock = clock
        self._shared = _SharedWindows(redis_url, timeout_seconds) if redis_url else None
        self._own = _OwnWindows()
        self._is_away_until = -math.inf

    async def take(self, limit: RateLimit, who: str) -> None:
        """Count one request by `who` (an address, a contact, an order number); raises TooManyRequests if it is over.

        A refused request is not counted, so waiting always helps.
        """
        caller = self._fingerprints.of(f"rate:{limit.name}", who)
        wait_seconds = await self._wait_seconds(limit, caller)
        if wait_seconds > 0:
            raise TooManyRequests(limit=limit.name, retry_after_seconds=max(1, math.ceil(wait_seconds)))

    async def close(self) -> None:
        """Give the connections back."""
        if self._shared is not None:
            await self._shared.close()

    async def _wait_seconds(self, limit: RateLimit, caller: str) -> float:
        now = self._clock()
        if self._shared is not None and now >= self._is_away_until:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    return await self._shared.take(limit, caller)
            except (RedisError, OSError, TimeoutError) as error:
                self._is_away_until = self._clock() + self._retry_after_seconds
                log.warning("Redis is away; each process counts for itself", exc_info=error)
        return self._own.take(limit, caller, now)


class _SharedWindows:
    """Windows in Redis."""

    def __init__(self, redis_url: Secret, timeout_seconds: float) -> None:
        self._pool = BlockingConnectionPool.from_url(
            redis_url.reveal(),
            max_connections=_CONNECTION_COUNT,
            timeout=timeout_seconds,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
        )
        storage = RedisStorage(
            "async+redis://",  # unused: the pool has the address
            implementation="redispy",
            key_prefix="redress:rate",
            connection_pool=self._pool,  # type: ignore[arg-type]  # passed on to the client, as its manual says
        )
        self._limiter = MovingWindowRateLimiter(storage)

    async def take(self, limit: RateLimit, caller: str) -> float:
        item = RateLimitItemPerSecond(limit.amount, limit.window_seconds)
        if await self._limiter.hit(item, caller):
            return 0
        window = await self._limiter.get_window_stats(item, caller)
        return max(window.reset_time - time.time(), 0.001)

    async def close(self) -> None:
        await self._pool.disconnect()


class _OwnWindows:
    """Windows in this process, those of the callers seen last."""

    def __init__(self) -> None:
        self._moments: OrderedDict[str, list[float]] = OrderedDict()

    def take(self, limit: RateLimit, caller: str, now: float) -> float:
        recent = [moment for moment in self._moments.get(caller, ()) if moment > now - limit.window_seconds]
        wait_seconds = 0.0
        if len(recent) >= limit.amount:
            wait_seconds = recent[-limit.amount] + limit.window_seconds - now
        else:
            recent.append(now)
        self._moments[caller] = recent
        self._moments.move_to_end(caller)
        if len(self._moments) > _MOST_CALLERS:
            self._moments.popitem(last=False)
        return wait_seconds
