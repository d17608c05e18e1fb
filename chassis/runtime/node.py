"""One running service: its writer thread, and the tasks that belong to a term as writer.

    always      HTTP (routes, feed, heads, health, metrics), the views' follower, the figures
    as writer   the relay, one consumer per source, the worker for timers and intents

A term ends when the lock is lost or the process stops; its tasks are cancelled, and a new term starts new ones from the stored
positions. Stopping takes nothing new, lets the group at hand commit, tells the relay's position, and gives the lock back: what was
under way is found again by its marks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from chassis.activity import Activity, Tools, no_way_out
from chassis.committer import Committed, Committer
from chassis.errors import Fault
from chassis.health import Health, Progress, health_of
from chassis.keys import InstallationKeys
from chassis.logs import get_log
from chassis.metrics import Metrics
from chassis.parking import where
from chassis.rate_limit import RateLimiter
from chassis.runtime.collector import spare_collector
from chassis.runtime.consumer import FETCH_WAIT_MILLISECONDS, Consumer
from chassis.runtime.data_keys import StoredDataKeys
from chassis.runtime.desk import HttpPeers, ServiceDesk
from chassis.runtime.feed_client import FeedClient
from chassis.runtime.opening import opener_of
from chassis.runtime.relay import Relay
from chassis.runtime.view_follower import ViewFollower
from chassis.runtime.worker import Worker
from chassis.runtime.writer import Writer
from chassis.secret import Secret
from chassis.service import Service, Start
from chassis.store.port import StoreAway
from chassis.store.postgres import PostgresStore, PostgresWriter
from chassis.store.rows import ParkedReason, ParkedRow, ParkedStatus, Recovery
from chassis.tokens import CaseTokens, Principal, ServiceTokens
from chassis.tracing import Tracing
from chassis.unit import Unit
from chassis.vault import Vault
from contracts.envelope import topic_of

FIGURES_SECONDS = 2.0
STOP_SECONDS = 15.0
EARLY_SECONDS = 60.0
PRUNE_SECONDS = 3_600.0
ALARM_AGAIN_SECONDS = 60.0
MAY_SETTLE = (ParkedReason.EARLY, ParkedReason.LOST)

HttpCall = Callable[[str, Any], Awaitable[Any]]

log = get_log("node")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node stands in: real servers, the other services, the installation's keys."""

    dsn: str
    kafka_bootstrap: str
    redis_url: Secret | None
    address: str
    """Where this node's own HTTP is reached by others."""
    addresses: Mapping[str, str]
    """Base URL of each service of the installation."""
    keys: InstallationKeys
    settings: Any
    """The service's own settings struct."""
    http: HttpCall
    """How activities reach the outside; see `chassis.activity.Tools`."""
    static_tokens: Sequence[tuple[Secret, Principal]]
    """Tokens of shops and staff, as configured."""
    advice: Mapping[str, Mapping[str, Any]]
    """Advice that comes from settings, such as limits; a view's advice adds to it."""
    http_public: HttpCall = no_way_out
    """The same for addresses that shops have named."""
    fetch_wait_milliseconds: int = FETCH_WAIT_MILLISECONDS
    """See `Consumer`; an embedded broker keeps a fetch for all of it, whatever comes meanwhile."""
    targets: tuple[str, ...] = ()
    """Whom activities call, as the metrics may name them."""
    tracing: Tracing | None = None
    """Where spans go; None only carries `traceparent` through."""


