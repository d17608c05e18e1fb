"""One world: built from a plan, run through its hostile phase and on until quiet, then judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from chassis.activity import Activity
from chassis.service import Service
from chassis.store.memory import MemoryStore
from redress.simulation.beside_people import Beside, BesidePeople
from redress.simulation.bookkeeper import Bookkeeper
from redress.simulation.chance import Chance
from redress.simulation.changes import LimitsChanged
from redress.simulation.checker import rebuilt_differently, violations_of
from redress.simulation.clock import Clock
from redress.simulation.evidence import Evidence
from redress.simulation.front import SHOP, FrontedShop
from redress.simulation.neighbour import Callers, Neighbour, has_neighbour
from redress.simulation.network import Caller, Network
from redress.simulation.node import Node
from redress.simulation.operators import Operators
from redress.simulation.parties import base_url_of, card_suppliers, payment_providers, telling_supplier
from redress.simulation.people import People, Shop
from redress.simulation.plan import SHOP_ID, Evil, Incident, Plan
from redress.simulation.poison import Steps, poisoned
from redress.simulation.requests import Mailroom
from redress.simulation.restores import Restores
from redress.simulation.scene import Scene
from redress.simulation.staff import Staff
from redress.simulation.trace import Trace
from redress.simulation.webhook_keepers import WebhookCallers, WebhookKeepers
from redress.simulation.webhook_plans import NOTIFY

CALM_START_SECONDS = 3.0
STRAYING_SECONDS = 0.4
LATEST_PAST_DEADLINE_SECONDS = 0.5
LIMIT_SECONDS = 3 * 3_600.0
RETAINED_COUNT = 3


class Installation(Protocol):
    """The services under test, put up for one world."""

    @property
    def services(self) -> list[Service]: ...

    @property
    def shop(self) -> Shop: ...

    @property
    def neighbour(self) -> Callers:
        """Requests of the second shop."""

    @property
    def webhooks(self) -> WebhookCallers:
        """Requests of the shops' keepers of webhooks."""

    @property
    def beside(self) -> Beside | None:
        """A shop beside us, where there is one."""

    @property
    def unending(self) -> frozenset[str]:
        """Names of timers that are always set again."""

    def activities(self, service: str) -> Mapping[str, Activity[Any]]: ...

    def advice(self, service: str) -> Mapping[str, Any]: ...

    def advice_after(self, service: str, change: LimitsChanged) -> Mapping[str, Any]:
        """The advice from now on, after the shop changed its limits."""

    def know_stores(self, store_of: Callable[[str], MemoryStore]) -> None:
        """Where a service keeps what its activities open; after a restore that is another store."""

    def put_account(self, supplier_code: str, is_there: bool) -> None:
        """The account at a supplier goes missing from the settings, or is there again."""


InstallationOf = Callable[[Scene, Plan], Installation]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a seed. `digest` is equal for equal runs."""

    seed: int
    violations: list[str]
    digest: int
    seconds: float
    event_count: int
    lines: list[str]


class World:
    def __init__(self, plan: Plan, install: InstallationOf, *, is_traced: bool = False) -> None:
        self.plan = plan
        self.clock = Clock()
        chance = Chance(plan.seed)
        chance.is_hostile = False
        network = Network(self.clock)
        self.scene = Scene(self.clock, chance, network, Trace(self.clock, is_kept=is_traced), plan.rates)
        network.jitter = self._jitter
        network.lateness = self._lateness
        self.providers = payment_providers(plan, network)
        self.suppliers = card_suppliers(plan, network)
        telling_supplier(plan, network)
        self.fronted = FrontedShop(self.clock.now, plan.front)
        network.attach(base_url_of(SHOP), self.fronted.handle)
        self.installation = install(self.scene, plan)
        steps = Steps()
        self.nodes = {
            each.name: Node(
                self.scene,
                poisoned(each, self.scene, plan.poison, plan.seed, steps),
                self.installation.activities(each.name),
                self.installation.advice(each.name),
                steps,
            )
            for each in self.installation.services
        }
        for node in self.nodes.values():
            node.unending = self.installation.unending
        self.installation.know_stores(lambda name: self.nodes[name].store)
        self.mailroom = Mailroom(self.scene, self.nodes)
        self._has_jumps = plan.rates.clock_step_at_call > 0 or any(each.evil is Evil.CLOCK_JUMPS for each in plan.incidents)
        shop = self.installation.shop
        self.people = People(self.scene, plan, self.mailroom, shop, self.providers, self.suppliers, self._cards_of, self.fronted)
        self.staff = Staff(self.scene, plan, self.mailroom, shop, self.nodes["inventory"], self.suppliers)
        self.bookkeeper = Bookkeeper(self.scene, plan, self.mailroom, shop, self.nodes["inventory"])
        self.keepers = WebhookKeepers(self.scene, plan, self.mailroom, self.installation.webhooks, self.nodes, network)
        self.operators = Operators(self.scene, self.nodes)
        network.after_call = self.people.arm_callbacks
        self.beside: BesidePeople | None = None
        if (beside := self.installation.beside) is not None:
            beside.shop.books.has_true_clocks = not self._has_jumps
            self.beside = BesidePeople(self.scene, self.mailroom, beside)
        self.restores = Restores(self.scene, plan.restores, self.nodes, self._say_again, self._is_all_said)

    def run(self) -> Verdict:
        """Run to the end and judge."""
        for node in self.nodes.values():
            node.is_poisoned = self.plan.poison.bug_rate > 0
            node.start(self.nodes)
        self.clock.after(CALM_START_SECONDS, self._turn_hostile)
        self.clock.after(self.plan.hostile_seconds, self._turn_calm)
        for incident in self.plan.incidents:
            self.clock.after(incident.at, lambda incident=incident: self._befall(incident))  # type: ignore[misc]
        for change in self.plan.changes.limits:
            self.clock.after(change.at, lambda change=change: self._change_limits(change))  # type: ignore[misc]
        for gone in self.plan.changes.accounts:
            self.clock.after(gone.start, lambda code=gone.supplier_code: self.installation.put_account(code, is_there=False))  # type: ignore[misc]
            self.clock.after(gone.end, lambda code=gone.supplier_code: self.installation.put_account(code, is_there=True))  # type: ignore[misc]
        self.staff.begin()
        self.bookkeeper.begin()
        self.people.begin()
        if has_neighbour(self.plan):
            Neighbour(self.clock, self.plan, self.mailroom, self.installation.neighbour).begin()
        self.keepers.begin()
        if self.beside is not None:
            self.beside.begin()
        self.operators.begin()
        self.restores.begin()
        try:
            is_quiet = self.clock.run(LIMIT_SECONDS, lambda: all(node.is_quiet() for node in self.nodes.values()))
        finally:
            if self.beside is not None:
                self.beside.close()
        violations = list(self._violations(is_quiet))
        for violation in violations:
            self.scene.trace.note("checker", violation)
        events = sum(node.store.last_log_id() for node in self.nodes.values())
        return Verdict(self.plan.seed, violations, self.scene.trace.digest, self.clock.seconds, events, self.scene.trace.lines)

    def _violations(self, is_quiet: bool) -> Iterator[str]:
        yield from violations_of(
            Evidence(
                shop_id=SHOP_ID,
                stores={name: node.store for name, node in self.nodes.items()},
                providers=self.providers,
                suppliers=self.suppliers,
                placed=self.people.placed,
                taken=self.people.taken,
                choices=self.people.payers.seen,
                answers=self.mailroom.answers,
                calls=self.scene.network.calls,
                bugs=self.scene.bugs,
                is_quiet=is_quiet,
                ended_at=self.clock.now,
                subscribed={name: set(node.service.subscriptions) for name, node in self.nodes.items()},
                acknowledged={name: node.topic.acknowledged for name, node in self.nodes.items()},
                mistaken=self.scene.mistaken,
                needless=self.scene.needless,
                is_in_front=self.plan.front.is_in_front,
                heard=self.fronted.heard,
                restores=self.restores.made,
                webhooks=self.keepers.closed_books(),
                beside=None if self.installation.beside is None else self.installation.beside.shop.books,
                standing_still=[each for node in self.nodes.values() for each in node.standing_still()],
            )
        )
        for node in self.nodes.values():
            yield from rebuilt_differently(node.service, node.store)

    def _jitter(self) -> float:
        chance = self.scene.chance
        return (
            chance.between("call", 0.5, 14.0)
            if chance.strikes("call slow", self.plan.rates.call_slow)
            else chance.between("call", 0.02, 0.2)
        )

    def _lateness(self, caller: Caller) -> float:
        """Long enough that nobody waits any more; never beyond the margin that an attempt's deadline has."""
        if caller.deadline is None or self._has_jumps or not self.scene.chance.strikes("call late", self.plan.rates.call_late):
            return 0.0
        left = (caller.deadline - self.clock.now).total_seconds() + LATEST_PAST_DEADLINE_SECONDS
        return max(0.0, self.scene.chance.between("call late", 0.5, 1.0) * left)

    def _cards_of(self, order_number: str) -> list[str]:
        store = self.nodes["order"].store
        return [] if store.is_away else self.installation.shop.delivered_cards(store.subject_events(SHOP_ID, order_number))

    def _say_again(self, service: str, count: int) -> None:
        if service == "order":
            self.people.say_again(count)
        elif service == "inventory":
            self.staff.say_again(count)
            self.bookkeeper.say_again()
        elif service == NOTIFY:
            self.keepers.say_again()

    def _is_all_said(self, service: str) -> bool:
        return service != "order" or not self.people.unanswered

    # the phases

    def _turn_hostile(self) -> None:
        self.scene.chance.is_hostile = True
        self.scene.trace.note("world", "hostile from here")

    def _turn_calm(self) -> None:
        """Faults end; what they left behind does not."""
        self.scene.chance.is_hostile = False
        self.scene.trace.note("world", "calm from here")
        self.people.behave()
        self.fronted.is_behaving = True
        for node in self.nodes.values():
            node.store.is_away = False
            node.topic.retain(None)
            node.relay_behind_until = node.feed_away_until = node.full_until = 0.0
            node.stalled_until.clear()
            node.right_clocks()

    def _befall(self, incident: Incident) -> None:
        node, until = self.nodes[incident.service], self.clock.seconds + incident.seconds
        until = min(until, self.plan.hostile_seconds)
        self.scene.trace.note("world", f"{incident.evil} at {incident.service} until {until:.1f}")
        writer = node.writer()
        match incident.evil:
            case Evil.CRASH:
                if writer is not None:
                    writer.crash()
            case Evil.FREEZE:
                if writer is not None:
                    writer.freeze(incident.seconds)
            case Evil.SESSION_ENDED:
                if writer is not None:
                    node.end_session(writer.name)
            case Evil.STORE_AWAY:
                node.store.is_away = True
                self.clock.after(until - self.clock.seconds, lambda: setattr(node.store, "is_away", False))
            case Evil.RELAY_BEHIND:
                node.relay_behind_until = until
            case Evil.TOPIC_RECREATED:
                node.topic.recreate()
            case Evil.PARTITION_WIPED:
                node.topic.wipe_partition(incident.partition % len(node.topic.partitions))
            case Evil.RETENTION_SHORT:
                node.topic.retain(RETAINED_COUNT)
            case Evil.PARTITION_STALLED:
                node.stalled_until[incident.partition] = until
            case Evil.FEED_AWAY:
                node.feed_away_until = until
            case Evil.STORE_FULL:
                node.full_until = until
            case Evil.PARTITIONS_CHANGED:
                self._change_partitions(node, incident.partition)
            case Evil.CLOCK_JUMPS:
                self._jump(node, incident)

    def _change_limits(self, change: LimitsChanged) -> None:
        self.scene.trace.note("shop", f"other limits: {change.order} {change.inventory}")
        for node in self.nodes.values():
            node.change_settings(self.installation.advice_after(node.name, change), change.lag_seconds)

    def _change_partitions(self, node: Node, draw: int) -> None:
        if draw % 2:
            node.topic.raise_partitions(draw)
        else:
            node.topic.recreate(draw + 1)

    def _jump(self, node: Node, incident: Incident) -> None:
        """The machine's clock, for both processes; a single one strays less than any margin allows for."""
        if incident.partition == 0:
            node.processes[0].jump(STRAYING_SECONDS if node.processes[0].clock_offset <= timedelta(0) else -STRAYING_SECONDS)
            return
        seconds = incident.seconds * (60.0 if incident.partition == 1 else -60.0 if incident.partition == 2 else 1.0)
        node.jump(seconds)