class Node:
    """A declared service on real servers. Make it inside a running event loop; `start`, then `stop` once."""

    def __init__(self, service: Service, around: Surroundings) -> None:
        self.service = service
        self._around = around
        self.store = PostgresStore(around.dsn, service.name)
        self.metrics = Metrics(service.name, sources=service.sources, targets=around.targets)
        self.tokens = ServiceTokens([around.keys.token], around.static_tokens)
        self.fingerprints = around.keys.fingerprints
        self.vault = Vault(service.name, around.keys.master, StoredDataKeys(self.store))
        self.client = httpx2.AsyncClient(limits=httpx2.Limits(max_connections=200))
        self.tracing = around.tracing or Tracing(service.name)
        self._started_at = datetime.now(UTC)
        self._loop = asyncio.get_running_loop()
        self._store_writer = PostgresWriter(around.dsn, service.name)
        peers = HttpPeers(self.client, around.addresses, self.authorization)
        self._tools = Tools(
            around.settings, around.http, self.vault, self.fingerprints, lambda: datetime.now(UTC),
            opener_of(self.store, self.vault), peers.call, around.http_public,
        )  # fmt: skip
        self._activities: dict[str, Activity[Any]] = {kind: activity(self._tools) for kind, activity in service.activity_of.items()}
        self.committer = Committer(service, self._store_writer, activities=self._activities, on_bug=_report_bug)
        self.committer.advice = dict(around.advice)
        self.writer = Writer(
            self.committer, self._store_writer, around.address, self._loop, self.metrics,
            on_commit=self._on_commit, on_term=self._on_term,
        )  # fmt: skip
        self.views = ViewFollower(service, self.store)
        self.desk = ServiceDesk(
            service, around.settings, self.store, self.vault, self.fingerprints,
            peers, self.tokens, CaseTokens([around.keys.token]),
            RateLimiter(around.redis_url, self.fingerprints), self.writer, self.client, self.authorization,
            self.tracing,
        )  # fmt: skip
        self.relay: Relay | None = None
        self.consumers: list[Consumer] = []
        self.worker: Worker | None = None
        self.parked_count = 0
        self.recovery: Recovery | None = None
        """The restore of this store that no operator has released yet, as last read."""
        self._recovery_told: datetime | None = None
        self._alarmed: set[int] = set()
        self._term: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._background: list[asyncio.Task[None]] = []

    def authorization(self) -> str:
        """This service's own bearer token, fresh for each call."""
        principal = Principal(self.service.name, "service", frozenset({"feed:read", "commands:forward"}))
        return "Bearer " + self.tokens.issue(principal, datetime.now(UTC)).reveal()

    async def start(self) -> None:
        """Serve; the writer thread stands for election from now on."""
        spare_collector()
        self._background = [
            asyncio.create_task(self._follow_views()),
            asyncio.create_task(self._keep_figures()),
            asyncio.create_task(self._prune()),
        ]
        self.writer.start()

    async def stop(self) -> None:
        """Take nothing new, finish the group at hand, and give the lock back."""
        self._is_stopping = True
        await self._end_term()
        self.writer.stop()
        await asyncio.to_thread(self.writer.join, STOP_SECONDS)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.client.aclose()
        await self.desk.rate_limiter.close()
        await asyncio.to_thread(self.store.close)

    def use_kafka(self, bootstrap: str) -> None:
        """The broker is at another address from now on (an embedded one, restarted); called from the event loop."""
        self._around = replace(self._around, kafka_bootstrap=bootstrap)
        if self.writer.is_writing:
            self._on_term(True)

    # terms

    def _on_term(self, is_writer: bool) -> None:
        if self._is_stopping:
            return  # the writer's thread was elected while it was being stopped: nobody would end that term
        previous, self._term = self._term, None
        self._term = self._loop.create_task(self._change_term(previous, is_writer))

    async def _change_term(self, previous: asyncio.Task[None] | None, is_writer: bool) -> None:
        if previous is not None:
            previous.cancel()
            await asyncio.gather(previous, return_exceptions=True)
        if is_writer:
            await self._serve_term()

    async def _end_term(self) -> None:
        term, self._term = self._term, None
        if term is not None:
            term.cancel()
            await asyncio.gather(term, return_exceptions=True)

    async def _serve_term(self) -> None:
        around, name = self._around, self.service.name
        self.relay = Relay(self.store, around.kafka_bootstrap, topic_of(name), self.writer.mark_relayed)
        self.worker = Worker(self.store, self.writer, self._activities, around.address, self.metrics, self.tracing)
        self.consumers = [
            Consumer(
                name, source, around.kafka_bootstrap, self.store, self.writer,
                FeedClient(self.client, around.addresses[source], self.authorization, source), self.metrics,
                self.tracing, self.service.starts.get(source, Start.ORIGIN), around.fetch_wait_milliseconds, self.service.gather_seconds,
            )
            for source in self.service.sources
        ]  # fmt: skip
        parts = [self.relay, self.worker, *self.consumers]
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in parts:
                    tasks.create_task(self._keep_running(part))
        finally:
            self.relay, self.worker, self.consumers = None, None, []

    async def _keep_running(self, part: Any) -> None:
        while True:
            try:
                await part.run()
            except asyncio.CancelledError:
                raise
            except BaseException as bug:
                if isinstance(bug, KeyboardInterrupt | SystemExit):
                    raise
                log.error("a part failed and starts anew", part=type(part).__name__, error=bug)
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    # A task group whose child fails while it is cancelled raises the failure, and the cancellation is lost.
                    raise asyncio.CancelledError from bug
                await asyncio.sleep(1.0)

    def _on_commit(self, done: Committed) -> None:
        # Called from the writer thread.
        relay = self.relay
        if relay is not None:
            relay.hand_over(done.events)
        self._loop.call_soon_threadsafe(self._wake, done.work_due_at)

    def _wake(self, work_due_at: datetime | None) -> None:
        if work_due_at is not None and self.worker is not None:
            self.worker.wake(work_due_at)
        if self.service.views:
            self.views.wake()

    # background

    async def _follow_views(self) -> None:
        def refresh() -> None:
            self.committer.advice = {**self._around.advice, **self.views.advice}

        self.views.on_advice = refresh
        await self._keep_running(self.views)

    async def _keep_figures(self) -> None:
        while True:
            try:
                rows = await asyncio.to_thread(self.store.parked, ParkedStatus.WAITING, 1_000)
                last = await asyncio.to_thread(self.store.recovery)
                self.recovery = last if last is not None and not last.is_released else None
            except StoreAway:
                rows = []
            self.parked_count = len(rows)
            self.metrics.set_parked(len(rows))
            self._alarm(rows)
            self._alarm_restore()
            self.metrics.set_relay_lag(self.relay.lag if self.relay is not None else 0)
            await asyncio.sleep(FIGURES_SECONDS)

    def _alarm(self, rows: list[ParkedRow]) -> None:
        """Say once, loudly, that something waits for a person; what may settle by itself (early, lost) gets a minute."""
        early_until = datetime.now(UTC) - timedelta(seconds=EARLY_SECONDS)
        due = {row.parked_id: row for row in rows if row.reason not in MAY_SETTLE or row.at < early_until}
        for parked_id, row in due.items():
            if parked_id not in self._alarmed:
                log.critical(
                    "parked: an operator has to decide", parked_id=parked_id, reason=row.reason, source=row.source, message_type=row.type
                )
        self._alarmed = set(due)

    def _alarm_restore(self) -> None:
        """Say so again and again until an operator has released it."""
        self.metrics.set_unreleased_restore(self.recovery is not None)
        now = datetime.now(UTC)
        is_due = self._recovery_told is None or now - self._recovery_told > timedelta(seconds=ALARM_AGAIN_SECONDS)
        if self.recovery is not None and is_due:
            self._recovery_told = now
            log.critical("restored: what it lost waits for an operator", epoch=self.recovery.epoch)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            try:
                await asyncio.to_thread(self.store.prune, datetime.now(UTC))
            except (StoreAway, Fault):
                continue

    # figures

    def health(self) -> Health:
        """From progress: each part that should move has moved."""
        now = datetime.now(UTC)
        progresses = [
            Progress(
                "writer", self._started_at, 20.0, self.writer.advanced_at, now if self.writer.waiting else None, self.writer.epoch_error
            ),
            Progress("views", self._started_at, 60.0, self.views.advanced_at),
        ]
        if self.relay is not None:
            progresses.append(Progress("relay", self._started_at, 60.0, self.relay.advanced_at))
        progresses += [Progress(f"consumer of {c.source}", self._started_at, 60.0, c.advanced_at) for c in self.consumers]
        progresses += [
            Progress(f"slots of {c.source}", self._started_at, 60.0, now, None, "; ".join(sorted(set(c.follower.stopped().values()))))
            for c in self.consumers
            if c.follower.stopped()
        ]
        return health_of(progresses, now)

    def status(self) -> dict[str, Any]:
        """What the status page shows of this service."""
        health = self.health()
        return {
            "service": self.service.name,
            "is_writer": self.writer.is_writing,
            "is_live": health.is_live,
            "is_ready": health.is_ready,
            "reasons": list(health.reasons),
            "waiting_units": self.writer.waiting,
            "relay_lag": self.relay.lag if self.relay is not None else None,
            "sources": {
                c.source: {
                    "filling_slots": sum(state.is_filling for state in c.follower.slots),
                    "stopped_slots": len(c.follower.stopped()),
                }
                for c in self.consumers
            },
            "parked": self.parked_count,
            "unreleased_epoch": self.recovery.epoch if self.recovery is not None else None,
        }


def _report_bug(unit: Unit, error: BaseException) -> None:
    log.error("a unit ran into a bug", unit_kind=type(unit).__name__, place=where(error), error=error)
